//! How long to wait before the next attempt.

use std::time::Duration;

/// Jitter added to a wait that the service asked for, so that clients do not come back in step.
const RETRY_AFTER_JITTER: Duration = Duration::from_secs(1);

/// Full jitter: a random part of `base` doubled with each failure before, `max` at most. The formula is
/// "full jitter" of "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
pub(crate) fn full_jitter(base: Duration, max: Duration, failures_before: u32) -> Duration {
    let doubled = base.saturating_mul(1_u32.checked_shl(failures_before).unwrap_or(u32::MAX));
    doubled.min(max).mul_f64(fastrand::f64())
}

/// The wait that the service asked for, never less, and up to a second more.
pub(crate) fn at_least(retry_after: Duration) -> Duration {
    retry_after.saturating_add(RETRY_AFTER_JITTER.mul_f64(fastrand::f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_millis(200);
    const MAX: Duration = Duration::from_secs(20);

    #[test]
    fn the_wait_fills_a_span_that_doubles_up_to_the_maximum() {
        for (failures_before, span_ms) in [
            (0, 200),
            (1, 400),
            (3, 1_600),
            (7, 20_000),
            (31, 20_000),
            (32, 20_000),
            (99, 20_000),
        ] {
            let longest = (0..2_000)
                .map(|_| full_jitter(BASE, MAX, failures_before))
                .max();
            let longest = u64::try_from(longest.unwrap().as_millis()).unwrap();
            assert!(
                (span_ms * 9 / 10..=span_ms).contains(&longest),
                "after {failures_before}: {longest} of {span_ms} ms"
            );
        }
    }

    #[test]
    fn jitter_only_adds_to_what_the_service_asked_for() {
        let asked = Duration::from_secs(42);
        for _ in 0..1_000 {
            assert!((asked..=asked + RETRY_AFTER_JITTER).contains(&at_least(asked)));
        }
    }
}
