//! Cursors: positions between two items of a list, sealed so that no other list accepts them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::rng::Rng;

/// The first byte of every cursor.
const VERSION: u8 = 1;

/// Encodes a position as a cursor. `key` is the list's; `position` is the number of items before
/// it.
///
/// Uses standard base64, so that `+`, `/` and `=` occur, as in the service's cursors.
pub(crate) fn seal(key: u64, position: u64) -> String {
    let check = check(key, position);
    let mut mask = Rng::of([check]);
    let mut bytes = Vec::with_capacity(25);
    bytes.push(VERSION);
    bytes.extend(check.to_le_bytes());
    bytes.extend((position ^ mask.next()).to_le_bytes());
    bytes.extend((key ^ mask.next()).to_le_bytes());
    STANDARD.encode(bytes)
}

/// Returns the position of a cursor; `None` if it isn't one of this list.
pub(crate) fn open(key: u64, cursor: &str) -> Option<u64> {
    // Parsing the query turns a `+` that the client forgot to encode into a space. Accepting it is
    // lenient; tests find the raw query in the recorded requests.
    let bytes = STANDARD.decode(cursor.replace(' ', "+")).ok()?;
    let (version, rest) = bytes.split_first()?;
    let (sealed_check, rest) = rest.split_first_chunk()?;
    let (position, rest) = rest.split_first_chunk()?;
    let (sealed_key, rest) = rest.split_first_chunk()?;
    let sealed_check = u64::from_le_bytes(*sealed_check);
    let mut mask = Rng::of([sealed_check]);
    let position = u64::from_le_bytes(*position) ^ mask.next();
    let sealed_key = u64::from_le_bytes(*sealed_key) ^ mask.next();
    let is_ours = *version == VERSION && rest.is_empty() && sealed_key == key;
    (is_ours && check(key, position) == sealed_check).then_some(position)
}

fn check(key: u64, position: u64) -> u64 {
    Rng::of([key, position, 6]).next()
}

#[cfg(test)]
mod tests {
    use super::{open, seal};

    #[test]
    fn a_cursor_opens_to_its_position() {
        for position in [0, 1, 200, 1_000_000, u64::MAX] {
            assert_eq!(open(7, &seal(7, position)), Some(position));
        }
    }

    #[test]
    fn a_plus_decoded_as_a_space_is_accepted() {
        let cursor = (0..100)
            .map(|position| seal(7, position))
            .find(|c| c.contains('+'))
            .unwrap();
        assert!(open(7, &cursor.replace('+', " ")).is_some());
    }

    #[test]
    fn cursors_contain_characters_that_must_be_percent_encoded() {
        let all: String = (0..50).map(|position| seal(7, position)).collect();
        assert!(['+', '/', '='].iter().all(|c| all.contains(*c)));
    }

    #[test]
    fn a_cursor_of_another_session_is_refused() {
        assert_eq!(open(8, &seal(7, 1)), None);
    }

    #[test]
    fn a_cursor_with_any_character_changed_is_refused() {
        let cursor = seal(7, 400);
        for at in 0..cursor.len() {
            for other in ["A", "z", "/", "="] {
                let mut changed = cursor.clone();
                changed.replace_range(at..=at, other);
                assert!(
                    changed == cursor || open(7, &changed).is_none(),
                    "{changed}"
                );
            }
        }
        for text in [
            "",
            "bW9yZQ==",
            "not base64",
            "é",
            &cursor[1..],
            &cursor[..32],
        ] {
            assert_eq!(open(7, text), None, "{text}");
        }
    }
}
