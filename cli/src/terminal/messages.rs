//! Messages on stderr.

use tokio::task::spawn_blocking;

use super::stderr::STDERR;
use super::writer::Patience;

/// Prints a message, above the progress line. Returns once it is printed, as soon as stderr stalls, or after a
/// second; it is printed later then.
pub(crate) async fn say(message: String) {
    let posted = STDERR.post(formatted(&message));
    let _ = spawn_blocking(move || STDERR.wait(posted, Patience::SHORT)).await;
}

/// Prints a message without waiting for it; for use outside async code.
pub(crate) fn say_now(message: &str) {
    STDERR.post(formatted(message));
}

/// Waits until all messages are printed, however long stderr takes, unless it takes nothing for 2 s. To be
/// called before the program ends, if no signal ends it.
pub(crate) async fn finish() {
    let _ = spawn_blocking(|| STDERR.wait_for_all(Patience::LONG)).await;
}

/// Waits until all messages are printed, unless stderr stalls, for at most a second.
pub(crate) fn finish_now() {
    STDERR.wait_for_all(Patience::SHORT);
}

/// Returns a message as it is printed.
pub(super) fn formatted(message: &str) -> String {
    format!("journey-events: {}\n", sanitized(message))
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
