//! What was yielded out before a walk was resumed.

use crate::decode::entity::{Entity, Malformed};
use crate::position::Position;

/// How many events, from the cursor of a checkpoint on, are not to be yielded out again.
#[derive(Debug)]
pub(crate) struct Resume {
    yielded: usize,
    last_id: Option<String>,
}

/// The pages no longer have the event that the checkpoint names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stale;

impl Resume {
    pub(crate) fn new(position: Position) -> Self {
        Self {
            yielded: position.yielded,
            last_id: position.last_id,
        }
    }

    /// Whether events of a further page were yielded out before, too.
    pub(crate) fn is_pending(&self) -> bool {
        self.yielded > 0
    }

    /// How many of a page's events were yielded out before, and the id of the last of them.
    ///
    /// The named event decides, so that a page that has grown in front does no harm; the count decides
    /// where no event is named. A page with fewer events than were yielded out, for pages may be smaller
    /// than they were, is followed by a page with the rest.
    pub(crate) fn yielded_of<T: Entity>(
        &mut self,
        page: &[Result<T, Malformed>],
        is_last: bool,
    ) -> Result<(usize, Option<String>), Stale> {
        if self.yielded == 0 {
            return Ok((0, None));
        }
        let yielded = match &self.last_id {
            Some(id) => index_after(page, self.yielded, id),
            None => (self.yielded <= page.len()).then_some(self.yielded),
        };
        match yielded {
            Some(yielded) => {
                self.yielded = 0;
                Ok((yielded, self.last_id.take()))
            }
            None if self.yielded > page.len() && !is_last => {
                self.yielded -= page.len();
                Ok((page.len(), None))
            }
            None => Err(Stale),
        }
    }
}

/// How many events a page has up to and with the one named: at its old place, or wherever it is.
fn index_after<T: Entity>(
    page: &[Result<T, Malformed>],
    yielded: usize,
    id: &str,
) -> Option<usize> {
    let is_named =
        |entity: &Result<T, Malformed>| matches!(entity, Ok(entity) if entity.id() == Some(id));
    if page.get(yielded - 1).is_some_and(is_named) {
        return Some(yielded);
    }
    page.iter().position(is_named).map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Event;

    fn page(ids: &[&str]) -> Vec<Result<Event, Malformed>> {
        let event = |id: &&str| Event::from_json(&format!(r#"{{"id":"{id}","eventType":"t"}}"#));
        ids.iter().map(|id| Ok(event(id).unwrap())).collect()
    }

    fn resume(yielded: usize, last_id: Option<&str>) -> Resume {
        Resume {
            yielded,
            last_id: last_id.map(str::to_owned),
        }
    }

    fn yielded_of(resume: &mut Resume, ids: &[&str], is_last: bool) -> Result<usize, Stale> {
        resume
            .yielded_of(&page(ids), is_last)
            .map(|(yielded, _)| yielded)
    }

    #[test]
    fn the_named_event_decides_wherever_it_is() {
        for (ids, yielded) in [
            (&["a", "b", "c"][..], 2),
            (&["new", "a", "b", "c"], 3),
            (&["b", "c"], 1),
            (&["b", "b", "c"], 2),
        ] {
            let mut resume = resume(2, Some("b"));
            assert_eq!(yielded_of(&mut resume, ids, true), Ok(yielded), "{ids:?}");
            assert!(!resume.is_pending());
            assert_eq!(
                yielded_of(&mut resume, &["d"], true),
                Ok(0),
                "the next page is new"
            );
        }
    }

    #[test]
    fn the_count_decides_where_no_event_is_named() {
        assert_eq!(
            yielded_of(&mut resume(2, None), &["a", "b", "c"], true),
            Ok(2)
        );
    }

    #[test]
    fn smaller_pages_are_counted_together() {
        for last_id in [None, Some("e")] {
            let mut resume = resume(5, last_id);
            assert_eq!(yielded_of(&mut resume, &["a", "b"], false), Ok(2));
            assert_eq!(yielded_of(&mut resume, &["c", "d"], false), Ok(2));
            assert!(resume.is_pending());
            assert_eq!(yielded_of(&mut resume, &["e", "f"], false), Ok(1));
        }
    }

    #[test]
    fn a_page_without_the_event_is_stale() {
        assert_eq!(
            yielded_of(&mut resume(2, Some("b")), &["a", "x", "c"], false),
            Err(Stale)
        );
        assert_eq!(
            yielded_of(&mut resume(2, Some("b")), &["a"], true),
            Err(Stale)
        );
        assert_eq!(yielded_of(&mut resume(2, None), &["a"], true), Err(Stale));
    }
}
