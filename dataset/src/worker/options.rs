//! What a run is told.

use std::time::Duration;

use crate::ledger::session::Reread;

/// What is added to a dataset before a run.
///
/// ```
/// use journey_events_dataset::Sources;
///
/// let sources = Sources {
///     contacts: vec!["7d7d55b9-5b0f-4d5b-a2c9-8c1b0f1d4e11".to_owned()],
///     ..Sources::default()
/// };
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Session ids.
    pub sessions: Vec<String>,
    /// Contact ids.
    pub contacts: Vec<String>,
    /// Sessions to read again from the beginning.
    pub reread: Option<Reread>,
}

/// What happens to an event that can't be decoded.
///
/// ```
/// use journey_events_dataset::{Malformed, SyncOptions};
///
/// let mut options = SyncOptions::default();
/// options.malformed = Malformed::Skip;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// Its session fails there.
    #[default]
    Fail,
    /// It is passed and counted.
    Skip,
}

/// How a run works.
///
/// ```
/// use std::time::Duration;
/// use journey_events_dataset::SyncOptions;
///
/// let mut options = SyncOptions::default();
/// options.concurrency = 16;
/// options.follow = Some(Duration::from_secs(600)); // until it is stopped
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncOptions {
    /// Sessions read at the same time: 8 by default; 0 counts as 1.
    pub concurrency: u32,
    /// What happens to events that can't be decoded.
    pub malformed: Malformed,
    /// Keeps open sessions current until the run is stopped, and publishes everything so often:
    /// less than 1 s counts as that.
    /// They are read every minute, or as often as that if it is less.
    pub follow: Option<Duration>,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            concurrency: 8,
            malformed: Malformed::default(),
            follow: None,
        }
    }
}
