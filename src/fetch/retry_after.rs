//! How long the service asks to wait.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Reads `Retry-After`: whole seconds or an HTTP date (RFC 9110, section 10.2.3).
///
/// A date is measured against the answer's own `Date`, so that a server clock that is off does no
/// harm. What is malformed, zero or in the past says nothing: `None`, and backoff decides.
pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(value.parse().ok()?)
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

/// Reads the seconds out of the error body's message (`… in [42] seconds`), where the service writes
/// them once more.
pub(crate) fn from_message(message: &str) -> Option<Duration> {
    let (_, rest) = message.rsplit_once("in [")?;
    let (seconds, rest) = rest.split_once(']')?;
    if !rest.trim_start().starts_with("second") || !seconds.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let wait = Duration::from_secs(seconds.parse().ok()?);
    Some(wait).filter(|wait| !wait.is_zero())
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
    fn row_34_what_is_no_wait_says_nothing() {
        for value in [
            "0",
            "-1",
            "+42",
            "4.5",
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
    fn a_date_is_measured_against_the_answers_own_date() {
        let until = "Sun, 06 Nov 1994 08:50:19 GMT";
        assert_eq!(wait(until, Some("Sun, 06 Nov 1994 08:49:37 GMT")), Some(42));
        assert_eq!(wait(until, Some("Sun, 06 Nov 1994 09:49:37 GMT")), None);
        assert_eq!(wait(until, None), None, "long past by the machine's clock");
    }

    #[test]
    fn the_message_of_an_error_body_says_it_too() {
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
