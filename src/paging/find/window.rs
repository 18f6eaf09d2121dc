//! Which numbered page to request next, so that it overlaps the one before.

/// Most conversations of a page. Genesys' examples use up to 100 with this query, and no larger number is
/// documented.
pub(crate) const MAX_PAGE_SIZE: u32 = 100;
/// Most conversations that pages can reach: beyond it the service answers "Pagination may not exceed
/// 100000 results".
pub(crate) const MAX_RESULTS: u32 = 100_000;

/// A page as the service numbers them: page `number` of pages of this `size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) size: u32,
    /// Counted from 1.
    pub(crate) number: u32,
}

impl Window {
    pub(crate) const FIRST: Self = Self {
        size: MAX_PAGE_SIZE,
        number: 1,
    };

    /// The window that has the last of `read` conversations and as many as possible after it, on a page of
    /// up to `page_size`. `None` if pages can't reach it.
    ///
    /// Pages of one size never overlap, so the size varies: of the sizes up to the largest, it is the one
    /// whose page around that conversation reaches furthest. That costs up to 15 % more requests. It may
    /// reach no further than that conversation if pages are small: where every size divides `read`.
    pub(crate) fn reaching_furthest(read: u32, page_size: u32) -> Option<Self> {
        let last = read.saturating_sub(1);
        (1..=page_size)
            .map(|size| Self {
                size,
                number: last / size + 1,
            })
            .filter(|window| window.end() <= MAX_RESULTS)
            .max_by_key(|window| (window.end(), window.size))
    }

    /// The largest window that begins right after `read` conversations. `None` if pages can't reach it.
    pub(crate) fn from(read: u32, page_size: u32) -> Option<Self> {
        (1..=page_size)
            .rev()
            .filter(|size| read.is_multiple_of(*size))
            .map(|size| Self {
                size,
                number: read / size + 1,
            })
            .find(|window| window.end() <= MAX_RESULTS)
    }

    /// How many conversations are before it.
    pub(crate) fn start(self) -> u32 {
        self.end() - self.size
    }

    /// How many conversations are before its end, if it is full.
    pub(crate) fn end(self) -> u32 {
        self.size * self.number
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_window_has_the_last_conversation_read_and_further_ones() {
        for read in (1..MAX_RESULTS).step_by(7) {
            let window = Window::reaching_furthest(read, MAX_PAGE_SIZE).unwrap();
            assert!(window.start() < read, "{read}: {window:?}");
            assert!(
                (read + 1..=MAX_RESULTS).contains(&window.end()),
                "{read}: {window:?}"
            );
            assert!(
                (1..=MAX_PAGE_SIZE).contains(&window.size),
                "{read}: {window:?}"
            );
        }
    }

    #[test]
    fn overlapping_windows_take_few_more_requests_than_adjacent_ones() {
        let mut requests = 1;
        let mut window = Window::FIRST;
        while window.end() < MAX_RESULTS {
            window = Window::reaching_furthest(window.end(), MAX_PAGE_SIZE).unwrap();
            requests += 1;
        }
        assert!((1000..1150).contains(&requests), "{requests}");
    }
}
