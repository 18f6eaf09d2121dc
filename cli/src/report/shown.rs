//! Texts as a person may see them.

use std::fmt::Write as _;

/// Longest text beside an event, in characters; its JSON has all of it.
const LONGEST_TEXT: usize = 300;

/// A text as a person may see it: short, on one line, and with nothing in it that is not seen or that
/// turns the direction of what stands beside it.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (index, letter) in text.trim().chars().enumerate() {
        if index == LONGEST_TEXT {
            shown.push('…');
            break;
        }
        match letter {
            '\n' | '\r' | '\t' => shown.push(' '),
            letter if letter.is_control() || turns_direction(letter) => {
                let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(letter));
            }
            letter => shown.push(letter),
        }
    }
    shown
}

/// Embeddings, overrides and isolates of Unicode's bidirectional algorithm (UAX #9).
fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_text_is_short_and_hides_nothing() {
        assert_eq!(
            shown(" a\n\u{0}\u{202e}b\u{2069} "),
            "a ⟨U+0000⟩⟨U+202E⟩b⟨U+2069⟩"
        );
        assert_eq!(shown("שלום\u{200f}"), "שלום\u{200f}");
        let long = shown(&"ä".repeat(LONGEST_TEXT + 5));
        assert_eq!(long.chars().count(), LONGEST_TEXT + 1);
    }
}
