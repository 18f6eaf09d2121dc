//! What identifies the entities of a page.

use std::sync::OnceLock;

use crate::position::digest::Digest;

/// What identifies an entity.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Identity<'a> {
    Id(&'a str),
    /// Of an entity without an id.
    Digest(Digest),
}

impl Identity<'_> {
    pub(crate) fn digest(self) -> Digest {
        match self {
            Self::Id(id) => Digest::of_id(id),
            Self::Digest(digest) => digest,
        }
    }
}

/// The identities of a page's entities. Most pages are yielded without a checkpoint, so their digests, which
/// cost more than reading an event's id, are made when they are first needed.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    /// The ids, one after the other.
    ids: String,
    entries: Vec<Entry>,
    digests: OnceLock<Vec<Digest>>,
}

#[derive(Debug)]
enum Entry {
    /// Up to here in `ids`.
    IdUpTo(usize),
    Digest(Digest),
}

impl Identities {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn digests(&self) -> &[Digest] {
        self.digests.get_or_init(|| {
            let mut start = 0;
            let digest = |entry: &Entry| match entry {
                Entry::IdUpTo(end) => {
                    let id = self.ids.get(start..*end).unwrap_or_default();
                    start = *end;
                    Digest::of_id(id)
                }
                Entry::Digest(digest) => *digest,
            };
            self.entries.iter().map(digest).collect()
        })
    }
}

impl<'a> FromIterator<Identity<'a>> for Identities {
    fn from_iter<I: IntoIterator<Item = Identity<'a>>>(identities: I) -> Self {
        let mut ids = String::new();
        let entry = |identity| match identity {
            Identity::Id(id) => {
                ids.push_str(id);
                Entry::IdUpTo(ids.len())
            }
            Identity::Digest(digest) => Entry::Digest(digest),
        };
        let entries = identities.into_iter().map(entry).collect();
        Self {
            ids,
            entries,
            digests: OnceLock::new(),
        }
    }
}

impl FromIterator<Digest> for Identities {
    fn from_iter<I: IntoIterator<Item = Digest>>(digests: I) -> Self {
        digests.into_iter().map(Identity::Digest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_entities_in_their_order() {
        let other = Digest::of_malformed("7");
        let identities = [
            Identity::Id("a"),
            Identity::Digest(other),
            Identity::Id(""),
            Identity::Id("bé"),
        ];
        let expected = [
            Digest::of_id("a"),
            other,
            Digest::of_id(""),
            Digest::of_id("bé"),
        ];
        assert_eq!(identities.map(Identity::digest), expected);
        let identities: Identities = identities.into_iter().collect();
        assert_eq!((identities.len(), identities.digests()), (4, &expected[..]));
        let identities: Identities = expected.into_iter().collect();
        assert_eq!((identities.len(), identities.digests()), (4, &expected[..]));
        assert_eq!(Identities::default().digests(), []);
    }
}
