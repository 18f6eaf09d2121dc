//! What ends a walk although the page came.

use std::sync::Arc;

use crate::decode::error::JsonFault;
use crate::error::{Error, ErrorKind};
use crate::fetch::endpoint::Collection;
use crate::position::cursor::NoCursor;

/// Empty pages in a row, each with a cursor, after which the service is taken to go nowhere.
pub(crate) const MAX_EMPTY_PAGES: u32 = 32;

/// What ends a walk although the page came.
#[derive(Debug)]
pub(crate) enum WalkFault {
    /// The event at this place of the page as sent, 1 being the first.
    Malformed {
        place: usize,
        error: JsonFault,
    },
    NoCursor(NoCursor),
    Stale,
    Stalled,
    CursorLoop,
}

impl WalkFault {
    /// The error a user sees.
    pub(crate) fn on_page(self, number: u64, of: &Collection) -> Error {
        let on_page = |kind, what: &str| Error::new(kind, format!("page {number} of {of}: {what}"));
        match self {
            Self::Malformed { place, error } => {
                let what = format!("event {place} of it can't be read");
                on_page(ErrorKind::MalformedEvent, &what).with_source(Arc::new(error))
            }
            Self::NoCursor(error) => {
                let what = "the service's link to the page behind it can't be followed";
                on_page(ErrorKind::UnexpectedAnswer, what).with_source(Arc::new(error))
            }
            Self::Stale => on_page(
                ErrorKind::StaleCheckpoint,
                "the event that the checkpoint names is no longer there",
            ),
            Self::Stalled => on_page(
                ErrorKind::Stalled,
                &format!("the service sent {MAX_EMPTY_PAGES} empty pages in a row"),
            ),
            Self::CursorLoop => on_page(
                ErrorKind::CursorLoop,
                "the service's link leads back to a page that was fetched before",
            ),
        }
    }
}
