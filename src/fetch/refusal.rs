//! What the service says when it refuses a request, made safe to show.

use http::HeaderMap;
use serde::Deserialize;

use crate::decode;
use crate::error::ServiceAnswer;
use crate::fetch::retry_after;

/// Longest code and correlation id shown, in characters.
const MAX_CODE: usize = 100;
/// Longest message shown, in characters.
const MAX_MESSAGE: usize = 500;

/// The fields of an `ErrorBody`, and of the login service's OAuth error (RFC 6749, section 5.2).
#[derive(Default, Deserialize)]
struct ErrorBody {
    message: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Reads a refusal. Any other body (a proxy's HTML, a torn one) leaves its fields empty; status and
/// headers count all the same.
pub(crate) fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> ServiceAnswer {
    let body: ErrorBody = decode::value(body).unwrap_or_default();
    let message = body.message.or(body.error_description);
    let retry_after = retry_after::from_headers(headers)
        .or_else(|| message.as_deref().and_then(retry_after::from_message));
    ServiceAnswer {
        status: Some(status),
        code: body
            .code
            .or(body.error)
            .map(|code| printable(&code, MAX_CODE)),
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

/// At most `max` characters of a text from outside. What could control a terminal (control
/// characters, changes of writing direction) is replaced.
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
