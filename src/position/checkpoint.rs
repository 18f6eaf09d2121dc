//! A position that outlives the process.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::position::Position;
use crate::position::cursor::Cursor;
use crate::position::walk_id::WalkId;
use crate::position::written::Written;

/// A position in a walk: what was yielded, and where to resume.
///
/// It is small, holds no secret, and is written and read with `serde` in JSON, postcard or `MessagePack`, so
/// it can be kept beside the events that were stored: at most 3 KB, without its cursors and event types, for
/// a page of 200. [`SessionEvents::resume`](crate::SessionEvents::resume) yields exactly the events not yet
/// yielded, also from the middle of a page that was reordered, grew or shrank since. (If more than 50 events
/// moved from a page that was yielded to later ones, those beyond the latest 50 may be yielded again.)
///
/// A checkpoint knows the page's own cursor and one that closed a loop; a longer loop is walked once more
/// before it is an error. It belongs to one walk: a request for another session, contact, service or set of
/// event types refuses it. `Debug` leaves out cursors.
///
/// Version 1, written by earlier versions of this crate in JSON, can be resumed. It doesn't say whether it
/// is of a session's events or a contact's sessions, so a request for the other kind can't refuse it.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// use futures::StreamExt;
/// use journey_events::Checkpoint;
///
/// let mut events = client.session_events(&session).stream();
/// let first: Vec<_> = events.by_ref().take(250).collect().await;
/// let saved: String = serde_json::to_string(&events.checkpoint())?;
///
/// let checkpoint: Checkpoint = serde_json::from_str(&saved)?;
/// let rest: Vec<_> = client.session_events(&session).resume(checkpoint).stream().collect().await;
/// assert_eq!(first.len() + rest.len(), 450);
/// # Ok(()) });
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub(crate) walk: WalkId,
    pub(crate) position: Position,
}

/// How far a walk has got.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// use futures::StreamExt;
/// use journey_events::CheckpointState;
///
/// let mut events = client.session_events(&session).stream();
/// events.by_ref().take(300).count().await; // such as until a signal
/// match events.checkpoint().state() {
///     CheckpointState::Done => println!("complete"),
///     _ => println!("to be resumed"),
/// }
/// # Ok(()) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckpointState {
    /// At the first page, and nothing was yielded. A walk that began at a cursor given with
    /// [`after`](crate::SessionEvents::after) is `Within` from the start.
    Start,
    /// Between the beginning and the end.
    Within,
    /// Everything was yielded. Resuming requests the last page again and yields what was added since.
    Done,
}

impl Checkpoint {
    /// Returns the id of the session (or contact) it belongs to.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let checkpoint = client.session_events(&session).stream().checkpoint();
    /// assert_eq!(checkpoint.session_id(), session);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.walk.id
    }

    /// Returns the cursor of the page to resume from, as found in the service's URIs; `None` is the
    /// walk's first page.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::StreamExt;
    ///
    /// let mut events = client.session_events(&session).stream();
    /// assert_eq!(events.checkpoint().cursor(), None); // the first page
    /// events.by_ref().take(250).count().await;
    /// assert!(events.checkpoint().cursor().is_some()); // the second
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.position.cursor.as_ref().map(Cursor::as_str)
    }

    /// Returns how many items of that page were yielded.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::StreamExt;
    ///
    /// let mut events = client.session_events(&session).stream();
    /// events.by_ref().take(250).count().await;
    /// assert_eq!(events.checkpoint().yielded(), 50); // of the second page
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn yielded(&self) -> usize {
        self.position.yielded.count()
    }

    /// Returns how far the walk has got.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// use futures::StreamExt;
    /// use journey_events::CheckpointState;
    ///
    /// let mut events = client.session_events(&session).stream();
    /// assert_eq!(events.checkpoint().state(), CheckpointState::Start);
    /// events.next().await;
    /// assert_eq!(events.checkpoint().state(), CheckpointState::Within);
    /// events.by_ref().count().await;
    /// assert_eq!(events.checkpoint().state(), CheckpointState::Done);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn state(&self) -> CheckpointState {
        let Position { cursor, done, .. } = &self.position;
        match (done, cursor, self.yielded()) {
            (true, ..) => CheckpointState::Done,
            (false, None, 0) => CheckpointState::Start,
            _ => CheckpointState::Within,
        }
    }

    /// Passes the event that can't be decoded.
    ///
    /// The checkpoint of a [`MalformedEvent`](crate::ErrorKind::MalformedEvent) error is just before that
    /// event; this is just after it. Any other checkpoint is returned unchanged.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::faulty("malformed:page=1", |client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    /// use journey_events::ErrorKind;
    ///
    /// let error = client.session_events(&session).stream().try_collect::<Vec<_>>().await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::MalformedEvent);
    /// let after = error.checkpoint().ok_or("a stream's errors have one")?.clone().skip();
    /// let rest: Vec<_> = client.session_events(&session).resume(after).stream().try_collect().await?;
    /// assert!(rest.len() < 450);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn skip(mut self) -> Self {
        if let Some(malformed) = self.position.malformed.take() {
            self.position.advance(&[malformed]);
        }
        self
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("kind", &self.walk.kind)
            .field("session", &self.walk.id)
            .field("direction", &self.walk.direction)
            .field("state", &self.state())
            .field("yielded", &self.yielded())
            .finish_non_exhaustive()
    }
}

impl Serialize for Checkpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written::new(&self.walk, &self.position).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Checkpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize_any_version(deserializer)?;
        let (walk, position) = written.into_parts().map_err(serde::de::Error::custom)?;
        Ok(Self { walk, position })
    }
}

#[cfg(test)]
mod tests;
