//! All sessions, and how far each has grown.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::events::{Events, Inserted};
use super::own_events::{OwnEvent, OwnSession};
use super::session::{Session, SessionInfo};
use crate::form::Form;
use crate::settings::{Ending, Settings};
use crate::story::{self, Identity, Medium};

#[derive(Debug)]
pub(crate) struct Sessions {
    seed: u64,
    form: Form,
    all: Vec<Stored>,
    /// Each session's number by its id.
    numbers: HashMap<Arc<str>, usize>,
}

/// How a session goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    /// The interval between two events; `None` if all are there at once.
    pub(crate) growth: Option<Duration>,
    pub(crate) ending: Ending,
}

#[derive(Debug)]
struct Stored {
    info: SessionInfo,
    source: Source,
    inserted: Option<Arc<Vec<Inserted>>>,
    growth: Option<Duration>,
    first_request: OnceLock<Instant>,
    ending: Ending,
}

#[derive(Debug)]
enum Source {
    Generated {
        number: u64,
        /// The number of the session whose visitor it has.
        visitor: u64,
    },
    Own(Arc<[OwnEvent]>),
}

impl Sessions {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            seed: settings.seed,
            form: settings.form,
            all: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    pub(crate) fn info(&self, number: usize) -> Option<&SessionInfo> {
        self.all.get(number).map(|stored| &stored.info)
    }

    /// Returns how many events a session has so far, and whether it has ended.
    pub(crate) fn progress(&self, number: usize) -> Option<(u64, bool)> {
        self.all.get(number).map(Stored::progress)
    }

    /// Returns the key of a session's cursors.
    pub(crate) fn key(&self, id: &str) -> Option<u64> {
        let stored = self.all.get(self.number(id)?)?;
        Some(self.identity(stored).key())
    }

    fn identity(&self, stored: &Stored) -> Identity {
        let (id, medium) = (stored.info.id(), stored.info.medium());
        match &stored.source {
            Source::Own(_) => Identity::own(self.seed, id, medium),
            Source::Generated { number, visitor } => {
                Identity::generated(self.seed, *number, *visitor, self.form)
            }
        }
    }

    pub(crate) fn infos(&self) -> impl Iterator<Item = &SessionInfo> {
        self.all.iter().map(|stored| &stored.info)
    }

    /// Adds a generated session, with the visitor of another one, or else its own.
    pub(crate) fn add_generated(
        &mut self,
        events: u64,
        visitor: Option<usize>,
        course: Course,
    ) -> usize {
        let mut number = self.all.len() as u64;
        let mut identity = Identity::generated(self.seed, number, number, self.form);
        // A user's own session may have the same id.
        while self.numbers.contains_key(identity.id.as_str()) {
            number += u64::from(u32::MAX);
            identity = Identity::generated(self.seed, number, number, self.form);
        }
        let visitor = match visitor.and_then(|visitor| self.all.get(visitor)) {
            Some(Stored {
                source: Source::Generated { visitor, .. },
                ..
            }) => *visitor,
            _ => number,
        };
        self.push(Stored {
            info: SessionInfo::new(&identity.id, identity.medium, events),
            source: Source::Generated { number, visitor },
            inserted: None,
            growth: course.growth,
            first_request: OnceLock::new(),
            ending: course.ending,
        })
    }

    pub(crate) fn add_own(&mut self, own: OwnSession, course: Course) -> usize {
        let medium = if own.is_app { Medium::App } else { Medium::Web };
        self.push(Stored {
            info: SessionInfo::new(&own.id, medium, own.events.len() as u64),
            source: Source::Own(own.events.into()),
            inserted: None,
            growth: course.growth,
            first_request: OnceLock::new(),
            ending: course.ending,
        })
    }

    fn push(&mut self, stored: Stored) -> usize {
        let number = self.all.len();
        self.numbers.insert(stored.info.shared_id(), number);
        self.all.push(stored);
        number
    }

    /// Adds events after the last one, or at a position; `None` if the position is behind the end.
    /// Returns how many events the session has now.
    pub(crate) fn insert(
        &mut self,
        number: usize,
        events: Vec<OwnEvent>,
        position: Option<u64>,
    ) -> Option<u64> {
        let stored = self.all.get_mut(number)?;
        let count = stored.progress().0;
        let position = position.unwrap_or(count);
        if position > count {
            return None;
        }
        let more = events.len();
        let inserted = Arc::make_mut(stored.inserted.get_or_insert_default());
        let index = inserted.partition_point(|one| one.at < position);
        for later in inserted.iter_mut().skip(index) {
            later.at += more as u64;
        }
        let added = (position..).zip(events);
        inserted.splice(
            index..index,
            added.map(|(at, event)| Inserted { at, event }),
        );
        Some(count + more as u64)
    }

    /// Adds generated events after the last one; `None` if the session's events are a user's own.
    pub(crate) fn extend(&mut self, number: usize, more: u64) -> Option<u64> {
        let stored = self.all.get_mut(number)?;
        if matches!(stored.source, Source::Own(_)) {
            return None;
        }
        stored.info.events = stored.grown() + more;
        if stored.growth.take().is_some() && stored.ending == Ending::Complete {
            // It would have all its events now, and so have ended, where it was still growing.
            stored.ending = Ending::Open;
        }
        Some(stored.progress().0)
    }

    /// Ends a session with the events that it has so far.
    pub(crate) fn end(&mut self, number: usize) {
        if let Some(stored) = self.all.get_mut(number) {
            stored.info.events = stored.grown();
            stored.growth = None;
            stored.ending = Ending::Ended;
        }
    }

    /// Lets all sessions grow again from their next request.
    pub(crate) fn restart_growth(&mut self) {
        let growing = self.all.iter_mut().filter(|stored| stored.growth.is_some());
        for stored in growing {
            stored.first_request = OnceLock::new();
            // The events that were added follow the first one.
            let inserted = stored.inserted.as_mut().map(Arc::make_mut);
            for (index, one) in (1..).zip(inserted.into_iter().flatten()) {
                one.at = one.at.min(index);
            }
        }
    }

    /// Returns the session for a request, the first of which lets it begin to grow.
    pub(crate) fn request(&self, id: &str) -> Option<Session> {
        let number = self.number(id)?;
        let stored = self.all.get(number)?;
        stored.first_request.get_or_init(Instant::now);
        self.get(number)
    }

    pub(crate) fn get(&self, number: usize) -> Option<Session> {
        let stored = self.all.get(number)?;
        let inserted = stored.inserted.clone();
        let identity = self.identity(stored);
        let events = match &stored.source {
            Source::Own(own) => Events::own(Arc::clone(own), inserted),
            Source::Generated { .. } => Events::generated(&identity, inserted),
        };
        let (count, has_ended) = stored.progress();
        Some(Session {
            identity,
            events,
            count,
            has_ended,
        })
    }

    /// Returns the date of the earliest of all events that a session was added with, future ones
    /// too; `None` if none has one.
    pub(crate) fn began(&self, number: usize) -> Option<Timestamp> {
        let stored = self.all.get(number)?;
        match &stored.source {
            Source::Generated { .. } => Some(story::began(&self.identity(stored))),
            Source::Own(events) => events.iter().filter_map(|event| event.created).min(),
        }
    }
}

impl Stored {
    /// Returns how many events it has so far, and whether it has ended, at one moment.
    fn progress(&self) -> (u64, bool) {
        let grown = self.grown();
        let has_ended = match self.ending {
            Ending::Complete => grown == self.info.events(),
            Ending::Open => false,
            Ending::Ended => true,
        };
        let inserted = self.inserted.as_ref().map_or(0, |all| all.len() as u64);
        (grown + inserted, has_ended)
    }

    /// Returns how many of the events that it was added with are there.
    fn grown(&self) -> u64 {
        let all = self.info.events();
        let Some(interval) = self.growth else {
            return all;
        };
        let age = self
            .first_request
            .get()
            .map_or(Duration::ZERO, Instant::elapsed);
        let more = age.as_nanos() / interval.as_nanos().max(1);
        u64::try_from(more)
            .unwrap_or(u64::MAX)
            .saturating_add(1)
            .min(all)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::data::World;

    #[tokio::test(start_paused = true)]
    async fn a_session_grows_from_its_first_request_until_it_ends() {
        let world = World::new(&Settings {
            sessions: 2,
            events: 3,
            growth: Some(Duration::from_secs(1)),
            ..Settings::default()
        });
        let sessions = world.unwrap().sessions;
        let [first, second] = [0, 1].map(|number| sessions.info(number).unwrap().id().to_owned());
        let request = |id: &str| {
            let session = sessions.request(id).unwrap();
            (session.count, session.has_ended)
        };
        let millis = Duration::from_millis;
        advance(millis(60_000)).await;
        assert_eq!(request(&first), (1, false));
        advance(millis(999)).await;
        assert_eq!(request(&first), (1, false));
        advance(millis(1)).await;
        assert_eq!(request(&first), (2, false));
        // Listing it doesn't make it grow.
        assert_eq!(sessions.get(1).unwrap().count, 1);
        advance(millis(900)).await;
        assert_eq!(request(&second), (1, false));
        advance(millis(999)).await;
        assert_eq!((request(&first), request(&second)), ((3, true), (1, false)));
        advance(millis(1)).await;
        assert_eq!(request(&second), (2, false));
        advance(millis(60_000)).await;
        assert_eq!((request(&first), request(&second)), ((3, true), (3, true)));
    }
}
