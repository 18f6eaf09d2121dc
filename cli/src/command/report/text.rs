//! Text that is safe and short enough to display.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

/// Longest displayed text, in characters; the event's JSON has all of it.
const MAX_CHARS: usize = 300;

/// Returns a text in display form: short, on one line, with invisible and direction-changing characters
/// replaced by their codes.
pub(super) fn display_text(text: &str) -> String {
    let mut display = String::new();
    for (index, letter) in text.trim().chars().enumerate() {
        if index == MAX_CHARS {
            display.push('…');
            break;
        }
        match letter {
            '\n' | '\r' | '\t' => display.push(' '),
            letter if letter.is_control() || is_hidden(letter) => {
                let _ = write!(display, "⟨U+{:04X}⟩", u32::from(letter));
            }
            letter => display.push(letter),
        }
    }
    display
}

/// Characters that are invisible or change the direction of text: control characters, Unicode's default
/// ignorable code points (UAX #44) and its line separators. The last `ALLOWED_IN_TEXT` are shown as they are.
const HIDDEN: [RangeInclusive<char>; 19] = [
    '\u{7f}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200b}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
    '\u{61c}'..='\u{61c}',
    '\u{200c}'..='\u{200f}',
    '\u{fe00}'..='\u{fe0f}',
];

/// Ranges at the end of `HIDDEN` that words and emoji need: direction marks, which the page isolates,
/// joiners and variation selectors.
const ALLOWED_IN_TEXT: usize = 3;

fn is_hidden(letter: char) -> bool {
    let (hidden, _allowed) = HIDDEN.split_at(HIDDEN.len() - ALLOWED_IN_TEXT);
    hidden.iter().any(|range| range.contains(&letter))
}

/// Returns all of `HIDDEN` as a JavaScript regular expression class; JSON shows them all as escapes.
pub(super) fn hidden_class() -> String {
    let code = |letter: &char| format!("\\u{{{:x}}}", u32::from(*letter));
    let ranges = HIDDEN.iter();
    let ranges = ranges.map(|range| format!("{}-{}", code(range.start()), code(range.end())));
    format!("[{}]", ranges.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_text_is_short_and_hides_nothing() {
        assert_eq!(
            display_text(" a\n\u{0}\u{202e}b\u{2069} "),
            "a ⟨U+0000⟩⟨U+202E⟩b⟨U+2069⟩"
        );
        assert_eq!(
            display_text("pay\u{200b}\u{ad}pal"),
            "pay⟨U+200B⟩⟨U+00AD⟩pal"
        );
        assert_eq!(display_text("\u{e0041}\u{2028}a"), "⟨U+E0041⟩⟨U+2028⟩a");
        let with_joiners = "שלום\u{200f} 👩\u{200d}🚀 ❤\u{fe0f} می\u{200c}خواهم";
        assert_eq!(display_text(with_joiners), with_joiners);
        let long = display_text(&"ä".repeat(MAX_CHARS + 5));
        assert_eq!(long.chars().count(), MAX_CHARS + 1);
    }
}
