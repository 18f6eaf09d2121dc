//! The walk from page to page, and the place it has reached.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_stream::try_stream;
use futures::Stream;

use crate::checkpoint::{Checkpoint, Place, WalkId};
use crate::cursor::{Cursor, Direction};
use crate::decode::Listing;
use crate::error::Error;
use crate::fetch::{Fetcher, Query};
use crate::model::Event;
use crate::page::Page;
use crate::read_ahead::read_ahead;
use crate::resume::Resume;
use crate::walk_fault::{MAX_EMPTY_PAGES, WalkFault};

/// Where a walk starts and what it asks for.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) query: Query,
    pub(crate) start: Place,
    pub(crate) read_ahead: usize,
}

/// One page further.
#[derive(Debug)]
pub(crate) struct Step {
    /// The events that were not given out before.
    page: Page,
    /// The page's own place, with what of it was given out before.
    place: Place,
    end: End,
}

/// What comes behind a page's events.
#[derive(Clone, Debug)]
enum End {
    Next(Cursor),
    Last,
    /// An error: the page stays the place to go on from.
    Broken,
}

type Steps = Pin<Box<dyn Stream<Item = Result<Step, Error>> + Send>>;

/// A walk under way.
pub(crate) struct Walk {
    steps: Option<Steps>,
    id: WalkId,
    place: Place,
    end: End,
}

impl Walk {
    /// Nothing is sent before the first poll. A plan that is an error is the first and only item.
    pub(crate) fn new(fetcher: Arc<Fetcher>, id: WalkId, plan: Result<Plan, Error>) -> Self {
        let place = plan
            .as_ref()
            .map(|plan| plan.start.clone())
            .unwrap_or_default();
        let steps: Steps = match plan {
            Err(error) => Box::pin(futures::stream::iter([Err(error)])),
            Ok(plan) => match plan.read_ahead {
                0 => Box::pin(steps(fetcher, plan)),
                pages => Box::pin(read_ahead(steps(fetcher, plan), pages)),
            },
        };
        Self {
            steps: Some(steps),
            id,
            place,
            end: End::Broken,
        }
    }

    /// Goes one page further; ends after an error, which carries the place reached.
    pub(crate) fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Page, Error>>> {
        let Some(steps) = &mut self.steps else {
            return Poll::Ready(None);
        };
        let step = ready!(steps.as_mut().poll_next(cx));
        if !matches!(step, Some(Ok(_))) {
            self.steps = None;
        }
        Poll::Ready(step.map(|step| match step {
            Ok(Step { page, place, end }) => {
                (self.place, self.end) = (place, end);
                if page.events.is_empty() {
                    self.leave_page();
                }
                Ok(page)
            }
            Err(error) => Err(error.with_checkpoint(self.checkpoint())),
        }))
    }

    /// Notes that the next event of the page was given out.
    pub(crate) fn gave(&mut self, event: &Event, is_last_of_page: bool) {
        self.place.given += 1;
        match (&mut self.place.last_id, event.id()) {
            (Some(last_id), Some(id)) => {
                last_id.clear();
                last_id.push_str(id);
            }
            (last_id, id) => *last_id = id.map(str::to_owned),
        }
        if is_last_of_page {
            self.leave_page();
        }
    }

    /// Moves the place behind the page, all of which was given out.
    fn leave_page(&mut self) {
        match &self.end {
            End::Next(cursor) => {
                self.place = Place {
                    cursor: Some(cursor.clone()),
                    ..Place::default()
                };
            }
            End::Last => self.place.done = true,
            End::Broken => {}
        }
    }

    /// Whether an error comes behind the page that was taken last.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.end, End::Broken)
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            walk: self.id.clone(),
            place: self.place.clone(),
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.steps.is_none()
    }
}

/// Page after page, from the plan's place on.
fn steps(
    fetcher: Arc<Fetcher>,
    Plan { query, start, .. }: Plan,
) -> impl Stream<Item = Result<Step, Error>> + Send + 'static {
    try_stream!({
        let mut cursor = start.cursor.clone();
        let mut resume = Resume::new(start);
        let mut followed = Followed::new(cursor.as_ref());
        let mut empty_pages = 0;
        for number in 1.. {
            let listing = fetcher.page(&query, cursor.as_ref(), number).await?;
            let fail = |fault: WalkFault| fault.on_page(number, &query.session);
            empty_pages = if listing.events.is_empty() {
                empty_pages + 1
            } else {
                0
            };
            let (mut step, mut fault) =
                open(listing, query.direction, cursor.clone(), &mut resume).map_err(fail)?;
            if let End::Next(next) = &step.end
                && !followed.is_new(next)
            {
                // Broken, so that a resumed walk does not follow it either.
                (step.end, fault) = (End::Broken, Some(WalkFault::CursorLoop));
            }
            let end = step.end.clone();
            if !resume.is_owing() {
                yield step;
            }
            if let Some(fault) = fault {
                Err(fail(fault))?;
            }
            let End::Next(next) = end else { break };
            if empty_pages == MAX_EMPTY_PAGES {
                Err(fail(WalkFault::Stalled))?;
            }
            cursor = Some(next);
        }
    })
}

/// Puts a listing into the walk's order, without what was given out before and what comes behind an
/// event that can't be read.
fn open(
    mut listing: Listing,
    direction: Direction,
    cursor: Option<Cursor>,
    resume: &mut Resume,
) -> Result<(Step, Option<WalkFault>), WalkFault> {
    let next = Cursor::from_uri(listing.next_uri.as_deref(), Direction::After);
    let previous = Cursor::from_uri(listing.previous_uri.as_deref(), Direction::Before);
    if direction == Direction::Before {
        listing.events.reverse();
    }
    let onward = match direction {
        Direction::After => &next,
        Direction::Before => &previous,
    };
    let (mut end, mut fault) = match onward {
        Ok(Some(cursor)) => (End::Next(cursor.clone()), None),
        Ok(None) => (End::Last, None),
        Err(error) => (End::Broken, Some(WalkFault::NoCursor(error.clone()))),
    };
    let is_last = matches!(end, End::Last);
    let (given, last_id) = resume
        .given_of(&listing.events, is_last)
        .map_err(|_| WalkFault::Stale)?;
    let count = listing.events.len();
    let mut events = Vec::with_capacity(count);
    for (index, event) in listing.events.into_iter().enumerate().skip(given) {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                let place = match direction {
                    Direction::After => index + 1,
                    Direction::Before => count - index,
                };
                (end, fault) = (End::Broken, Some(WalkFault::Malformed { place, error }));
                break;
            }
        }
    }
    let (next, previous) = (next.ok().flatten(), previous.ok().flatten());
    let page = Page {
        events,
        next,
        previous,
    };
    Ok((
        Step {
            page,
            place: Place {
                cursor,
                given,
                last_id,
                done: false,
            },
            end,
        },
        fault,
    ))
}

/// The cursors that a walk has followed, by their hashes: 8 bytes a page, which is 40 kB for a
/// million events. Remembering them all, other than finding a cycle in constant memory, notices it
/// before any page is asked for a second time by the same cursor.
struct Followed {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Followed {
    fn new(start: Option<&Cursor>) -> Self {
        let mut followed = Self {
            hasher: RandomState::new(),
            hashes: HashSet::new(),
        };
        if let Some(cursor) = start {
            followed.is_new(cursor);
        }
        followed
    }

    /// Notes a cursor; whether it was not followed before.
    fn is_new(&mut self, cursor: &Cursor) -> bool {
        self.hashes.insert(self.hasher.hash_one(cursor))
    }
}
