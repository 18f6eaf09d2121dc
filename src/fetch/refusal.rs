//! Error responses, made safe to show.

use std::collections::HashMap;

use http::HeaderMap;

use crate::decode::{self, RawJson};
use crate::error::ServiceAnswer;
use crate::fetch::retry_after;

/// Longest code and correlation id shown, in characters.
const MAX_CODE: usize = 100;
/// Longest message shown, in characters.
const MAX_MESSAGE: usize = 500;

/// The fields of an `ErrorBody`, and of the login service's OAuth error (RFC 6749, section 5.2).
/// One of an unexpected type counts as absent and leaves the others.
#[derive(Default)]
struct ErrorBody(HashMap<String, Box<RawJson>>);

impl ErrorBody {
    fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        Self(decode::value(text.as_bytes()).unwrap_or_default())
    }

    /// A field that is a string or a number, whose digits are kept as sent.
    fn text(&self, name: &str) -> Option<String> {
        let json = self.0.get(name)?.get();
        if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return Some(json.to_owned());
        }
        decode::value(json.as_bytes()).ok()
    }
}

/// Reads a refusal. Any other body (a proxy's HTML, a truncated one) leaves the fields empty; status
/// and headers still count.
pub(crate) fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> ServiceAnswer {
    let body = ErrorBody::read(body);
    let message = body
        .text("message")
        .or_else(|| body.text("error_description"));
    let code = body.text("code").or_else(|| body.text("error"));
    // Other statuses say `in [30] seconds` of timeouts and limits, not of a wait.
    let message_of_429 = message.as_deref().filter(|_| status == 429);
    let retry_after = retry_after::from_headers(headers)
        .or_else(|| message_of_429.and_then(retry_after::from_message));
    ServiceAnswer {
        status: Some(status),
        code: code.map(|code| printable(&code, MAX_CODE)),
        message: message.map(|message| printable(&message, MAX_MESSAGE)),
        correlation_id: correlation_id(headers),
        retry_after,
    }
}

/// The id that Genesys support asks for.
pub(crate) fn correlation_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("ININ-Correlation-Id")?;
    Some(printable(&String::from_utf8_lossy(id.as_bytes()), MAX_CODE))
}

/// At most `max` characters of a text from outside. Characters that could control a terminal (control
/// characters, changes of writing direction) are replaced.
fn printable(text: &str, max: usize) -> String {
    let controls_a_terminal = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            )
    };
    text.chars()
        .take(max)
        .map(|c| {
            if controls_a_terminal(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_error_body_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert("inin-correlation-id", "c-1".parse().unwrap());
        let body = include_bytes!("../../tests/fixtures/error-429.json");
        let answer = refusal(429, &headers, body);
        assert_eq!(
            answer.code.as_deref(),
            Some("too.many.requests.retry.after")
        );
        assert_eq!(answer.correlation_id.as_deref(), Some("c-1"));
        assert_eq!(answer.retry_after, Some(Duration::from_secs(42)));
        assert!(answer.message.unwrap().starts_with("Rate limit exceeded"));
    }

    #[test]
    fn the_header_takes_precedence_over_the_message_and_needs_no_body() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "7".parse().unwrap());
        let body = include_bytes!("../../tests/fixtures/error-429.json");
        assert_eq!(
            refusal(429, &headers, body).retry_after,
            Some(Duration::from_secs(7))
        );
        let torn = refusal(429, &headers, &body[..20]);
        assert_eq!(
            (torn.retry_after, torn.code),
            (Some(Duration::from_secs(7)), None)
        );
    }

    #[test]
    fn row_77_a_numeric_code_is_reported_and_only_a_429_says_how_long_to_wait() {
        let body = include_bytes!("../../tests/fixtures/error-400-numeric-code.json");
        let answer = refusal(400, &HeaderMap::new(), body);
        assert_eq!(answer.code.as_deref(), Some("40001"));
        assert!(answer.message.unwrap().ends_with("in [30] seconds."));
        assert_eq!(answer.retry_after, None);
        let answer = refusal(429, &HeaderMap::new(), body);
        assert_eq!(answer.retry_after, Some(Duration::from_secs(30)));
    }

    #[test]
    fn row_77_a_field_of_another_type_leaves_the_others() {
        for (body, code, message) in [
            (r#"{"code":"c","message":{"a":1}}"#, Some("c"), None),
            (r#"{"code":["c"],"message":"m"}"#, None, Some("m")),
            (
                r#"{"code":null,"error":"e","message":"m"}"#,
                Some("e"),
                Some("m"),
            ),
            (r#"{"code":true,"message":"m","x":1e999}"#, None, Some("m")),
            (r#"{"code":-1.50,"message":"\ud800"}"#, Some("-1.50"), None),
            (
                r#"{"code":"a","code":"b","message":"m"}"#,
                Some("b"),
                Some("m"),
            ),
        ] {
            let answer = refusal(400, &HeaderMap::new(), body.as_bytes());
            assert_eq!(answer.code.as_deref(), code, "{body}");
            assert_eq!(answer.message.as_deref(), message, "{body}");
        }
        let latin_1 = b"{\"code\":\"c\",\"message\":\"caf\xe9\"}";
        let answer = refusal(400, &HeaderMap::new(), latin_1);
        assert_eq!(answer.code.as_deref(), Some("c"));
    }

    #[test]
    fn attack_09_terminal_controls_are_replaced_and_length_is_capped() {
        let body = format!(
            r#"{{"code":"a\u001b[2Jb\u202e\u061c","message":"{}"}}"#,
            "x".repeat(9_999)
        );
        let answer = refusal(400, &HeaderMap::new(), body.as_bytes());
        assert_eq!(
            answer.code.as_deref(),
            Some("a\u{fffd}[2Jb\u{fffd}\u{fffd}")
        );
        assert_eq!(answer.message.unwrap().len(), MAX_MESSAGE);
    }
}
