//! What a person wants to know of a dataset.

use serde::Serialize;

/// What is left to do for a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sessions that are due and that no worker holds.
    pub due_sessions: u64,
    /// Contacts that are due and that no worker holds.
    pub due_contacts: u64,
    /// Sessions and contacts that this worker holds.
    pub held_here: u64,
    /// Sessions and contacts that other workers hold and that this run still needs.
    pub held_elsewhere: u64,
    /// How many of these are contacts.
    pub contacts_held_elsewhere: u64,
    /// Frames that belong to no file yet.
    pub unsealed: u64,
    /// About how many bytes of files the unsealed frames become.
    pub unsealed_bytes: u64,
    /// Files that are sealed and not published.
    pub unpublished: u64,
}

impl Counts {
    /// Returns how many sessions are left to read. A contact that this worker is listing counts as one of them.
    ///
    /// ```
    /// use journey_events_dataset::Counts;
    ///
    /// let mut counts = Counts::default();
    /// (counts.due_sessions, counts.held_here) = (40, 8);
    /// (counts.held_elsewhere, counts.contacts_held_elsewhere) = (3, 1);
    /// assert_eq!(counts.sessions_left(), 50);
    /// ```
    #[must_use]
    pub fn sessions_left(&self) -> u64 {
        self.due_sessions + self.held_here + self.held_elsewhere - self.contacts_held_elsewhere
    }
}

/// Totals of a dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Sessions that are requested in every run.
    pub open: u64,
    /// Sessions that need no more requests.
    pub settled: u64,
    /// Sessions that the service hasn't had for three runs over 24 h.
    pub absent: u64,
    /// Sessions that were forgotten on request.
    pub forgotten: u64,
    /// Open sessions and contacts whose last read failed.
    pub failed: u64,
    /// Contacts whose sessions are listed in every run.
    pub contacts: u64,
    /// Contacts that the service hasn't had for three runs over 24 h.
    pub absent_contacts: u64,
    /// Events recorded, without those of forgotten sessions.
    pub events: u64,
    /// Events passed because they couldn't be decoded.
    pub malformed: u64,
    /// Published files.
    pub files: u64,
    /// Rows in published files.
    pub rows: u64,
    /// Bytes of published files.
    pub bytes: u64,
    /// Files that are sealed and not published.
    pub unpublished_files: u64,
    /// Rows that are committed and not published.
    pub unpublished_rows: u64,
    /// Parts that hold such rows.
    pub unpublished_parts: u64,
}

/// A session or contact whose last read failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// Id of the session, or of the contact.
    pub id: String,
    /// Which of the two.
    pub of: FailureOf,
    /// Why.
    pub reason: String,
}

/// What a failure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FailureOf {
    /// A session.
    Session,
    /// A contact.
    Contact,
}
