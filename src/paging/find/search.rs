//! The search through the conversations of an interval, as a state machine that does no I/O.

use std::collections::HashSet;

use crate::model::interval::Interval;
use crate::paging::find::window::{MAX_RESULTS, Window};
use crate::position::digest::Digest;

/// Most days of a query without a filter: "limited to an interval no longer than seven days"
/// (<https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/>).
const DAYS: i64 = 7;
/// Slices with too many conversations are halved down to this many milliseconds. Not further: those that
/// are open all the time are in every slice, however short.
const SHORTEST: i64 = 60_000;
/// How often a slice is read before the search gives up.
pub(crate) const MAX_READS: u32 = 10;

/// What to request next, or why the search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Page { slice: Interval, window: Window },
    End,
    Failed { slice: Interval, error: FindError },
}

/// Why a slice can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindError {
    /// It has more conversations than pages can reach, and is too short to be halved.
    TooMany,
    /// Conversations were missing however often it was read.
    Shifting,
}

/// What a page says of the search: which conversations it has, and how many there are in all.
#[derive(Clone, Debug)]
pub(crate) struct FoundPage {
    pub(crate) conversations: Vec<Digest>,
    pub(crate) total: Option<u64>,
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

/// A slice that is being read.
#[derive(Debug)]
struct Slice {
    interval: Interval,
    /// The conversations of all its reads.
    seen: HashSet<Digest>,
    /// How often it was read, this time included.
    reads: u32,
    read: Read,
    /// Whether an earlier read reached the end without a break.
    was_read: bool,
}

/// One reading of a slice, page after page.
#[derive(Debug)]
struct Read {
    window: Window,
    /// The last conversation of the page before, which the next page must have as well.
    last: Option<Digest>,
    /// How many conversations are up to it.
    end: u32,
    /// Whether it was at another place on that page than expected.
    has_shifted: bool,
    found_new: bool,
}

/// What follows a page.
enum Step {
    Page(Window),
    ReadAgain,
    Accept,
    Halve,
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
                window: self.slice.read.window,
            },
        }
    }

    /// Takes the page that was requested.
    pub(crate) fn page_received(&mut self, page: &FoundPage) {
        match self.slice.step(page) {
            Step::Page(window) => self.slice.read.window = window,
            Step::ReadAgain if self.slice.reads == MAX_READS => {
                self.error = Some(FindError::Shifting);
            }
            Step::ReadAgain => {
                self.slice.reads += 1;
                self.slice.read = Read::new();
            }
            Step::Accept => self.next_slice(),
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

impl Slice {
    fn new(interval: Interval) -> Self {
        Self {
            interval,
            seen: HashSet::new(),
            reads: 1,
            read: Read::new(),
            was_read: false,
        }
    }

    fn step(&mut self, page: &FoundPage) -> Step {
        if page.total.is_some_and(|total| total > MAX_RESULTS.into()) {
            return Step::Halve;
        }
        for conversation in &page.conversations {
            self.read.found_new |= self.seen.insert(*conversation);
        }
        let read = &mut self.read;
        let start = read.window.start();
        if let Some(last) = read.last {
            let place = page.conversations.iter().position(|found| *found == last);
            let Some(place) = place else {
                // The pages have shifted between the requests: what is between them was on neither.
                return Step::ReadAgain;
            };
            let is_where_it_was = start as usize + place + 1 == read.end as usize;
            read.has_shifted |= !is_where_it_was;
        }
        let count = u32::try_from(page.conversations.len()).unwrap_or(u32::MAX);
        let end = start.saturating_add(count);
        let has_advanced = end > read.end && page.conversations.last() != read.last.as_ref();
        // A full page may be followed by others whatever the count says, a short one if it says so.
        let is_full = count >= read.window.size;
        let is_last = !is_full && page.total.is_none_or(|total| u64::from(end) >= total);
        if is_last || !has_advanced {
            return self.at_the_end(page.total);
        }
        if end >= MAX_RESULTS {
            return if page.total == Some(end.into()) {
                self.at_the_end(page.total)
            } else {
                Step::Halve
            };
        }
        read.last = page.conversations.last().copied();
        read.end = end;
        Step::Page(Window::after(end))
    }

    /// Whether a read that has reached the end has missed nothing.
    ///
    /// Something may be missing if the count says so, or if places have shifted: a conversation that was
    /// read and then disappeared makes up for one that was missed. Genesys calls the count approximate, so
    /// it isn't insisted on: two complete reads of which the second finds nothing new will do.
    fn at_the_end(&mut self, total: Option<u64>) -> Step {
        let is_complete = total.is_none_or(|total| self.seen.len() as u64 >= total);
        let is_confirmed = self.was_read && !self.read.found_new;
        if is_confirmed || (is_complete && !self.read.has_shifted) {
            return Step::Accept;
        }
        self.was_read = true;
        Step::ReadAgain
    }
}

impl Read {
    fn new() -> Self {
        Self {
            window: Window::FIRST,
            last: None,
            end: 0,
            has_shifted: false,
            found_new: false,
        }
    }
}
