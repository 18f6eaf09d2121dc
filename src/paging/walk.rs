//! The walk from page to page: a state machine without I/O.
//!
//! | state | left by | for |
//! | --- | --- | --- |
//! | `Page` | `page_received` | `Page` (the next one), `Session`, `Wait` or `End` |
//! | `Session` | `session_received` | `Wait`, or `Page` (the last one once more) |
//! | `Wait` | `waited` | `Page` (the last one again) |
//! | `End` | | |

use std::time::Duration;

use crate::decode::entity::Entity;
use crate::error::Error;
use crate::fetch::endpoint::{Endpoint, Query};
use crate::model::Session;
use crate::paging::error::WalkError;
use crate::paging::follow::{Follow, Next};
use crate::paging::resume::Resume;
use crate::paging::step::{PageEnd, ReceivedPage, Step};
use crate::paging::visited::VisitedCursors;
use crate::position::Position;
use crate::position::cursor::Cursor;

/// Longest request time without an entity before the service is considered to make no progress.
const MAX_EMPTY_TIME: Duration = Duration::from_secs(10 * 60);

/// What a walk wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The page at this cursor; `None` is the first page. Requests are numbered from 1.
    Page { cursor: Option<Cursor>, number: u64 },
    /// The session, to see whether it has ended.
    Session { id: String },
    /// To wait before the last page is requested again.
    Wait { interval: Duration },
    /// Nothing.
    End,
}

/// A walk over the pages of one endpoint.
#[derive(Debug)]
pub(crate) struct Walk {
    endpoint: Endpoint,
    follow: Option<Follow>,
    state: State,
    /// The cursor and number of the latest page.
    cursor: Option<Cursor>,
    number: u64,
    resume: Resume,
    visited: VisitedCursors,
    /// Request time since the latest entity.
    empty_time: Duration,
    /// Whether the latest page is the last one, requested again.
    is_repeated: bool,
}

impl Walk {
    /// Starts at the beginning or resumes at a position.
    pub(crate) fn start(query: &Query, start: &Position, follow: Option<Follow>) -> Self {
        let cursor = start.cursor.clone();
        Self {
            endpoint: query.endpoint.clone(),
            follow,
            state: State::Page {
                cursor: cursor.clone(),
                number: 1,
            },
            visited: VisitedCursors::new([&cursor, &start.blocked].into_iter().flatten()),
            cursor,
            number: 1,
            resume: Resume::new(start),
            empty_time: Duration::ZERO,
            is_repeated: false,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state.clone()
    }

    /// Takes the page that was requested, and returns what of it is yielded and the error after it.
    pub(crate) fn page_received<T: Entity>(
        &mut self,
        page: ReceivedPage<T>,
    ) -> (Option<Step<T>>, Option<Error>) {
        self.empty_time = if page.is_empty() {
            self.empty_time.saturating_add(page.request_time)
        } else {
            Duration::ZERO
        };
        let cursor = self.cursor.clone();
        let (mut step, mut error) = match page.open(cursor, &mut self.resume, self.is_repeated) {
            Ok(opened) => opened,
            Err(error) => return (None, Some(self.failed(error))),
        };
        if let PageEnd::Next { cursor, .. } = &step.end
            && !self.visited.insert(cursor)
        {
            step.position.blocked = Some(cursor.clone());
            (step.end, error) = (PageEnd::Error, Some(WalkError::CursorLoop));
        }
        let has_news = !step.page.entities.is_empty();
        let (is_known, error) = match &step.end {
            PageEnd::Next { cursor, .. } if self.empty_time < MAX_EMPTY_TIME => {
                let is_known = self.resume.is_pending();
                self.next_page(cursor.clone());
                (is_known, None)
            }
            // Before an error even an empty step is yielded: it has the position for the checkpoint.
            PageEnd::Next { .. } => (false, Some(self.failed(WalkError::Stalled))),
            PageEnd::Error => (false, error.map(|error| self.failed(error))),
            PageEnd::Last => {
                let is_known = self.is_repeated;
                self.last_page(&step, has_news);
                (is_known, None)
            }
        };
        let is_yielded = has_news || !is_known;
        (is_yielded.then_some(step), error)
    }

    fn next_page(&mut self, cursor: Cursor) {
        self.cursor = Some(cursor);
        self.is_repeated = false;
        self.request_page();
    }

    /// The service has no further page: ends, or polls this one for more.
    fn last_page<T>(&mut self, page: &Step<T>, has_news: bool) {
        let Some(follow) = &mut self.follow else {
            self.state = State::End;
            return;
        };
        let next = follow.after_page(has_news);
        self.resume = Resume::polling(&page.reached());
        self.is_repeated = true;
        self.empty_time = Duration::ZERO;
        self.follow_with(next);
    }

    /// Takes the session that was requested; `None` if it could not be fetched.
    pub(crate) fn session_received(&mut self, session: Option<&Session>) {
        if let Some(follow) = &mut self.follow {
            let next = follow.after_session(session);
            self.follow_with(next);
        }
    }

    /// The wait is over.
    pub(crate) fn waited(&mut self) {
        self.request_page();
    }

    fn follow_with(&mut self, next: Next) {
        match next {
            Next::Wait(interval) => self.state = State::Wait { interval },
            Next::Session(id) => self.state = State::Session { id },
            Next::Page => self.request_page(),
            Next::End => self.state = State::End,
        }
    }

    fn request_page(&mut self) {
        self.number += 1;
        self.state = State::Page {
            cursor: self.cursor.clone(),
            number: self.number,
        };
    }

    fn failed(&mut self, error: WalkError) -> Error {
        self.state = State::End;
        error.on_page(self.number, &self.endpoint)
    }
}

#[cfg(test)]
mod tests;
