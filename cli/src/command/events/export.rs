//! What is exported, and where to.

use journey_events::Event;

use super::request::RequestOptions;
use crate::format::Encoding;
use crate::options::destination::Destination;
use crate::options::filter::{TimeRange, TypeFilter};
use crate::terminal::advice::Resume;
use crate::terminal::progress::Verbosity;

/// An export of sessions to an output.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) sessions: Vec<String>,
    pub(crate) request: RequestOptions,
    pub(crate) types: TypeFilter,
    pub(crate) range: TimeRange,
    pub(crate) skips_malformed: bool,
    pub(crate) destination: Destination,
    pub(crate) encoding: Encoding,
    pub(crate) concurrency: usize,
    /// A contact or conversation whose sessions couldn't be found.
    pub(crate) lacks_sources: bool,
    pub(crate) verbosity: Verbosity,
    pub(crate) resume: Resume,
    /// What to do next, printed if the export is complete.
    pub(crate) next_step: Option<String>,
}

impl Export {
    pub(super) fn keeps(&self, event: &Event) -> bool {
        self.types.keeps(event) && self.range.contains(event)
    }
}
