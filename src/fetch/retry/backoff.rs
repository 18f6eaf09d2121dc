//! How long to wait before the next attempt.

use std::time::Duration;

/// Jitter added to a wait that the service names, so that clients don't return in step.
const RETRY_AFTER_JITTER: Duration = Duration::from_secs(1);

/// A random part of `base`, doubled with each failure before, at most `max`: "full jitter" of
/// "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
pub(crate) fn full_jitter(base: Duration, max: Duration, failures_before: u32) -> Duration {
    let doubled = base.saturating_mul(1_u32.checked_shl(failures_before).unwrap_or(u32::MAX));
    doubled.min(max).mul_f64(fastrand::f64())
}

/// The wait, never less, and up to a second more.
pub(crate) fn at_least(wait: Duration) -> Duration {
    wait.saturating_add(RETRY_AFTER_JITTER.mul_f64(fastrand::f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_millis(200);
    const MAX: Duration = Duration::from_secs(20);

    #[test]
    fn the_wait_is_a_random_part_of_a_span_that_doubles_up_to_the_maximum() {
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
    fn jitter_only_adds_to_the_wait_that_the_service_names() {
        let named = Duration::from_secs(42);
        for _ in 0..1_000 {
            assert!((named..=named + RETRY_AFTER_JITTER).contains(&at_least(named)));
        }
    }
}
