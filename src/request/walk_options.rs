//! The options that every walk has.

use std::sync::Arc;

use crate::error::Error;
use crate::fetch::Fetcher;
use crate::fetch::endpoint::{Endpoint, Query};
use crate::paging::plan::Plan;
use crate::position::Position;
use crate::position::checkpoint::Checkpoint;
use crate::position::cursor::{Cursor, Direction};
use crate::position::walk_id::{WalkId, WalkKind};
use crate::request::page_size::{MAX_LIMIT, effective_limit};
use crate::request::validate::check_same_walk;

/// Most pages fetched ahead: 64 pages of 200 events of 2 KB are 25 MB.
const MAX_READ_AHEAD: usize = 64;

/// The options that every walk has.
#[derive(Clone)]
pub(crate) struct WalkOptions {
    pub(crate) fetcher: Arc<Fetcher>,
    /// The session or contact.
    pub(crate) id: String,
    pub(crate) limit: u32,
    pub(crate) after: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) read_ahead: usize,
    pub(crate) resume: Option<Checkpoint>,
}

impl WalkOptions {
    pub(crate) fn new(fetcher: Arc<Fetcher>, id: String) -> Self {
        Self {
            fetcher,
            id,
            limit: MAX_LIMIT,
            after: None,
            before: None,
            read_ahead: 0,
            resume: None,
        }
    }

    /// Identifies the walk. Event types that aren't set are those of the checkpoint.
    pub(crate) fn walk_id(&self, kind: WalkKind, event_types: &[String]) -> WalkId {
        WalkId {
            kind: Some(kind),
            service: self.fetcher.service().to_owned(),
            id: self.id.clone(),
            direction: match (&self.before, &self.resume) {
                (Some(_), _) => Direction::Before,
                (None, Some(checkpoint)) => checkpoint.walk.direction,
                (None, None) => Direction::After,
            },
            event_types: match &self.resume {
                Some(checkpoint) if event_types.is_empty() => checkpoint.walk.event_types.clone(),
                _ => event_types.to_owned(),
            },
        }
    }

    /// Checks the options and makes a plan of them.
    pub(crate) fn plan(
        &self,
        walk: &WalkId,
        endpoint: Endpoint,
        filters: Vec<String>,
    ) -> Result<Plan, Error> {
        let limit = effective_limit(self.limit)?;
        if self.read_ahead > MAX_READ_AHEAD {
            return Err(Error::invalid_input(format!(
                "read_ahead is {}; expected 0 to {MAX_READ_AHEAD} pages",
                self.read_ahead
            )));
        }
        Ok(Plan {
            query: Query {
                endpoint,
                limit,
                direction: walk.direction,
                follows: false,
                filters,
            },
            start: self.start(walk)?,
            read_ahead: self.read_ahead,
            follow: None,
        })
    }

    fn start(&self, walk: &WalkId) -> Result<Position, Error> {
        let (parameter, cursor) = match (&self.after, &self.before, &self.resume) {
            (None, None, None) => return Ok(Position::default()),
            (None, None, Some(checkpoint)) => {
                check_same_walk(&checkpoint.walk, walk)?;
                return Ok(checkpoint.position.clone());
            }
            (Some(cursor), None, None) => ("after", cursor),
            (None, Some(cursor), None) => ("before", cursor),
            _ => {
                return Err(Error::invalid_input(
                    "more than one of after, before and resume is set; expected one at most",
                ));
            }
        };
        let cursor = Cursor::new(cursor).map_err(|error| {
            Error::invalid_input(format!("{parameter} isn't a valid cursor: {error}"))
        })?;
        Ok(Position::at(cursor))
    }
}
