//! Words to the user.

use std::io::{self, Write};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How long last words may take: with `2>&1`, stderr may be a pipe that nobody reads.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Writes a message, on a thread of its own: whoever waits for it can still be interrupted.
pub(crate) async fn say(message: String) {
    // There is nobody left to tell that nothing can be told.
    let _ = spawn_blocking(move || say_now(&message)).await;
}

/// Writes a message before the end, which it doesn't hold up.
pub(crate) async fn say_last(message: String) {
    let _ = timeout(LAST_WORDS, say(message)).await;
}

/// Writes a message from where there is no runtime.
pub(crate) fn say_now(message: &str) {
    // One write, so that no other program's words come in between.
    let text = format!("journey-events: {}\n", shown(message));
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// The text without what could steer a terminal: it may hold words of a service or an argument.
fn shown(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(
                c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            )
    };
    let replaced = |c| {
        if steers(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(replaced).collect()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_could_steer_a_terminal_is_replaced() {
        assert_eq!(
            shown("a\u{1b}[2J\r\u{202e}\u{61c}b\n  é"),
            "a\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}b\n  é"
        );
    }
}
