//! One page in the walk's order.

use std::mem;
use std::time::Duration;

use crate::decode::entity::{Entity, Malformed};
use crate::decode::listing::{Link, Listing};
use crate::paging::error::WalkError;
use crate::paging::page::Page;
use crate::paging::resume::Resume;
use crate::position::cursor::{Cursor, Direction, NoCursor};
use crate::position::digest::Digest;
use crate::position::identities::{Identities, Identity};
use crate::position::{Carried, Position, Yielded};

/// A page as it was received, in the walk's order.
#[derive(Debug)]
pub(crate) struct ReceivedPage<T> {
    entities: Vec<Result<T, Malformed>>,
    identities: Identities,
    next: Result<Option<Cursor>, NoCursor>,
    previous: Result<Option<Cursor>, NoCursor>,
    direction: Direction,
    /// How long the request took, without waits for permits.
    pub(crate) request_time: Duration,
}

/// A page without what was yielded before.
#[derive(Debug)]
pub(crate) struct Step<T> {
    pub(crate) page: Page<T>,
    /// One for each entity of the page.
    pub(crate) identities: Identities,
    /// The entity after them, if it can't be decoded.
    pub(crate) malformed: Option<Digest>,
    /// The page's position, including what was yielded of it before.
    pub(crate) position: Position,
    pub(crate) end: PageEnd,
}

/// What follows a page's last entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageEnd {
    /// The page at a cursor, which may hold what is carried.
    Next {
        cursor: Cursor,
        carried: Carried,
    },
    Last,
    /// An error. The position stays on the page, so that a resumed walk requests it again.
    Error,
}

impl<T: Entity> ReceivedPage<T> {
    pub(crate) fn new(listing: Listing<T>, direction: Direction, request_time: Duration) -> Self {
        let mut entities = listing.entities;
        if direction == Direction::Before {
            entities.reverse();
        }
        let identities = entities.iter().map(|entity| match entity {
            Ok(entity) => entity.identity(),
            Err(malformed) => Identity::Digest(Digest::of_malformed(&malformed.json)),
        });
        Self {
            identities: identities.collect(),
            entities,
            next: cursor_of(listing.next_uri, Direction::After),
            previous: cursor_of(listing.previous_uri, Direction::Before),
            direction,
            request_time,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// The cursor of the walk's next page.
    pub(crate) fn onward(&self) -> &Result<Option<Cursor>, NoCursor> {
        match self.direction {
            Direction::After => &self.next,
            Direction::Before => &self.previous,
        }
    }

    /// Leaves out what was yielded before, and cuts the page off before an entity that can't be decoded,
    /// which is the second part of the result.
    ///
    /// # Errors
    ///
    /// The page, the walk's last, holds nothing of what `resume` expects.
    pub(crate) fn open(
        mut self,
        cursor: Option<Cursor>,
        resume: &mut Resume,
        is_polled_again: bool,
    ) -> Result<(Step<T>, Option<WalkError>), WalkError> {
        // A page that is polled again may have lost anything.
        let is_last = matches!(self.onward(), Ok(None)) && !is_polled_again;
        let id = |index: usize| self.entities.get(index)?.as_ref().ok()?.id();
        let known = resume
            .known(&self.identities, id, is_last)
            .map_err(|_| WalkError::Stale)?;
        let carried = resume.carried();
        let (mut end, mut error) = match self.onward() {
            Ok(Some(cursor)) => {
                let (cursor, carried) = (cursor.clone(), carried.clone());
                (PageEnd::Next { cursor, carried }, None)
            }
            Ok(None) => (PageEnd::Last, None),
            Err(error) => (PageEnd::Error, Some(WalkError::NoCursor(error.clone()))),
        };
        let count = self.entities.len();
        let mut step = Step {
            page: Page {
                entities: Vec::with_capacity(count),
                next: mem::replace(&mut self.next, Ok(None)).ok().flatten(),
                previous: mem::replace(&mut self.previous, Ok(None)).ok().flatten(),
            },
            identities: Identities::default(),
            malformed: None,
            position: Position::default(),
            end: PageEnd::Last,
        };
        let (mut yielded, mut new) = (Vec::new(), Vec::with_capacity(count));
        let identities = self.identities;
        let digest = |index: usize| identities.digests().get(index).copied();
        let entities = self.entities.into_iter().zip(known);
        for (index, (entity, is_known)) in entities.enumerate() {
            match entity {
                _ if is_known => yielded.extend(digest(index)),
                // What is after it is left for the walk that skips it.
                _ if step.malformed.is_some() => {}
                Ok(entity) => {
                    step.page.entities.push(entity);
                    new.push(index);
                }
                Err(malformed) => {
                    let number = match self.direction {
                        Direction::After => index + 1,
                        Direction::Before => count - index,
                    };
                    step.malformed = digest(index);
                    end = PageEnd::Error;
                    let source = malformed.error;
                    error = Some(WalkError::Malformed { number, source });
                }
            }
        }
        step.identities = if new.len() < count {
            new.into_iter().filter_map(digest).collect()
        } else {
            identities
        };
        step.position = Position {
            cursor,
            yielded: Yielded::Digests(yielded),
            carried,
            ..Position::default()
        };
        step.end = end;
        Ok((step, error))
    }
}

impl<T> Step<T> {
    /// The position once the page is yielded to its end, still on that page.
    pub(crate) fn reached(&self) -> Position {
        let mut position = self.position.clone();
        position.advance(self.identities.digests());
        position
    }
}

fn cursor_of(link: Option<Link>, direction: Direction) -> Result<Option<Cursor>, NoCursor> {
    match link.transpose() {
        Ok(uri) => Cursor::from_uri(uri.as_deref(), direction),
        Err(_) => Err(NoCursor::NotText),
    }
}
