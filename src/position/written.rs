//! The serialized form of a checkpoint.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::position::cursor::{Cursor, Direction};
use crate::position::digest;
use crate::position::walk_id::{WalkId, WalkKind};
use crate::position::{Carried, Position, Yielded};

/// The version written.
const VERSION: u32 = 2;

/// The most digests written: those of a page's entities, and the latest carried over it. With 200 of a page,
/// 3 KB hold no more.
const MOST_DIGESTS: usize = 250;

/// Version 2. Every field is always written, so that formats without names can read it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename = "Checkpoint")]
pub(crate) struct Written {
    version: u32,
    kind: Option<WalkKind>,
    service: String,
    session: String,
    direction: Direction,
    event_types: Vec<String>,
    cursor: Option<String>,
    /// Digests, 8 bytes each, in base64 without padding; likewise `carried` and `malformed`.
    yielded: String,
    carried: String,
    expected: bool,
    malformed: String,
    blocked: Option<String>,
    done: bool,
    /// What version 1 knew of the page, until the page was read: how many events, and the last one's id.
    counted: Option<(usize, Option<String>)>,
}

const FIELDS: [&str; 14] = [
    "version",
    "kind",
    "service",
    "session",
    "direction",
    "event_types",
    "cursor",
    "yielded",
    "carried",
    "expected",
    "malformed",
    "blocked",
    "done",
    "counted",
];

/// Either version, by names.
#[derive(Deserialize)]
struct Named {
    version: u32,
    #[serde(default)]
    kind: Option<WalkKind>,
    service: String,
    session: String,
    direction: Direction,
    #[serde(default)]
    event_types: Vec<String>,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    yielded: String,
    #[serde(default)]
    carried: String,
    #[serde(default)]
    expected: bool,
    #[serde(default)]
    malformed: String,
    #[serde(default)]
    blocked: Option<String>,
    done: bool,
    #[serde(default)]
    counted: Option<(usize, Option<String>)>,
    /// Version 1.
    #[serde(default)]
    given: usize,
    /// Version 1.
    #[serde(default)]
    last_id: Option<String>,
}

impl Written {
    pub(crate) fn new(walk: &WalkId, position: &Position) -> Self {
        let text = |cursor: &Option<Cursor>| cursor.as_ref().map(|cursor| cursor.as_str().into());
        let (yielded, counted) = match &position.yielded {
            Yielded::Digests(digests) => (digest::to_text(digests), None),
            Yielded::Count { count, last_id } => (String::new(), Some((*count, last_id.clone()))),
        };
        let carried = &position.carried.digests;
        let room = MOST_DIGESTS.saturating_sub(position.yielded.count());
        let carried = carried.get(..room).unwrap_or(carried);
        Self {
            version: VERSION,
            kind: walk.kind,
            service: walk.service.clone(),
            session: walk.id.clone(),
            direction: walk.direction,
            event_types: walk.event_types.clone(),
            cursor: text(&position.cursor),
            yielded,
            carried: digest::to_text(carried),
            expected: position.carried.is_expected,
            malformed: digest::to_text(position.malformed.as_slice()),
            blocked: text(&position.blocked),
            done: position.done,
            counted,
        }
    }

    /// Reads version 2 from any format, and version 1 from one with names.
    pub(crate) fn deserialize_any_version<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Self, D::Error> {
        struct AnyVersion;

        impl<'de> Visitor<'de> for AnyVersion {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a checkpoint")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Written, M::Error> {
                Named::deserialize(MapAccessDeserializer::new(map)).map(Written::from)
            }

            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Written, S::Error> {
                Written::deserialize(SeqAccessDeserializer::new(seq))
            }
        }

        deserializer.deserialize_struct("Checkpoint", &FIELDS, AnyVersion)
    }

    pub(crate) fn into_parts(self) -> Result<(WalkId, Position), String> {
        if self.version != VERSION {
            return Err(format!(
                "checkpoint version {} isn't known; expected 1 or {VERSION}",
                self.version
            ));
        }
        let cursor = |text: Option<String>| {
            text.map(|text| Cursor::new(&text))
                .transpose()
                .map_err(|error| format!("the checkpoint's cursor isn't valid: {error}"))
        };
        let digests = |name: &str, text: &str| {
            digest::from_text(text)
                .ok_or_else(|| format!("the checkpoint's `{name}` isn't a list of digests"))
        };
        let malformed = match digests("malformed", &self.malformed)?[..] {
            [] => None,
            [malformed] => Some(malformed),
            _ => return Err("the checkpoint's `malformed` is more than one digest".into()),
        };
        if self.counted.is_some() && !self.yielded.is_empty() {
            return Err("the checkpoint has both `yielded` and `counted`".into());
        }
        let walk = WalkId {
            kind: self.kind,
            service: self.service,
            id: self.session,
            direction: self.direction,
            event_types: self.event_types,
        };
        let position = Position {
            cursor: cursor(self.cursor)?,
            yielded: match self.counted {
                Some((count, last_id)) => Yielded::Count { count, last_id },
                None => Yielded::Digests(digests("yielded", &self.yielded)?),
            },
            carried: Carried {
                digests: digests("carried", &self.carried)?,
                is_expected: self.expected,
            },
            malformed,
            blocked: cursor(self.blocked)?,
            done: self.done,
        };
        Ok((walk, position))
    }
}

impl From<Named> for Written {
    fn from(named: Named) -> Self {
        let counted = match named.version {
            1 if named.given > 0 => Some((named.given, named.last_id)),
            _ => named.counted,
        };
        Self {
            version: match named.version {
                1 => VERSION,
                version => version,
            },
            kind: named.kind,
            service: named.service,
            session: named.session,
            direction: named.direction,
            event_types: named.event_types,
            cursor: named.cursor,
            yielded: named.yielded,
            carried: named.carried,
            expected: named.expected,
            malformed: named.malformed,
            blocked: named.blocked,
            done: named.done,
            counted,
        }
    }
}
