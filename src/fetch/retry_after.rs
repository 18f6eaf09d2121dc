//! How long the service says to wait.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Reads `Retry-After`: seconds or an HTTP date (RFC 9110, section 10.2.3). A fraction of a second,
/// which some gateways send, is rounded up.
///
/// A date is measured against the response's own `Date`, so that the two clocks may differ. `None` if
/// the value is malformed, zero or in the past: then backoff decides.
pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Some(seconds) = seconds(value) {
        Duration::from_secs(seconds)
    } else {
        let until = httpdate::parse_http_date(value).ok()?;
        let now = headers
            .get(DATE)
            .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
            .unwrap_or_else(SystemTime::now);
        until.duration_since(now).ok()?
    };
    Some(wait).filter(|wait| !wait.is_zero())
}

/// Reads the seconds that the service repeats in a 429's message (`… in [42] seconds`).
pub(crate) fn from_message(message: &str) -> Option<Duration> {
    let (_, rest) = message.rsplit_once("in [")?;
    let (number, rest) = rest.split_once(']')?;
    if !rest.trim_start().starts_with("second") {
        return None;
    }
    let wait = Duration::from_secs(seconds(number)?);
    Some(wait).filter(|wait| !wait.is_zero())
}

/// A decimal number of seconds, rounded up.
fn seconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let part = u64::from(fraction.bytes().any(|digit| digit != b'0'));
    Some(whole.parse::<u64>().ok()?.saturating_add(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        from_headers(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_read() {
        assert_eq!(wait("42", None), Some(42));
        assert_eq!(wait(" 7 ", None), Some(7));
        assert_eq!(wait("18446744073709551615", None), Some(u64::MAX));
    }

    #[test]
    fn row_34_an_invalid_wait_is_ignored() {
        for value in [
            "0",
            "-1",
            "+42",
            "4.",
            ".5",
            "4.5.6",
            "4.x",
            "0.0",
            "1e3",
            "18446744073709551616",
            "42, 43",
            "",
            "soon",
        ] {
            assert_eq!(wait(value, None), None, "{value:?}");
        }
        assert_eq!(from_headers(&HeaderMap::new()), None);
    }

    #[test]
    fn row_76_a_fraction_of_a_second_is_rounded_up() {
        for (value, seconds) in [
            ("42.5", 43),
            ("42.000", 42),
            ("42.0001", 43),
            ("0.1", 1),
            ("18446744073709551615.5", u64::MAX),
        ] {
            assert_eq!(wait(value, None), Some(seconds), "{value}");
        }
        let message = "Retry the request in [42.5] seconds";
        assert_eq!(from_message(message), Some(Duration::from_secs(43)));
    }

    #[test]
    fn a_date_is_measured_against_the_responses_own_date() {
        let until = "Sun, 06 Nov 1994 08:50:19 GMT";
        assert_eq!(wait(until, Some("Sun, 06 Nov 1994 08:49:37 GMT")), Some(42));
        assert_eq!(wait(until, Some("Sun, 06 Nov 1994 09:49:37 GMT")), None);
        assert_eq!(wait(until, None), None, "long past by this machine's clock");
    }

    #[test]
    fn seconds_are_read_from_the_message_of_an_error_body() {
        let message = "Rate limit exceeded the maximum. Retry the request in [42] seconds";
        assert_eq!(from_message(message), Some(Duration::from_secs(42)));
        for message in [
            "in [0] seconds",
            "in [x] seconds",
            "in [42]",
            "in 42 seconds",
            "in [ ",
        ] {
            assert_eq!(from_message(message), None, "{message}");
        }
    }
}
