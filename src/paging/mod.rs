//! From page to page.
//!
//! ```text
//!            ┌──────────────────────── walk ───────────────────────┐
//! plan ─► start ─► page ─► page received ─► step ─► next page ──────┤
//!            ▲                                └──► last: follow, end┘
//!         resume
//! ```
//!
//! `walk` is the state machine and does no I/O; `steps` below carries out what it wants next. `pages`
//! fetches in a task, and ahead of the consumer. `step` is one page in the walk's order, `resume` leaves
//! out what was yielded before, `follow` decides what comes after the last page, `visited` notices
//! cursors that lead back, `error` is what ends a walk although the page was received. `find` walks
//! numbered pages instead, those of the conversations in which sessions are found.

pub(crate) mod error;
pub(crate) mod find;
pub(crate) mod follow;
pub(crate) mod page;
pub(crate) mod pages;
pub(crate) mod plan;
pub(crate) mod resume;
pub(crate) mod step;
pub(crate) mod visited;
pub(crate) mod walk;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_stream::try_stream;
use futures::Stream;
use futures::future::poll_fn;
use tokio::time::{Instant, sleep_until};

use crate::decode::entity::Entity;
use crate::error::{Error, ErrorKind};
use crate::fetch::retry::Patience;
use crate::fetch::{Fetcher, task};
use crate::position::Position;
use crate::position::checkpoint::Checkpoint;
use crate::position::digest::Digest;
use crate::position::identities::Identities;
use crate::position::walk_id::WalkId;
use page::Page;
use pages::Pages;
use plan::Plan;
use step::{PageEnd, Step};
use walk::{State, Walk};

type Steps<T> = Pin<Box<dyn Stream<Item = Result<Step<T>, Error>> + Send>>;

/// A walk under way, and the position it has reached.
pub(crate) struct Paging<T> {
    steps: Option<Steps<T>>,
    id: WalkId,
    /// Without what was yielded from the latest page since it was entered.
    position: Position,
    page: CurrentPage,
}

/// What is known of the latest page's entities.
struct CurrentPage {
    identities: Identities,
    /// How many of them were yielded.
    yielded: usize,
    malformed: Option<Digest>,
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
            Ok(plan) => Box::pin(steps(fetcher, plan)),
        };
        Self {
            steps: Some(steps),
            id,
            position,
            page: CurrentPage {
                identities: Identities::default(),
                yielded: 0,
                malformed: None,
                end: PageEnd::Error,
            },
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
            Ok(step) => Ok(self.enter(step)),
            Err(error) => {
                if error.kind() == ErrorKind::MalformedEvent {
                    self.position.malformed = self.page.malformed;
                }
                Err(error.with_checkpoint(self.checkpoint()))
            }
        }))
    }

    fn enter(&mut self, step: Step<T>) -> Page<T> {
        let Step {
            page,
            identities,
            malformed,
            position,
            end,
        } = step;
        self.position = position;
        self.page = CurrentPage {
            identities,
            yielded: 0,
            malformed,
            end,
        };
        self.leave_if_finished();
        page
    }

    /// Records that the next entity of the page was yielded.
    pub(crate) fn yielded(&mut self) {
        self.page.yielded += 1;
        self.leave_if_finished();
    }

    /// Moves the position past the page once it was yielded to its end.
    fn leave_if_finished(&mut self) {
        if self.page.yielded < self.page.identities.len() {
            return;
        }
        match &self.page.end {
            PageEnd::Next { cursor, carried } => {
                self.position = Position::at(cursor.clone());
                self.position.carried.clone_from(carried);
                self.page.identities = Identities::default();
            }
            PageEnd::Last => self.position.done = true,
            PageEnd::Error => {}
        }
    }

    /// Whether an error follows the latest page.
    pub(crate) fn ends_in_error(&self) -> bool {
        matches!(self.page.end, PageEnd::Error)
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.steps.is_none()
    }
}

impl<T> Paging<T> {
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let mut position = self.position.clone();
        let digests = self.page.identities.digests();
        position.advance(digests.get(..self.page.yielded).unwrap_or(digests));
        Checkpoint {
            walk: self.id.clone(),
            position,
        }
    }
}

/// Carries out what the walk wants next, until it ends. Everything that takes time runs in a task.
fn steps<T: Entity>(
    fetcher: Arc<Fetcher>,
    plan: Plan,
) -> impl Stream<Item = Result<Step<T>, Error>> + Send + 'static {
    let Plan {
        query,
        start,
        read_ahead,
        follow,
    } = plan;
    try_stream!({
        let mut walk = Walk::start(&query, &start, follow);
        let mut pages = Pages::new(Arc::clone(&fetcher), Arc::new(query), read_ahead);
        loop {
            match walk.state() {
                State::Page { cursor, number } => {
                    let page = poll_fn(|cx| pages.poll_page(cursor.as_ref(), number, cx)).await?;
                    let (step, error) = walk.page_received(page);
                    if let Some(step) = step {
                        yield step;
                    }
                    if let Some(error) = error {
                        Err(error)?;
                    }
                }
                State::Session { id } => {
                    let session = fetcher.session(&id, Patience::Outlast).await;
                    walk.session_received(session.ok().as_ref());
                }
                State::Wait { interval } => {
                    let until = Instant::now() + interval;
                    task::run(|| Box::pin(sleep_until(until))).await?;
                    walk.waited();
                }
                State::End => break,
            }
        }
    })
}
