//! Texts as a person may see them.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

/// Longest text beside an event, in characters; its JSON has all of it.
const LONGEST_TEXT: usize = 300;

/// A text as a person may see it: short, on one line, and with nothing in it that hides or turns the
/// direction of what stands beside it.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (index, letter) in text.trim().chars().enumerate() {
        if index == LONGEST_TEXT {
            shown.push('…');
            break;
        }
        match letter {
            '\n' | '\r' | '\t' => shown.push(' '),
            letter if letter.is_control() || is_hidden(letter) => {
                let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(letter));
            }
            letter => shown.push(letter),
        }
    }
    shown
}

/// What has no shape of its own, and what turns the direction of text: Unicode's default ignorable code
/// points (UAX #44) and line ends of its own, but for `IN_WORDS`.
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

/// The last of `HIDDEN`, which words and emoji are written with: marks of a text's own direction, which the
/// page keeps to it, joiners and variation selectors.
const IN_WORDS: usize = 3;

fn is_hidden(letter: char) -> bool {
    let (hidden, _in_words) = HIDDEN.split_at(HIDDEN.len() - IN_WORDS);
    hidden.iter().any(|range| range.contains(&letter))
}

/// All of `HIDDEN` as a class of JavaScript's regular expressions: in JSON nothing of it is shown.
pub(super) fn class_of_hidden() -> String {
    let code = |letter: &char| format!("\\u{{{:x}}}", u32::from(*letter));
    let ranges = HIDDEN.iter();
    let ranges = ranges.map(|range| format!("{}-{}", code(range.start()), code(range.end())));
    format!("[{}]", ranges.collect::<String>())
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
        assert_eq!(shown("pay\u{200b}\u{ad}pal"), "pay⟨U+200B⟩⟨U+00AD⟩pal");
        assert_eq!(shown("\u{e0041}\u{2028}a"), "⟨U+E0041⟩⟨U+2028⟩a");
        let with_joiners = "שלום\u{200f} 👩\u{200d}🚀 ❤\u{fe0f} می\u{200c}خواهم";
        assert_eq!(shown(with_joiners), with_joiners);
        let long = shown(&"ä".repeat(LONGEST_TEXT + 5));
        assert_eq!(long.chars().count(), LONGEST_TEXT + 1);
    }
}
