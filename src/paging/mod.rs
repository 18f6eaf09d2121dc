//! From page to page.
//!
//! ```text
//!            ┌──────────────────────── walk ───────────────────────┐
//! plan ─► start ─► page ─► page received ─► step ─► next page ──────┤
//!            ▲                                └──► last: follow, end┘
//!         resume
//! ```
//!
//! `walk` is the state machine and does no I/O; `steps` below carries out what it wants next. `step` is
//! one page in the walk's order, `resume` leaves out what was yielded before, `follow` and `read_ahead`
//! are what their names say, `visited` notices cursors that lead back, `error` is what ends a walk
//! although the page was received.

pub(crate) mod error;
pub(crate) mod follow;
pub(crate) mod page;
pub(crate) mod plan;
pub(crate) mod read_ahead;
pub(crate) mod resume;
pub(crate) mod step;
pub(crate) mod visited;
pub(crate) mod walk;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_stream::try_stream;
use futures::Stream;
use tokio::time::sleep;

use crate::decode::entity::Entity;
use crate::error::Error;
use crate::fetch::Fetcher;
use crate::position::Position;
use crate::position::checkpoint::{Checkpoint, WalkId};
use page::Page;
use plan::Plan;
use read_ahead::read_ahead;
use step::{PageEnd, Step};
use walk::{State, Walk};

type Steps<T> = Pin<Box<dyn Stream<Item = Result<Step<T>, Error>> + Send>>;

/// A walk under way, and the position it has reached.
pub(crate) struct Paging<T> {
    steps: Option<Steps<T>>,
    id: WalkId,
    position: Position,
    end: PageEnd,
}

impl<T: Entity> Paging<T> {
    /// Prepares a walk; nothing is sent before the first poll. If the plan is an error, that is the
    /// only item.
    pub(crate) fn new(fetcher: Arc<Fetcher>, id: WalkId, plan: Result<Plan, Error>) -> Self {
        let position = plan
            .as_ref()
            .map(|plan| plan.start.clone())
            .unwrap_or_default();
        let steps: Steps<T> = match plan {
            Err(error) => Box::pin(futures::stream::iter([Err(error)])),
            Ok(plan) => match plan.read_ahead {
                0 => Box::pin(steps(fetcher, plan)),
                pages => Box::pin(read_ahead(steps(fetcher, plan), pages)),
            },
        };
        Self {
            steps: Some(steps),
            id,
            position,
            end: PageEnd::Error,
        }
    }

    /// Polls for the next page; ends after an error, which carries the position reached.
    pub(crate) fn poll_page(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Page<T>, Error>>> {
        let Some(steps) = &mut self.steps else {
            return Poll::Ready(None);
        };
        let step = ready!(steps.as_mut().poll_next(cx));
        if !matches!(step, Some(Ok(_))) {
            self.steps = None;
        }
        Poll::Ready(step.map(|step| match step {
            Ok(Step {
                page,
                position,
                end,
            }) => {
                (self.position, self.end) = (position, end);
                if page.entities.is_empty() {
                    self.leave_page();
                }
                Ok(page)
            }
            Err(error) => Err(error.with_checkpoint(self.checkpoint())),
        }))
    }

    /// Records that the next entity of the page was yielded.
    pub(crate) fn yielded(&mut self, entity: &T, is_last_of_page: bool) {
        self.position.advance(entity.id());
        if is_last_of_page {
            self.leave_page();
        }
    }

    /// Moves the position past the page, which was yielded to its end.
    fn leave_page(&mut self) {
        match &self.end {
            PageEnd::Next(cursor) => self.position = Position::at(cursor.clone()),
            PageEnd::Last => self.position.done = true,
            PageEnd::Error => {}
        }
    }

    /// Whether an error follows the latest page.
    pub(crate) fn ends_in_error(&self) -> bool {
        matches!(self.end, PageEnd::Error)
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.steps.is_none()
    }
}

impl<T> Paging<T> {
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            walk: self.id.clone(),
            position: self.position.clone(),
        }
    }
}

/// Carries out what the walk wants next, until it ends.
fn steps<T: Entity>(
    fetcher: Arc<Fetcher>,
    plan: Plan,
) -> impl Stream<Item = Result<Step<T>, Error>> + Send + 'static {
    let Plan {
        query,
        start,
        follow,
        ..
    } = plan;
    try_stream!({
        let mut walk = Walk::start(&query, start, follow);
        loop {
            match walk.state() {
                State::Page { cursor, number } => {
                    let listing = fetcher.page(&query, cursor.as_ref(), number).await?;
                    let (step, error) = walk.page_received(listing);
                    if let Some(step) = step {
                        yield step;
                    }
                    if let Some(error) = error {
                        Err(error)?;
                    }
                }
                State::Session { id } => {
                    let session = fetcher.session(&id).await;
                    walk.session_received(session.ok().as_ref());
                }
                State::Wait { interval } => {
                    sleep(interval).await;
                    walk.waited();
                }
                State::End => break,
            }
        }
    })
}
