//! Cursors: positions between two items of a list, sealed so that no other list accepts them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::rng::Rng;

/// The first byte of every cursor.
const VERSION: u8 = 2;

/// Bits of the items before a position; the rest have the page's number.
const ITEM_BITS: u32 = 40;

const MAX_PAGE: u64 = (1 << (u64::BITS - ITEM_BITS)) - 1;

/// Where a page begins, or ends if it is read backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// How many items of the list are before it.
    pub(crate) items: u64,
    /// The number of the page in the walk, counted from 1. Cursors carry it, so that it is the same when
    /// a request is repeated, and whatever the filter.
    pub(crate) page: u64,
}

impl Place {
    pub(crate) const START: Self = Self { items: 0, page: 1 };

    fn pack(self) -> u64 {
        self.page.min(MAX_PAGE) << ITEM_BITS | self.items
    }

    fn unpack(packed: u64) -> Self {
        Self {
            items: packed & ((1 << ITEM_BITS) - 1),
            page: packed >> ITEM_BITS,
        }
    }
}

/// Encodes a place as a cursor. `key` is the list's.
///
/// Uses standard base64, so that `+`, `/` and `=` occur, as in the service's cursors.
pub(crate) fn seal(key: u64, place: Place) -> String {
    let position = place.pack();
    let check = check(key, position);
    let mut mask = Rng::of([check]);
    let mut bytes = Vec::with_capacity(25);
    bytes.push(VERSION);
    bytes.extend(check.to_le_bytes());
    bytes.extend((position ^ mask.next()).to_le_bytes());
    bytes.extend((key ^ mask.next()).to_le_bytes());
    STANDARD.encode(bytes)
}

/// Returns the place of a cursor; `None` if it isn't one of this list.
pub(crate) fn open(key: u64, cursor: &str) -> Option<Place> {
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
    (is_ours && check(key, position) == sealed_check).then(|| Place::unpack(position))
}

fn check(key: u64, position: u64) -> u64 {
    Rng::of([key, position, 6]).next()
}

#[cfg(test)]
mod tests {
    use super::{MAX_PAGE, Place, open};

    fn seal(key: u64, items: u64) -> String {
        super::seal(key, Place { items, page: 1 })
    }

    #[test]
    fn a_cursor_opens_to_its_place() {
        for items in [0, 1, 200, 1_000_000, (1 << 40) - 1] {
            for page in [1, 2, MAX_PAGE] {
                let place = Place { items, page };
                assert_eq!(open(7, &super::seal(7, place)), Some(place));
            }
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
