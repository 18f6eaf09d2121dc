//! A place in a walk that outlives the process.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::position::Position;
use crate::position::cursor::{Cursor, Direction};

/// The version written into a serialized checkpoint.
const VERSION: u32 = 1;

/// A place in a walk: which events were given out, and where to go on.
///
/// Small, holds no secret, and is written and read with `serde`, so it can be kept beside the events
/// that were stored. [`SessionEvents::resume`](crate::SessionEvents::resume) gives exactly the events
/// not yet given out, also from the middle of a page and also when the last page has grown since. It
/// belongs to one session of one service: any other request refuses it. `Debug` leaves out the cursor
/// and the event's id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Checkpoint {
    pub(crate) walk: WalkId,
    pub(crate) position: Position,
}

/// What a walk goes over; a place means nothing in another walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WalkId {
    /// Base URL of the service, compared and never requested.
    pub(crate) service: String,
    pub(crate) session: String,
    pub(crate) direction: Direction,
    pub(crate) event_types: Vec<String>,
}

/// How far a walk has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckpointState {
    /// At the very beginning: nothing was given out.
    Start,
    /// Somewhere in the walk.
    Within,
    /// Every event was given out. Resuming asks for the last page again and gives what has been added
    /// to it since.
    Done,
}

impl Checkpoint {
    /// The session it belongs to.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.walk.session
    }

    /// The cursor of the page to go on from, as it stands in the service's URIs; `None` is the first
    /// page of the walk.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.position.cursor.as_ref().map(Cursor::as_str)
    }

    /// How many events of that page were given out already.
    #[must_use]
    pub fn yielded(&self) -> usize {
        self.position.yielded
    }

    /// How far the walk has come.
    #[must_use]
    pub fn state(&self) -> CheckpointState {
        let Position {
            cursor,
            yielded,
            done,
            ..
        } = &self.position;
        match (done, cursor, yielded) {
            (true, ..) => CheckpointState::Done,
            (false, None, 0) => CheckpointState::Start,
            _ => CheckpointState::Within,
        }
    }

    /// The same place `events` further, which leaves those events out.
    ///
    /// This is how to go on past an event that can't be read
    /// ([`ErrorKind::MalformedEvent`](crate::ErrorKind::MalformedEvent)): the error's checkpoint is
    /// the place before that event, `checkpoint.skip(1)` the place behind it.
    #[must_use]
    pub fn skip(mut self, events: usize) -> Self {
        if events > 0 {
            self.position.yielded = self.position.yielded.saturating_add(events);
            self.position.last_id = None;
            self.position.done = false;
        }
        self
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("session", &self.walk.session)
            .field("direction", &self.walk.direction)
            .field("state", &self.state())
            .field("yielded", &self.position.yielded)
            .finish_non_exhaustive()
    }
}

/// The serialized form.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    service: String,
    session: String,
    direction: Direction,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    event_types: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    given: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_id: Option<String>,
    done: bool,
}

impl From<Checkpoint> for Written {
    fn from(Checkpoint { walk, position }: Checkpoint) -> Self {
        Self {
            version: VERSION,
            service: walk.service,
            session: walk.session,
            direction: walk.direction,
            event_types: walk.event_types,
            cursor: position.cursor.map(|cursor| cursor.as_str().to_owned()),
            given: position.yielded,
            last_id: position.last_id,
            done: position.done,
        }
    }
}

impl TryFrom<Written> for Checkpoint {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        if written.version != VERSION {
            return Err(format!(
                "checkpoint version {} is not known, expected {VERSION}",
                written.version
            ));
        }
        let cursor = written
            .cursor
            .map(|text| Cursor::new(&text))
            .transpose()
            .map_err(|error| format!("the checkpoint's cursor is not valid: {error}"))?;
        Ok(Self {
            walk: WalkId {
                service: written.service,
                session: written.session,
                direction: written.direction,
                event_types: written.event_types,
            },
            position: Position {
                cursor,
                yielded: written.given,
                last_id: written.last_id,
                done: written.done,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            walk: WalkId {
                service: "https://api.mypurecloud.de".into(),
                session: "s".into(),
                direction: Direction::After,
                event_types: vec![],
            },
            position: Position {
                cursor: Some(Cursor::new("a%2Fb").unwrap()),
                yielded: 7,
                last_id: Some("e7".into()),
                done: false,
            },
        }
    }

    #[test]
    fn a_checkpoint_survives_serialization() {
        let json = serde_json::to_string(&checkpoint()).unwrap();
        assert_eq!(
            serde_json::from_str::<Checkpoint>(&json).unwrap(),
            checkpoint()
        );
    }

    #[test]
    fn an_unknown_version_or_a_bad_cursor_is_refused() {
        let json = serde_json::to_string(&checkpoint()).unwrap();
        for (from, to, named) in [
            (r#""version":1"#, r#""version":2"#, "version 2"),
            ("a%2Fb", "a&limit=1", "cursor"),
        ] {
            let error = serde_json::from_str::<Checkpoint>(&json.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn skipping_drops_the_name_of_the_last_event() {
        let skipped = checkpoint().skip(2);
        assert_eq!(
            (skipped.position.yielded, skipped.position.last_id),
            (9, None)
        );
        assert_eq!(checkpoint().skip(0), checkpoint());
    }

    #[test]
    fn debug_leaves_out_cursor_and_event_id() {
        let text = format!("{:?}", checkpoint());
        assert!(!text.contains("a%2Fb") && !text.contains("e7"), "{text}");
    }
}
