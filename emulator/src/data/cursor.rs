//! Cursors: a place between two events of a session, sealed so that only this emulator's pass.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::rng::Rng;

/// The form of the cursor, its first byte.
const FORM: u8 = 1;

/// Writes a place as a cursor. `key` is the session's; `position` is the number of events before
/// the place.
///
/// Standard base64, so that `+`, `/` and `=` occur, as they do in the service's. A client that sends a
/// `+` as it stands is forgiven by [`open`]: whether one came encoded is in the record of requests.
pub(crate) fn seal(key: u64, position: u64) -> String {
    let check = check(key, position);
    let mut mask = Rng::of([check]);
    let mut bytes = Vec::with_capacity(25);
    bytes.push(FORM);
    bytes.extend(check.to_le_bytes());
    bytes.extend((position ^ mask.next()).to_le_bytes());
    bytes.extend((key ^ mask.next()).to_le_bytes());
    STANDARD.encode(bytes)
}

/// The place of a cursor; `None` if it isn't one of this session.
pub(crate) fn open(key: u64, cursor: &str) -> Option<u64> {
    // A form decodes `+` to a space, and some clients forget to encode it.
    let bytes = STANDARD.decode(cursor.replace(' ', "+")).ok()?;
    let (form, rest) = bytes.split_first()?;
    let (sealed_check, rest) = rest.split_first_chunk()?;
    let (position, rest) = rest.split_first_chunk()?;
    let (session, rest) = rest.split_first_chunk()?;
    let sealed_check = u64::from_le_bytes(*sealed_check);
    let mut mask = Rng::of([sealed_check]);
    let position = u64::from_le_bytes(*position) ^ mask.next();
    let session = u64::from_le_bytes(*session) ^ mask.next();
    let ours = *form == FORM && rest.is_empty() && session == key;
    (ours && check(key, position) == sealed_check).then_some(position)
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
    fn a_plus_that_became_a_space_is_taken() {
        let cursor = (0..100)
            .map(|position| seal(7, position))
            .find(|c| c.contains('+'))
            .unwrap();
        assert!(open(7, &cursor.replace('+', " ")).is_some());
    }

    #[test]
    fn cursors_hold_what_has_to_be_percent_encoded() {
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
            "no base64",
            "é",
            &cursor[1..],
            &cursor[..32],
        ] {
            assert_eq!(open(7, text), None, "{text}");
        }
    }
}
