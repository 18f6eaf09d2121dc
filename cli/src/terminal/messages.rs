//! Messages on stderr.

use std::io::{self, Write};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How long the last message may take: with `2>&1`, stderr may be a pipe whose reader has stalled.
const LAST_MESSAGE: Duration = Duration::from_millis(200);

/// Prints a message on a blocking thread, so that the caller can be cancelled.
pub(crate) async fn say(message: String) {
    // If stderr fails, nothing else can report it.
    let _ = spawn_blocking(move || say_now(&message)).await;
}

/// Prints the last message, and gives up after 200 ms.
pub(crate) async fn say_last(message: String) {
    let _ = timeout(LAST_MESSAGE, say(message)).await;
}

/// Prints a message, blocking; for use outside a runtime.
pub(crate) fn say_now(message: &str) {
    // A single write, so that output of other programs can't end up inside it.
    let text = format!("journey-events: {}\n", sanitized(message));
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Replaces characters that could control the terminal: a message may quote the service or an argument.
fn sanitized(text: &str) -> String {
    let is_control = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(
                c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            )
    };
    let replaced = |c| {
        if is_control(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(replaced).collect()
}

#[cfg(test)]
mod tests {
    use super::sanitized;

    #[test]
    fn terminal_control_characters_are_replaced() {
        assert_eq!(
            sanitized("a\u{1b}[2J\r\u{202e}\u{61c}b\n  é"),
            "a\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}b\n  é"
        );
    }
}
