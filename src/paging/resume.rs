//! Leaving out what was yielded before a walk was resumed, or before a page was polled again.

use std::collections::{HashMap, HashSet};

use crate::position::digest::Digest;
use crate::position::identities::Identities;
use crate::position::{Carried, Position, Yielded};

/// What was yielded before, and is left out where a page holds it.
#[derive(Debug)]
pub(crate) enum Resume {
    Digests(KnownDigests),
    Count(KnownCount),
}

/// The pages hold none of what was yielded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stale;

impl Resume {
    /// Expects the pages to hold some of what was yielded up to a position.
    pub(crate) fn new(position: &Position) -> Self {
        match &position.yielded {
            Yielded::Digests(digests) => {
                Self::Digests(KnownDigests::new(digests, &position.carried))
            }
            Yielded::Count { count, last_id } => Self::Count(KnownCount {
                count: *count,
                last_id: last_id.clone(),
            }),
        }
    }

    /// Leaves out what was yielded from a page that is polled: it may have lost all of it since.
    pub(crate) fn polling(position: &Position) -> Self {
        let mut resume = Self::new(position);
        if let Self::Digests(known) = &mut resume {
            known.expected.clear();
        }
        resume
    }

    /// Whether some of what was yielded has not been met yet.
    pub(crate) fn is_pending(&self) -> bool {
        match self {
            Self::Digests(known) => !known.counts.is_empty(),
            Self::Count(known) => known.count > 0,
        }
    }

    /// Returns which entities of a page were yielded before.
    pub(crate) fn known<'a>(
        &mut self,
        identities: &Identities,
        id: impl Fn(usize) -> Option<&'a str>,
        is_last: bool,
    ) -> Result<Vec<bool>, Stale> {
        let length = identities.len();
        match self {
            Self::Digests(known) if known.counts.is_empty() => Ok(vec![false; length]),
            Self::Digests(known) => known.meet(identities.digests(), is_last),
            Self::Count(known) => {
                let count = known.meet(length, id, is_last)?;
                Ok((0..length).map(|index| index < count).collect())
            }
        }
    }

    /// What has not been met: it may have moved to the next page.
    pub(crate) fn carried(&self) -> Carried {
        match self {
            Self::Digests(known) => Carried {
                digests: known.remaining(),
                is_expected: !known.expected.is_empty(),
            },
            Self::Count(_) => Carried::default(),
        }
    }
}

/// Known by digests. Equal digests are counted, since entities may be equal.
#[derive(Debug)]
pub(crate) struct KnownDigests {
    counts: HashMap<Digest, usize>,
    /// Newest first.
    order: Vec<Digest>,
    /// One of these must be met; empty once one was.
    expected: HashSet<Digest>,
}

impl KnownDigests {
    fn new(yielded: &[Digest], carried: &Carried) -> Self {
        let newest_first = yielded.iter().rev();
        let order: Vec<_> = newest_first.chain(&carried.digests).copied().collect();
        let expected = match (carried.is_expected, yielded) {
            (true, _) => &carried.digests[..],
            // What was carried from earlier pages may be gone.
            (false, []) => &[],
            (false, _) => &order,
        };
        let mut counts = HashMap::new();
        for digest in &order {
            *counts.entry(*digest).or_default() += 1;
        }
        Self {
            expected: expected.iter().copied().collect(),
            counts,
            order,
        }
    }

    fn meet(&mut self, digests: &[Digest], is_last: bool) -> Result<Vec<bool>, Stale> {
        let known: Vec<bool> = digests.iter().map(|digest| self.take(*digest)).collect();
        if digests.iter().any(|digest| self.expected.contains(digest)) {
            self.expected.clear();
        }
        if is_last && !self.expected.is_empty() {
            return Err(Stale);
        }
        Ok(known)
    }

    fn take(&mut self, digest: Digest) -> bool {
        let Some(count) = self.counts.get_mut(&digest) else {
            return false;
        };
        *count -= 1;
        if *count == 0 {
            self.counts.remove(&digest);
        }
        true
    }

    fn remaining(&self) -> Vec<Digest> {
        let mut counts = self.counts.clone();
        let is_left = |digest: &&Digest| {
            let left = counts.get_mut(*digest).filter(|left| **left > 0);
            left.map(|left| *left -= 1).is_some()
        };
        self.order.iter().filter(is_left).copied().collect()
    }
}

/// Known as in a checkpoint of version 1: the first so many, the last of which has this id.
#[derive(Debug)]
pub(crate) struct KnownCount {
    count: usize,
    last_id: Option<String>,
}

impl KnownCount {
    /// Returns how many of a page's entities were yielded before.
    ///
    /// The named entity decides, so that a page that has grown at its start does no harm; the count
    /// decides where none is named. A page with fewer entities than were yielded is followed by a page
    /// with the rest.
    fn meet<'a>(
        &mut self,
        length: usize,
        id: impl Fn(usize) -> Option<&'a str>,
        is_last: bool,
    ) -> Result<usize, Stale> {
        if self.count == 0 {
            return Ok(0);
        }
        let known = match self.last_id.as_deref() {
            Some(last_id) => {
                let is_named = |index: &usize| id(*index) == Some(last_id);
                let old_place = self.count - 1;
                let found = Some(old_place).filter(|index| *index < length && is_named(index));
                let found = found.or_else(|| (0..length).find(is_named));
                found.map(|index| index + 1)
            }
            None => (self.count <= length).then_some(self.count),
        };
        match known {
            Some(known) => {
                self.count = 0;
                Ok(known)
            }
            None if self.count > length && !is_last => {
                self.count -= length;
                Ok(length)
            }
            None => Err(Stale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(ids: &[&str]) -> Vec<Digest> {
        ids.iter().map(|id| Digest::of_id(id)).collect()
    }

    fn after(yielded: &[&str], carried: &[&str]) -> Resume {
        Resume::new(&Position {
            yielded: Yielded::Digests(digests(yielded)),
            carried: Carried {
                digests: digests(carried),
                is_expected: false,
            },
            ..Position::default()
        })
    }

    fn counted(count: usize, last_id: Option<&str>) -> Resume {
        Resume::new(&Position {
            yielded: Yielded::Count {
                count,
                last_id: last_id.map(str::to_owned),
            },
            ..Position::default()
        })
    }

    /// What of a page is new.
    fn new<'a>(
        resume: &mut Resume,
        page: &[&'a str],
        is_last: bool,
    ) -> Result<Vec<&'a str>, Stale> {
        let known = resume.known(
            &digests(page).into_iter().collect(),
            |index| Some(page[index]),
            is_last,
        )?;
        let page = page.iter().zip(known).filter(|(_, is_known)| !is_known);
        Ok(page.map(|(id, _)| *id).collect())
    }

    #[test]
    fn what_was_yielded_is_left_out_wherever_the_page_has_it() {
        for (page, expected) in [
            (&["a", "b", "c"][..], &["c"][..]),
            (&["c", "b", "a"], &["c"]),
            (&["new", "a", "late", "b"], &["new", "late"]),
            (&["b", "c"], &["c"]),
        ] {
            let mut resume = after(&["a", "b"], &[]);
            assert_eq!(new(&mut resume, page, true).unwrap(), expected, "{page:?}");
        }
    }

    #[test]
    fn equal_entities_are_counted() {
        let mut resume = after(&["a", "a"], &[]);
        assert_eq!(new(&mut resume, &["a", "a", "a"], true), Ok(vec!["a"]));
    }

    #[test]
    fn what_a_shrunken_page_no_longer_holds_is_carried_to_the_next() {
        let mut resume = after(&["a", "b", "c"], &[]);
        assert_eq!(new(&mut resume, &["a", "x"], false), Ok(vec!["x"]));
        assert!(resume.is_pending());
        assert_eq!(resume.carried().digests, digests(&["c", "b"]));
        assert_eq!(new(&mut resume, &["b", "c", "d"], true), Ok(vec!["d"]));
        assert!(!resume.is_pending());
    }

    #[test]
    fn pages_that_hold_none_of_it_are_stale_and_some_missing_are_dropped() {
        let mut resume = after(&["a", "b"], &[]);
        assert_eq!(new(&mut resume, &["x"], false), Ok(vec!["x"]));
        assert_eq!(new(&mut resume, &["y"], true), Err(Stale));
        assert_eq!(
            new(&mut after(&["a", "b"], &[]), &["b", "y"], true),
            Ok(vec!["y"])
        );
    }

    #[test]
    fn what_was_carried_from_earlier_pages_may_be_gone() {
        assert_eq!(new(&mut after(&[], &["a"]), &["x"], true), Ok(vec!["x"]));
        assert_eq!(
            new(&mut after(&["b"], &["a"]), &["b", "x"], true),
            Ok(vec!["x"])
        );
    }

    /// Interrupted on the next page, which holds what was then yielded from it.
    #[test]
    fn pages_that_hold_none_of_it_are_stale_also_after_an_interruption() {
        let mut resume = after(&["a", "b"], &[]);
        assert_eq!(new(&mut resume, &["x"], false), Ok(vec!["x"]));
        let carried = resume.carried();
        assert!(carried.is_expected);
        for (page, expected) in [
            (&["y", "z"][..], Err(Stale)),
            (&["y", "b", "z"], Ok(vec!["z"])),
        ] {
            let mut resume = Resume::new(&Position {
                yielded: Yielded::Digests(digests(&["y"])),
                carried: carried.clone(),
                ..Position::default()
            });
            assert_eq!(new(&mut resume, page, true), expected, "{page:?}");
        }
    }

    #[test]
    fn something_carried_that_is_met_is_enough() {
        let mut resume = after(&["gone"], &["carried"]);
        assert_eq!(new(&mut resume, &["carried", "z"], true), Ok(vec!["z"]));
    }

    #[test]
    fn a_polled_page_may_have_lost_all_that_was_yielded_from_it() {
        let mut resume = Resume::polling(&Position {
            yielded: Yielded::Digests(digests(&["3"])),
            ..Position::default()
        });
        assert_eq!(new(&mut resume, &["4"], true), Ok(vec!["4"]));
        assert!(!resume.carried().is_expected);
    }

    #[test]
    fn in_version_1_the_named_entity_decides_wherever_it_is() {
        for (page, expected) in [
            (&["a", "b", "c"][..], &["c"][..]),
            (&["new", "a", "b", "c"], &["c"]),
            (&["b", "c"], &["c"]),
            (&["b", "b", "c"], &["c"]),
        ] {
            let mut resume = counted(2, Some("b"));
            assert_eq!(new(&mut resume, page, true).unwrap(), expected, "{page:?}");
            assert!(!resume.is_pending());
            assert_eq!(new(&mut resume, &["d"], true), Ok(vec!["d"]));
        }
    }

    #[test]
    fn in_version_1_the_count_decides_where_no_entity_is_named() {
        let mut resume = counted(2, None);
        assert_eq!(new(&mut resume, &["a", "b", "c"], true), Ok(vec!["c"]));
    }

    #[test]
    fn in_version_1_smaller_pages_are_counted_together() {
        for last_id in [None, Some("e")] {
            let mut resume = counted(5, last_id);
            assert_eq!(new(&mut resume, &["a", "b"], false), Ok(vec![]));
            assert_eq!(new(&mut resume, &["c", "d"], false), Ok(vec![]));
            assert!(resume.is_pending());
            assert_eq!(new(&mut resume, &["e", "f"], false), Ok(vec!["f"]));
        }
    }

    #[test]
    fn in_version_1_a_page_without_the_entity_is_stale() {
        for (count, last_id, page, is_last) in [
            (2, Some("b"), &["a", "x", "c"][..], false),
            (2, Some("b"), &["a"], true),
            (2, None, &["a"], true),
        ] {
            let mut resume = counted(count, last_id);
            assert_eq!(new(&mut resume, page, is_last), Err(Stale), "{page:?}");
        }
    }
}
