//! The walk from page to page, and the place it has reached.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_stream::try_stream;
use futures::Stream;

use crate::decode::Listing;
use crate::decode::entity::Entity;
use crate::error::Error;
use crate::fetch::Fetcher;
use crate::fetch::endpoint::Query;
use crate::paging::error::{MAX_EMPTY_PAGES, WalkFault};
use crate::paging::follow::Follow;
use crate::paging::page::Page;
use crate::paging::read_ahead::read_ahead;
use crate::paging::resume::Resume;
use crate::paging::visited::Followed;
use crate::position::checkpoint::{Checkpoint, Place, WalkId};
use crate::position::cursor::{Cursor, Direction};

/// Where a walk starts and what it asks for.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) query: Query,
    pub(crate) start: Place,
    pub(crate) read_ahead: usize,
    pub(crate) follow: Option<Follow>,
}

/// One page further.
#[derive(Debug)]
pub(crate) struct Step<T> {
    /// What was not given out before.
    page: Page<T>,
    /// The page's own place, with what of it was given out before.
    place: Place,
    end: End,
}

impl<T: Entity> Step<T> {
    /// The place once all of the page was given out, still on that page.
    fn reached(&self) -> Place {
        let ids = self.page.entities.iter().map(Entity::id);
        Place {
            given: self.place.given + self.page.entities.len(),
            last_id: match ids.last() {
                Some(id) => id.map(str::to_owned),
                None => self.place.last_id.clone(),
            },
            ..self.place.clone()
        }
    }
}

/// What comes behind a page's events.
#[derive(Clone, Debug)]
enum End {
    Next(Cursor),
    Last,
    /// An error: the page stays the place to go on from.
    Broken,
}

type Steps<T> = Pin<Box<dyn Stream<Item = Result<Step<T>, Error>> + Send>>;

/// A walk under way.
pub(crate) struct Walk<T> {
    steps: Option<Steps<T>>,
    id: WalkId,
    place: Place,
    end: End,
}

impl<T: Entity> Walk<T> {
    /// Nothing is sent before the first poll. A plan that is an error is the first and only item.
    pub(crate) fn new(fetcher: Arc<Fetcher>, id: WalkId, plan: Result<Plan, Error>) -> Self {
        let place = plan
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
            place,
            end: End::Broken,
        }
    }

    /// Goes one page further; ends after an error, which carries the place reached.
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
            Ok(Step { page, place, end }) => {
                (self.place, self.end) = (place, end);
                if page.entities.is_empty() {
                    self.leave_page();
                }
                Ok(page)
            }
            Err(error) => Err(error.with_checkpoint(self.checkpoint())),
        }))
    }

    /// Notes that the next entity of the page was given out.
    pub(crate) fn gave(&mut self, entity: &T, is_last_of_page: bool) {
        self.place.given += 1;
        match (&mut self.place.last_id, entity.id()) {
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
fn steps<T: Entity>(
    fetcher: Arc<Fetcher>,
    Plan {
        query,
        start,
        mut follow,
        ..
    }: Plan,
) -> impl Stream<Item = Result<Step<T>, Error>> + Send + 'static {
    try_stream!({
        let mut cursor = start.cursor.clone();
        let mut resume = Resume::new(start);
        let mut followed = Followed::new(cursor.as_ref());
        let mut empty_pages = 0;
        let mut is_asked_again = false;
        for number in 1.. {
            let listing = fetcher.page(&query, cursor.as_ref(), number).await?;
            let fail = |fault: WalkFault| fault.on_page(number, &query.of);
            empty_pages = if listing.entities.is_empty() {
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
            let (has_news, reached) = (!step.page.entities.is_empty(), step.reached());
            let is_known = is_asked_again && !has_news && !matches!(end, End::Next(_));
            if !resume.is_owing() && !is_known {
                yield step;
            }
            if let Some(fault) = fault {
                Err(fail(fault))?;
            }
            if let End::Next(next) = end {
                if empty_pages == MAX_EMPTY_PAGES {
                    Err(fail(WalkFault::Stalled))?;
                }
                cursor = Some(next);
                is_asked_again = false;
                continue;
            }
            let Some(follow) = &mut follow else { break };
            if !follow.goes_on(&fetcher, has_news).await {
                break;
            }
            resume = Resume::new(reached);
            is_asked_again = true;
            empty_pages = 0;
        }
    })
}

/// Puts a listing into the walk's order, without what was given out before and what comes behind an
/// event that can't be read.
fn open<T: Entity>(
    mut listing: Listing<T>,
    direction: Direction,
    cursor: Option<Cursor>,
    resume: &mut Resume,
) -> Result<(Step<T>, Option<WalkFault>), WalkFault> {
    let next = Cursor::from_uri(listing.next_uri.as_deref(), Direction::After);
    let previous = Cursor::from_uri(listing.previous_uri.as_deref(), Direction::Before);
    if direction == Direction::Before {
        listing.entities.reverse();
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
        .given_of(&listing.entities, is_last)
        .map_err(|_| WalkFault::Stale)?;
    let count = listing.entities.len();
    let mut entities = Vec::with_capacity(count);
    for (index, entity) in listing.entities.into_iter().enumerate().skip(given) {
        match entity {
            Ok(entity) => entities.push(entity),
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
        entities,
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
