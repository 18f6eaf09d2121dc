//! One reading of a slice, page after page, each of which overlaps the one before.
//!
//! Conversations are listed in the order of their start, so those before the last one read stay before
//! it, whatever appears or disappears. A page that has a conversation of this read therefore continues
//! it, wherever that conversation is now; a page that has none leaves a gap, and the read steps back.

use crate::paging::find::window::{MAX_PAGE_SIZE, MAX_RESULTS, Window};
use crate::position::digest::Digest;

/// How many conversations a page overlaps by after a gap, half as many from page to page, and how far the
/// read steps back at first.
const WIDE_OVERLAP: u32 = 16;

/// What a page says of the search: which conversations it has, and how many there are in all.
#[derive(Clone, Debug)]
pub(crate) struct FoundPage {
    pub(crate) conversations: Vec<Digest>,
    pub(crate) total: Option<u64>,
}

/// What follows a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The read's window is the next to request.
    Next,
    /// Nothing is after this page.
    End,
    /// Nothing read is listed any more: the read has to begin again.
    Gap,
    /// There are more conversations than pages can reach.
    OutOfReach,
}

#[derive(Debug)]
pub(crate) struct Read {
    window: Window,
    /// The conversations read, in the order of the list.
    listed: Vec<Digest>,
    /// How many conversations the service lists up to the last one read.
    end: u32,
    /// Most conversations of the pages that the service sends.
    page_size: u32,
    /// How many of the conversations read the next window has.
    overlap: u32,
    /// How many conversations before the end the window begins; 0 unless the read steps back.
    stepped_back: u32,
    /// How many conversations have appeared before the end without being read.
    missed: u32,
}

/// A conversation of a page that was read before.
struct Anchor {
    on_page: usize,
    in_list: usize,
}

impl Read {
    pub(crate) fn new() -> Self {
        Self {
            window: Window::FIRST,
            listed: Vec::new(),
            end: 0,
            page_size: MAX_PAGE_SIZE,
            overlap: 1,
            stepped_back: 0,
            missed: 0,
        }
    }

    pub(crate) fn window(&self) -> Window {
        self.window
    }

    /// How many conversations the service lists up to the last one read.
    pub(crate) fn end(&self) -> u32 {
        self.end
    }

    pub(crate) fn has_missed(&self) -> bool {
        self.missed > 0
    }

    /// Takes the page of the window.
    pub(crate) fn page_received(&mut self, page: &FoundPage) -> Progress {
        let found = &page.conversations;
        let start = self.window.start();
        let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
        if count == 0 && start >= self.end {
            return Progress::End;
        }
        let has_advanced = if self.listed.is_empty() {
            self.listed.clone_from(found);
            true
        } else if let Some(anchor) = self.anchor(found) {
            self.join(&anchor, found)
        } else {
            return self.step_back();
        };
        self.stepped_back = 0;
        self.end = start.saturating_add(count);
        // A full page may be followed by others whatever the count says, a short one unless it says not.
        if count < self.window.size {
            let is_last = page.total.is_some_and(|total| total <= self.end.into());
            if is_last || !has_advanced {
                return Progress::End;
            }
            // The service sends smaller pages than requested.
            self.page_size = count;
        }
        if self.end < MAX_RESULTS {
            self.advance()
        } else if page.total == Some(self.end.into()) {
            Progress::End
        } else {
            Progress::OutOfReach
        }
    }

    /// The last conversation read if the page has it, or the page's first if that was read.
    fn anchor(&self, found: &[Digest]) -> Option<Anchor> {
        let last = self.listed.last()?;
        if let Some(on_page) = found.iter().position(|found| found == last) {
            let in_list = self.listed.len() - 1;
            return Some(Anchor { on_page, in_list });
        }
        let first = found.first()?;
        let in_list = self.listed.iter().rposition(|listed| listed == first)?;
        let on_page = 0;
        Some(Anchor { on_page, in_list })
    }

    /// Continues the list with what the page has after the anchor. Returns whether that is anything.
    fn join(&mut self, anchor: &Anchor, found: &[Digest]) -> bool {
        let is = self.window.start() as usize + anchor.on_page;
        let was = (self.end as usize + anchor.in_list).saturating_sub(self.listed.len());
        let (before, after) = found.split_at(anchor.on_page + 1);
        let appeared = is.saturating_sub(was);
        if appeared > 0 {
            let tail = self.listed.len().saturating_sub(2 * MAX_PAGE_SIZE as usize);
            let tail = self.listed.get(tail..).unwrap_or_default();
            let read_now = before.iter().filter(|found| !tail.contains(found)).count();
            let missed = u32::try_from(appeared.saturating_sub(read_now)).unwrap_or(u32::MAX);
            self.missed = self.missed.saturating_add(missed);
        }
        self.listed.truncate(anchor.in_list + 1);
        self.listed.extend_from_slice(after);
        !after.is_empty()
    }

    /// Chooses the window that continues after the end.
    fn advance(&mut self) -> Progress {
        let reaching = |overlap: u32| {
            let read = self.end.saturating_sub(overlap - 1).max(1);
            Window::reaching_furthest(read, self.page_size).filter(|window| window.end() > self.end)
        };
        let window = reaching(self.overlap)
            .or_else(|| reaching(1))
            // Without an overlap this proves no more than that nothing follows.
            .or_else(|| Window::from(self.end, self.page_size));
        let Some(window) = window else {
            return Progress::OutOfReach;
        };
        self.window = window;
        self.overlap = (self.overlap / 2).max(1);
        Progress::Next
    }

    /// Chooses a window further back than the one whose page had nothing of what was read.
    fn step_back(&mut self) -> Progress {
        self.stepped_back = match self.stepped_back {
            0 => WIDE_OVERLAP,
            stepped_back => stepped_back.saturating_mul(4),
        };
        self.overlap = WIDE_OVERLAP;
        // What was read must be before this page by now. If it is further back on the next one, others have
        // appeared.
        self.end = self.end.min(self.window.start());
        let window = match self.end.saturating_sub(self.stepped_back) {
            0 => None,
            read => Window::reaching_furthest(read, self.page_size),
        };
        let Some(window) = window else {
            return Progress::Gap;
        };
        self.window = window;
        Progress::Next
    }
}
