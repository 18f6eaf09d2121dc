//! One page of a walk.

use std::vec;

use crate::model::{Event, Session};
use crate::position::cursor::Cursor;

/// One page of events (or of sessions), in the order of its walk.
///
/// Where a walk was resumed in the middle of a page, it holds only what was not yet yielded.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// let page = client.session_events(&session).page().await?;
/// for event in page {
///     println!("{}", event.event_type());
/// }
/// # Ok(()) });
/// ```
#[derive(Clone, Debug)]
pub struct Page<T = Event> {
    pub(crate) entities: Vec<T>,
    pub(crate) next: Option<Cursor>,
    pub(crate) previous: Option<Cursor>,
}

impl Page {
    /// Returns the events.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let page = client.session_events(&session).limit(100).page().await?;
    /// assert_eq!(page.events().len(), 100);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.entities
    }

    /// Returns the events by value.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let page = client.session_events(&session).limit(100).page().await?;
    /// let events: Vec<journey_events::Event> = page.into_events();
    /// assert_eq!(events.len(), 100);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn into_events(self) -> Vec<Event> {
        self.entities
    }
}

impl Page<Session> {
    /// Returns the sessions.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// let page = client.contact_sessions(contact).page().await?;
    /// assert_eq!(page.sessions().len(), 1);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.entities
    }

    /// Returns the sessions by value.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [_, contact, _]| async move {
    /// let page = client.contact_sessions(contact).page().await?;
    /// let sessions: Vec<journey_events::Session> = page.into_sessions();
    /// assert_eq!(sessions.len(), 1);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn into_sessions(self) -> Vec<Session> {
        self.entities
    }
}

impl<T> Page<T> {
    /// Returns the cursor of the next page, as found in `nextUri`, for
    /// [`SessionEvents::after`](crate::SessionEvents::after). `None` on the last page.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let page = client.session_events(&session).limit(100).page().await?;
    /// let cursor = page.next_cursor().ok_or("it isn't the last page")?;
    /// let next = client.session_events(&session).after(cursor).page().await?;
    /// assert_ne!(page.events()[0], next.events()[0]);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn next_cursor(&self) -> Option<&str> {
        self.next.as_ref().map(Cursor::as_str)
    }

    /// Returns the cursor of the previous page, as found in `previousUri`, for
    /// [`SessionEvents::before`](crate::SessionEvents::before). First published form only.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [session, ..]| async move {
    /// let last = client.session_events(&session).limit(200).pages();
    /// # use futures::TryStreamExt;
    /// let last = last.try_collect::<Vec<_>>().await?.pop().ok_or("it has pages")?;
    /// let cursor = last.previous_cursor().ok_or("the first published form has one")?;
    /// let before = client.session_events(&session).before(cursor).page().await?;
    /// assert_eq!(before.events().len(), 200);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn previous_cursor(&self) -> Option<&str> {
        self.previous.as_ref().map(Cursor::as_str)
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entities.into_iter()
    }
}
