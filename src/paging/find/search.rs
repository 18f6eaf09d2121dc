//! The search through the conversations of an interval, as a state machine that does no I/O.

use crate::model::interval::Interval;
use crate::paging::find::read::FoundPage;
use crate::paging::find::slice::{FindError, Slice, Step};
use crate::paging::find::window::Window;

/// Most days of a query without a filter: "limited to an interval no longer than seven days"
/// (<https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/>).
const DAYS: i64 = 7;
/// Slices with too many conversations are halved down to this many milliseconds. Not further: those that
/// are open all the time are in every slice, however short.
const SHORTEST: i64 = 60_000;

/// What to request next, or why the search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Page { slice: Interval, window: Window },
    End,
    Failed { slice: Interval, error: FindError },
}

/// A search under way.
#[derive(Debug)]
pub(crate) struct Search {
    slice: Slice,
    /// What is left to read, the next last.
    rest: Vec<Interval>,
    error: Option<FindError>,
    is_finished: bool,
}

impl Search {
    pub(crate) fn new(interval: Interval) -> Self {
        let (first, rest) = interval.split_at_days(DAYS);
        Self {
            slice: Slice::new(first),
            rest: Vec::from_iter(rest),
            error: None,
            is_finished: false,
        }
    }

    pub(crate) fn next(&self) -> Next {
        let slice = self.slice.interval;
        match self.error {
            Some(error) => Next::Failed { slice, error },
            None if self.is_finished => Next::End,
            None => Next::Page {
                slice,
                window: self.slice.window(),
            },
        }
    }

    /// Takes the page that was requested.
    pub(crate) fn page_received(&mut self, page: &FoundPage) {
        match self.slice.page_received(page) {
            Step::Next => {}
            Step::Accept => self.next_slice(),
            Step::Fail(error) => self.error = Some(error),
            Step::Halve => match self.slice.interval.halves(SHORTEST) {
                Some((first, second)) => {
                    self.rest.extend([second, first]);
                    self.next_slice();
                }
                None => self.error = Some(FindError::TooMany),
            },
        }
    }

    fn next_slice(&mut self) {
        match self.rest.pop() {
            Some(interval) => {
                let (first, rest) = interval.split_at_days(DAYS);
                self.rest.extend(rest);
                self.slice = Slice::new(first);
            }
            None => self.is_finished = true,
        }
    }
}
