//! One page in the walk's order.

use crate::decode::entity::Entity;
use crate::decode::listing::{Link, Listing};
use crate::paging::error::WalkError;
use crate::paging::page::Page;
use crate::paging::resume::Resume;
use crate::position::Position;
use crate::position::cursor::{Cursor, Direction, NoCursor};

/// A page, without what was yielded before.
#[derive(Debug)]
pub(crate) struct Step<T> {
    pub(crate) page: Page<T>,
    /// The page's position, including what was yielded of it before.
    pub(crate) position: Position,
    pub(crate) end: PageEnd,
}

/// What follows a page's last entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageEnd {
    Next(Cursor),
    Last,
    /// An error. The position stays on the page, so that a resumed walk requests it again.
    Error,
}

impl<T: Entity> Step<T> {
    /// Puts a listing into the walk's order and cuts it off before an entity that can't be decoded,
    /// which is the second part of the result.
    ///
    /// # Errors
    ///
    /// The page no longer has what `resume` expects of it.
    pub(crate) fn open(
        mut listing: Listing<T>,
        direction: Direction,
        cursor: Option<Cursor>,
        resume: &mut Resume,
    ) -> Result<(Self, Option<WalkError>), WalkError> {
        let next = cursor_of(listing.next_uri, Direction::After);
        let previous = cursor_of(listing.previous_uri, Direction::Before);
        if direction == Direction::Before {
            listing.entities.reverse();
        }
        let onward = match direction {
            Direction::After => &next,
            Direction::Before => &previous,
        };
        let (mut end, mut error) = match onward {
            Ok(Some(cursor)) => (PageEnd::Next(cursor.clone()), None),
            Ok(None) => (PageEnd::Last, None),
            Err(error) => (PageEnd::Error, Some(WalkError::NoCursor(error.clone()))),
        };
        let (yielded, last_id) = resume
            .yielded_of(&listing.entities, end == PageEnd::Last)
            .map_err(|_| WalkError::Stale)?;
        let count = listing.entities.len();
        let mut entities = Vec::with_capacity(count);
        for (index, entity) in listing.entities.into_iter().enumerate().skip(yielded) {
            match entity {
                Ok(entity) => entities.push(entity),
                Err(malformed) => {
                    let source = malformed.error;
                    let number = match direction {
                        Direction::After => index + 1,
                        Direction::Before => count - index,
                    };
                    end = PageEnd::Error;
                    error = Some(WalkError::Malformed { number, source });
                    break;
                }
            }
        }
        let step = Self {
            page: Page {
                entities,
                next: next.ok().flatten(),
                previous: previous.ok().flatten(),
            },
            position: Position {
                cursor,
                yielded,
                last_id,
                done: false,
            },
            end,
        };
        Ok((step, error))
    }

    /// The position once the page is yielded to its end, still on that page.
    pub(crate) fn reached(&self) -> Position {
        let mut position = self.position.clone();
        for entity in &self.page.entities {
            position.advance(entity.id());
        }
        position
    }
}

fn cursor_of(link: Option<Link>, direction: Direction) -> Result<Option<Cursor>, NoCursor> {
    match link.transpose() {
        Ok(uri) => Cursor::from_uri(uri.as_deref(), direction),
        Err(_) => Err(NoCursor::NotText),
    }
}
