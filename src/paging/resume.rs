//! What was given out before a walk was resumed.

use crate::decode::entity::Entity;
use crate::decode::error::JsonFault;
use crate::position::checkpoint::Place;

/// How many events, from the cursor of a checkpoint on, are not to be given out again.
#[derive(Debug)]
pub(crate) struct Resume {
    given: usize,
    last_id: Option<String>,
}

/// The pages no longer have the event that the checkpoint names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stale;

impl Resume {
    pub(crate) fn new(place: Place) -> Self {
        Self {
            given: place.given,
            last_id: place.last_id,
        }
    }

    /// Whether events of a further page were given out before, too.
    pub(crate) fn is_owing(&self) -> bool {
        self.given > 0
    }

    /// How many of a page's events were given out before, and the id of the last of them.
    ///
    /// The named event decides, so that a page that has grown in front does no harm; the count decides
    /// where no event is named. A page with fewer events than were given out, for pages may be smaller
    /// than they were, is followed by a page with the rest.
    pub(crate) fn given_of<T: Entity>(
        &mut self,
        page: &[Result<T, JsonFault>],
        is_last: bool,
    ) -> Result<(usize, Option<String>), Stale> {
        if self.given == 0 {
            return Ok((0, None));
        }
        let given = match &self.last_id {
            Some(id) => place_of(page, self.given, id),
            None => (self.given <= page.len()).then_some(self.given),
        };
        match given {
            Some(given) => {
                self.given = 0;
                Ok((given, self.last_id.take()))
            }
            None if self.given > page.len() && !is_last => {
                self.given -= page.len();
                Ok((page.len(), None))
            }
            None => Err(Stale),
        }
    }
}

/// How many events a page has up to and with the one named: at its old place, or wherever it is.
fn place_of<T: Entity>(page: &[Result<T, JsonFault>], given: usize, id: &str) -> Option<usize> {
    let is_named =
        |entity: &Result<T, JsonFault>| matches!(entity, Ok(entity) if entity.id() == Some(id));
    if page.get(given - 1).is_some_and(is_named) {
        return Some(given);
    }
    page.iter().position(is_named).map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Event;

    fn page(ids: &[&str]) -> Vec<Result<Event, JsonFault>> {
        let event = |id: &&str| Event::from_json(&format!(r#"{{"id":"{id}","eventType":"t"}}"#));
        ids.iter().map(|id| Ok(event(id).unwrap())).collect()
    }

    fn resume(given: usize, last_id: Option<&str>) -> Resume {
        Resume {
            given,
            last_id: last_id.map(str::to_owned),
        }
    }

    fn given_of(resume: &mut Resume, ids: &[&str], is_last: bool) -> Result<usize, Stale> {
        resume.given_of(&page(ids), is_last).map(|(given, _)| given)
    }

    #[test]
    fn the_named_event_decides_wherever_it_is() {
        for (ids, given) in [
            (&["a", "b", "c"][..], 2),
            (&["new", "a", "b", "c"], 3),
            (&["b", "c"], 1),
            (&["b", "b", "c"], 2),
        ] {
            let mut resume = resume(2, Some("b"));
            assert_eq!(given_of(&mut resume, ids, true), Ok(given), "{ids:?}");
            assert!(!resume.is_owing());
            assert_eq!(
                given_of(&mut resume, &["d"], true),
                Ok(0),
                "the next page is new"
            );
        }
    }

    #[test]
    fn the_count_decides_where_no_event_is_named() {
        assert_eq!(
            given_of(&mut resume(2, None), &["a", "b", "c"], true),
            Ok(2)
        );
    }

    #[test]
    fn smaller_pages_are_counted_together() {
        for last_id in [None, Some("e")] {
            let mut resume = resume(5, last_id);
            assert_eq!(given_of(&mut resume, &["a", "b"], false), Ok(2));
            assert_eq!(given_of(&mut resume, &["c", "d"], false), Ok(2));
            assert!(resume.is_owing());
            assert_eq!(given_of(&mut resume, &["e", "f"], false), Ok(1));
        }
    }

    #[test]
    fn a_page_without_the_event_is_stale() {
        assert_eq!(
            given_of(&mut resume(2, Some("b")), &["a", "x", "c"], false),
            Err(Stale)
        );
        assert_eq!(
            given_of(&mut resume(2, Some("b")), &["a"], true),
            Err(Stale)
        );
        assert_eq!(given_of(&mut resume(2, None), &["a"], true), Err(Stale));
    }
}
