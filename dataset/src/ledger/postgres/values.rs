//! Ids, dates and counts as PostgreSQL stores them.

use jiff::Timestamp;

use super::tx::{Step, damaged};
use crate::ledger::uuid;

/// What the ids that are UUIDs begin with, before their 16 bytes.
const UUID: u8 = b'u';
/// What other ids begin with, before their text.
const TEXT: u8 = b't';

/// Returns an id as it is stored.
pub(super) fn id_bytes(id: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(17);
    if let Some(uuid) = uuid::to_bytes(id) {
        bytes.push(UUID);
        bytes.extend(uuid);
    } else {
        bytes.push(TEXT);
        bytes.extend(id.as_bytes());
    }
    bytes
}

/// Returns ids as they are stored, each once. In one order for all workers: they wait for each other's new rows,
/// and must not do so in a circle.
pub(super) fn sorted_ids(ids: &[String]) -> Vec<Vec<u8>> {
    let mut ids: Vec<_> = ids.iter().map(|id| id_bytes(id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Returns a stored id.
pub(super) fn id_text(bytes: &[u8]) -> Step<String> {
    let text = match bytes.split_first() {
        Some((&UUID, uuid)) => uuid
            .try_into()
            .ok()
            .map(|uuid| uuid::to_text(u128::from_be_bytes(uuid))),
        Some((&TEXT, text)) => String::from_utf8(text.to_vec()).ok(),
        _ => None,
    };
    text.ok_or_else(|| damaged().into())
}

/// Returns a date in milliseconds.
pub(super) fn millis(date: Timestamp) -> i64 {
    date.as_millisecond()
}

/// Returns a stored date.
pub(super) fn date(millis: i64) -> Step<Timestamp> {
    Timestamp::from_millisecond(millis).map_err(|error| damaged().with_source(error).into())
}

/// Returns a stored date, if there is one.
pub(super) fn some_date(millis: Option<i64>) -> Step<Option<Timestamp>> {
    millis.map(date).transpose()
}

/// Returns a count, which PostgreSQL stores signed.
pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns a stored count.
pub(super) fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Returns text that PostgreSQL can store: it has no place for the character 0.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_were_stored_and_uuids_in_lower_case() {
        let uuid = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
        assert_eq!(id_bytes(uuid).len(), 17);
        assert_eq!(id_bytes(&uuid.to_uppercase()), id_bytes(uuid));
        for id in [uuid, "", "session-1", "ä", "a\0b", "0123456789abcdef"] {
            let Ok(read) = id_text(&id_bytes(id)) else {
                panic!("{id}");
            };
            assert_eq!(read, id);
        }
        assert!(id_text(b"").is_err() && id_text(b"u1").is_err());
    }
}
