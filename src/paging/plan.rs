//! What a walk requests and where it starts.

use crate::fetch::endpoint::Query;
use crate::paging::follow::Follow;
use crate::position::Position;

/// A checked request for a walk.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) query: Query,
    pub(crate) start: Position,
    /// Pages fetched ahead of the consumer.
    pub(crate) read_ahead: usize,
    pub(crate) follow: Option<Follow>,
}

impl Plan {
    /// The same for the first page alone: nothing ahead of it, and no outage is outlasted for it.
    pub(crate) fn of_one_page(mut self) -> Self {
        self.read_ahead = 0;
        self.follow = None;
        self.query.follows = false;
        self
    }
}
