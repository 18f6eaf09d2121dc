//! Sources, claims and commits.

use std::time::Duration;

use jiff::Timestamp;

use crate::ledger::digest::Digest;
use crate::ledger::file::NewPart;
use crate::ledger::ids::{ContactKey, Epoch, RunStamp, SessionKey, WorkerId};

/// A session as a source lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its id.
    pub(crate) id: String,
    /// Date of its last event, if the source reports it.
    pub(crate) last_event: Option<Timestamp>,
    /// Number of its events, if the source reports it.
    pub(crate) event_count: Option<u64>,
    /// When it ended, if it did and the source reports it.
    pub(crate) ended: Option<Timestamp>,
}

/// What became of added sessions or contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Added {
    /// Those that weren't known.
    pub(crate) new: u64,
    /// Those that were settled or absent, and are open again.
    pub(crate) reopened: u64,
}

/// A contact whose sessions this worker lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContactClaim {
    /// Key of the contact.
    pub(crate) contact: ContactKey,
    /// Its id.
    pub(crate) id: String,
}

/// How the listing of a contact's sessions ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ContactEnd {
    /// All its sessions were added.
    Listed,
    /// It failed. It is due again in the next run.
    Failed {
        /// Why, without customer data.
        reason: String,
    },
    /// The service doesn't have it. After three runs over 24 h it is absent, and no longer listed.
    NotFound {
        /// The run.
        run: RunStamp,
        /// The service's date.
        at: Timestamp,
    },
}

/// Which sessions to claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClaimRequest {
    pub(crate) worker: WorkerId,
    pub(crate) run: RunStamp,
    pub(crate) limit: u32,
    /// The service's date.
    pub(crate) at: Timestamp,
    pub(crate) settle: Duration,
}

/// A session that this worker reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Key of the session.
    pub(crate) session: SessionKey,
    /// Its id.
    pub(crate) id: String,
    /// Which claim of the session it is: commits need it.
    pub(crate) epoch: Epoch,
    /// Where to resume, as JSON; `None` is the beginning.
    pub(crate) checkpoint: Option<String>,
    /// The service's date when the current read from the beginning began. `None` if the checkpoint
    /// continues an older read.
    pub(crate) since_start: Option<Timestamp>,
    /// Digests of the events recorded.
    pub(crate) known: Vec<Digest>,
    /// Whether the read is one from the beginning of a session of which events were recorded before it:
    /// it meets all of these once more.
    pub(crate) is_reread: bool,
    /// Date of its last event, as far as known.
    pub(crate) last_event: Option<Timestamp>,
    /// When it ended, as far as known.
    pub(crate) ended: Option<Timestamp>,
    /// How many events are recorded.
    pub(crate) events: u64,
}

/// How far the read of a session got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It continues.
    Reading,
    /// It got to the session's present end.
    UpToDate,
    /// The session failed, for a reason of its own. It is due again in the next run.
    Failed {
        /// Why, without customer data.
        reason: String,
    },
    /// The service doesn't have the session.
    NotFound,
}

/// What a commit records of one session.
#[derive(Clone, Debug)]
pub(crate) struct SessionUpdate {
    pub(crate) session: SessionKey,
    pub(crate) epoch: Epoch,
    /// Digests of the events, in order.
    pub(crate) digests: Vec<Digest>,
    /// Date of the latest of these events.
    pub(crate) last_event: Option<Timestamp>,
    /// Events passed because they couldn't be decoded.
    pub(crate) malformed: u64,
    /// New position, as JSON; `None` leaves it.
    pub(crate) checkpoint: Option<String>,
    pub(crate) progress: Progress,
}

/// One transaction's worth of progress.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) worker: WorkerId,
    pub(crate) run: RunStamp,
    /// The service's date.
    pub(crate) at: Timestamp,
    pub(crate) settle: Duration,
    pub(crate) part: Option<NewPart>,
    pub(crate) updates: Vec<SessionUpdate>,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// All of it was recorded. So many sessions settled.
    Recorded { settled: u64 },
    /// Nothing was recorded: these claims are no longer this worker's.
    Refused(Vec<(SessionKey, Epoch)>),
}

/// Which sessions to read again from the beginning.
///
/// ```
/// use journey_events_dataset::{Reread, Sources};
///
/// let mut sources = Sources::default();
/// sources.reread = Some(Reread::Sessions(vec!["s-1".to_owned()]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reread {
    /// These. Unknown ones are added.
    Sessions(Vec<String>),
    /// All but forgotten ones.
    All,
}

/// Whose sessions to forget.
///
/// ```
/// use journey_events_dataset::{Dataset, Forget};
///
/// fn forget(dataset: &Dataset, contact: &str) -> journey_events_dataset::Result<u64> {
///     Ok(dataset.forget(&Forget::Contact(contact.to_owned()))?.rows)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forget {
    /// These sessions.
    Sessions(Vec<String>),
    /// The sessions that were listed for this contact. The contact isn't requested again.
    Contact(String),
}
