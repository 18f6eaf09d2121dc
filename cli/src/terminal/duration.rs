//! Durations in messages.

use std::time::Duration;

use jiff::{RoundMode, SignedDuration, SignedDurationRound, Unit};

/// Formats a duration as options take it (`20s`, `3m`, `1h 30m`), rounded up to seconds, or to minutes
/// from two minutes on.
pub(crate) fn rounded(time: Duration) -> String {
    let unit = if time < Duration::from_secs(2 * 60) {
        Unit::Second
    } else {
        Unit::Minute
    };
    let rounding = SignedDurationRound::new()
        .smallest(unit)
        .mode(RoundMode::Ceil);
    let exact = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    format!("{:#}", exact.round(rounding).unwrap_or(exact))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_rounded_up_to_what_matters() {
        for (time, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(11_500), "12s"),
            (Duration::from_millis(61_001), "1m 2s"),
            (Duration::from_secs(150), "3m"),
            (Duration::from_secs(7_300), "2h 2m"),
        ] {
            assert_eq!(rounded(time), text);
        }
        assert!(!rounded(Duration::MAX).is_empty());
    }
}
