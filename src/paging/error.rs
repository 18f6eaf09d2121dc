//! What ends a walk although the page was received.

use std::sync::Arc;

use crate::decode::entity::MalformedError;
use crate::error::{Error, ErrorKind};
use crate::fetch::endpoint::Endpoint;
use crate::position::cursor::NoCursor;

/// What ends a walk although the page was received.
#[derive(Debug)]
pub(crate) enum WalkError {
    /// An entity can't be decoded; the page's first is number 1.
    Malformed {
        number: usize,
        source: MalformedError,
    },
    NoCursor(NoCursor),
    Stale,
    Stalled,
    CursorLoop,
}

impl WalkError {
    /// The error a user sees.
    pub(crate) fn on_page(self, number: u64, endpoint: &Endpoint) -> Error {
        let page = number;
        let error = |kind, description: &str| {
            Error::new(kind, format!("page {page} of {endpoint}: {description}"))
        };
        let entity = endpoint.entity();
        match self {
            Self::Malformed { number, source } => {
                let description = format!("{entity} {number} can't be decoded");
                error(ErrorKind::MalformedEvent, &description).with_source(Arc::new(source))
            }
            Self::NoCursor(source) => {
                let description = "the service's link to the next page has no usable cursor";
                error(ErrorKind::UnexpectedResponse, description).with_source(Arc::new(source))
            }
            Self::Stale => {
                let description = format!("the pages no longer have any {entity} that was yielded");
                error(ErrorKind::StaleCheckpoint, &description)
            }
            Self::Stalled => {
                let description = format!("10 minutes of requests returned no {entity}");
                error(ErrorKind::Stalled, &description)
            }
            Self::CursorLoop => error(
                ErrorKind::CursorLoop,
                "the service's link leads back to a page that was fetched before",
            ),
        }
    }
}
