//! A slice of an interval, which is read until nothing can be missing.

use std::collections::HashSet;

use crate::model::interval::Interval;
use crate::paging::find::read::{FoundPage, Progress, Read};
use crate::paging::find::window::{MAX_RESULTS, Window};
use crate::position::digest::Digest;

/// How often a slice is read before the search gives up, and how many requests each page that has
/// something new may cost.
pub(crate) const MAX_READS: u32 = 10;
/// How many reads that reached the end are enough if conversations appear during each of them. Each has
/// every conversation that was listed all the time and kept its position among the others; two more
/// are for those that didn't.
const ENOUGH_READS: u32 = 3;
/// Genesys calls its count approximate, without saying how much. One in so many may be missing if two
/// reads agree; fewer than that, and one may.
const MISSING_ONE_IN: u64 = 100;

/// Why a slice can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindError {
    /// It has more conversations than pages can reach, and is too short to be halved.
    TooMany,
    /// Each read was interrupted by changes.
    Shifting { read: u32, total: Option<u64> },
    /// The pages end long before the service's count.
    Short { read: u32, total: u64 },
}

/// What follows a page.
pub(crate) enum Step {
    Next,
    Accept,
    Halve,
    Fail(FindError),
}

/// A slice that is being read.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) interval: Interval,
    read: Read,
    /// The conversations of all its reads.
    seen: HashSet<Digest>,
    /// How often it was read, this time included.
    reads: u32,
    /// How many reads have reached the end.
    complete_reads: u32,
    /// Whether this read has found a conversation that none before it had.
    has_found_new: bool,
    requests: u32,
    /// How many requests found something new.
    useful_requests: u32,
}

impl Slice {
    pub(crate) fn new(interval: Interval) -> Self {
        Self {
            interval,
            read: Read::new(),
            seen: HashSet::new(),
            reads: 1,
            complete_reads: 0,
            has_found_new: false,
            requests: 0,
            useful_requests: 0,
        }
    }

    pub(crate) fn window(&self) -> Window {
        self.read.window()
    }

    /// Takes the page that was requested.
    pub(crate) fn page_received(&mut self, page: &FoundPage) -> Step {
        if page.total.is_some_and(|total| total > MAX_RESULTS.into()) {
            return Step::Halve;
        }
        let seen_before = self.seen.len();
        self.seen.extend(page.conversations.iter().copied());
        let has_new = self.seen.len() > seen_before;
        self.has_found_new |= has_new;
        self.requests += 1;
        self.useful_requests += u32::from(has_new);
        match self.read.page_received(page) {
            Progress::End => self.at_the_end(page.total),
            Progress::OutOfReach => Step::Halve,
            Progress::Gap => self.read_again(page.total),
            Progress::Next if self.requests >= MAX_READS * (self.useful_requests + 1) => {
                self.shifting(page.total)
            }
            Progress::Next => Step::Next,
        }
    }

    /// Whether a read that has reached the end has missed nothing.
    fn at_the_end(&mut self, total: Option<u64>) -> Step {
        let read = self.read_count();
        let missing = total.map_or(0, |total| total.saturating_sub(read.into()));
        let is_confirmed = self.complete_reads > 0 && !self.has_found_new;
        self.complete_reads += 1;
        if missing == 0 && !self.read.has_missed() {
            return Step::Accept;
        }
        if !is_confirmed && self.complete_reads < ENOUGH_READS {
            return self.read_again(total);
        }
        match total {
            Some(total) if missing > 1.max(total / MISSING_ONE_IN) => {
                Step::Fail(FindError::Short { read, total })
            }
            _ => Step::Accept,
        }
    }

    fn read_again(&mut self, total: Option<u64>) -> Step {
        if self.reads == MAX_READS {
            return self.shifting(total);
        }
        self.reads += 1;
        self.has_found_new = false;
        self.read = Read::new();
        Step::Next
    }

    fn shifting(&self, total: Option<u64>) -> Step {
        let read = self.read_count();
        Step::Fail(FindError::Shifting { read, total })
    }

    /// How many conversations this read has gone through. The list's end doesn't say it alone: a service
    /// may repeat conversations.
    fn read_count(&self) -> u32 {
        let seen = u32::try_from(self.seen.len()).unwrap_or(u32::MAX);
        self.read.end().min(seen)
    }
}
