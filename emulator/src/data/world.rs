//! All data, and what may change in it at run time.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::change::{Given, NewEvents, NewSessions};
use super::contacts::Contacts;
use super::conversations::Conversations;
use super::own_events::{OwnSession, own_sessions};
use super::session::SessionInfo;
use super::sessions::{Course, Sessions};
use crate::error::{ChangeError, StartError};
use crate::rng::Rng;
use crate::settings::{MAX_EVENTS, MAX_SESSIONS, Settings};

#[derive(Debug)]
pub(crate) struct World {
    seed: u64,
    /// Of a generated session.
    events: u64,
    pub(crate) sessions: Sessions,
    pub(crate) contacts: Contacts,
    pub(crate) conversations: Conversations,
}

/// What was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) sessions: Vec<SessionInfo>,
    pub(crate) contacts: Vec<Arc<str>>,
    pub(crate) conversations: Vec<Arc<str>>,
}

impl World {
    pub(crate) fn new(settings: &Settings) -> Result<Self, StartError> {
        let mut world = Self {
            seed: settings.seed,
            events: settings.events,
            sessions: Sessions::new(settings),
            contacts: Contacts::new(settings.seed),
            conversations: Conversations::default(),
        };
        let course = Course {
            growth: settings.growth,
            ending: settings.ending,
        };
        match &settings.own_events {
            None => {
                let mut left = settings.sessions;
                while left > 0 {
                    let together = left.min(settings.sessions_per_contact);
                    let contact = world.contacts.add();
                    world.add_generated(contact, together, settings.events, course);
                    left -= together;
                }
            }
            Some(ndjson) => {
                let own = own_sessions(ndjson).map_err(StartError::own_events)?;
                world.add_own(own, None, course);
            }
        }
        for contact in 0..world.contacts.ids.len() {
            let mut rng = Rng::of([settings.seed, contact as u64, 13]);
            let sessions = world.contacts.sessions(contact);
            world
                .conversations
                .add(&mut rng, contact, sessions, &world.sessions);
        }
        world.conversations.sort();
        Ok(world)
    }

    /// Adds sessions, to an existing contact or to a new one.
    pub(crate) fn add(&mut self, new: &NewSessions) -> Result<Added, ChangeError> {
        let contact = new.contact.as_deref().map(|id| {
            let known = self.contacts.number(id);
            known.ok_or_else(|| ChangeError::unknown("contact", id))
        });
        let contact = contact.transpose()?;
        let count = match &new.events {
            Given::Generated(events) => {
                check_count("events", events.unwrap_or(self.events), 0..=MAX_EVENTS)?;
                check_count("count", new.count, 1..=MAX_SESSIONS)?;
                new.count
            }
            Given::Own(own) => {
                self.check_new(own)?;
                own.len() as u64
            }
        };
        let before = self.sessions.len() as u64;
        if before + count > MAX_SESSIONS {
            return Err(ChangeError::invalid(format!(
                "{before} sessions and {count} more; at most {MAX_SESSIONS} are allowed"
            )));
        }
        let conversations = self.conversations.all.len();
        let course = Course {
            growth: None,
            ending: new.ending,
        };
        let numbers = match &new.events {
            Given::Generated(events) => {
                let contact = contact.unwrap_or_else(|| self.contacts.add());
                self.add_generated(contact, count, events.unwrap_or(self.events), course)
            }
            Given::Own(own) => self.add_own(own.clone(), contact, course),
        };
        for (contact, number) in &numbers {
            let mut rng = Rng::of([self.seed, *number as u64, 15]);
            self.conversations
                .add(&mut rng, *contact, &[*number], &self.sessions);
        }
        self.conversations.sort();
        let info = |(_, number): &(usize, usize)| self.sessions.info(*number).cloned();
        let mut owners: Vec<_> = numbers.iter().map(|(contact, _)| *contact).collect();
        owners.sort_unstable();
        owners.dedup();
        let contact_id = |number: &usize| self.contacts.ids.get(*number).cloned();
        let later = self.conversations.all.iter().skip(conversations);
        Ok(Added {
            sessions: numbers.iter().filter_map(info).collect(),
            contacts: owners.iter().filter_map(contact_id).collect(),
            conversations: later.map(|one| Arc::clone(&one.id)).collect(),
        })
    }

    /// Adds sessions of one visitor to a contact, and returns the contact and number of each.
    fn add_generated(
        &mut self,
        contact: usize,
        count: u64,
        events: u64,
        course: Course,
    ) -> Vec<(usize, usize)> {
        let mut added = Vec::new();
        for _ in 0..count {
            let visitor = self.contacts.sessions(contact).first().copied();
            let number = self.sessions.add_generated(events, visitor, course);
            self.contacts.assign(contact, number);
            added.push((contact, number));
        }
        added
    }

    /// Adds a user's sessions, to the customers' contacts unless one is given, and returns the contact and number
    /// of each.
    fn add_own(
        &mut self,
        own: Vec<OwnSession>,
        contact: Option<usize>,
        course: Course,
    ) -> Vec<(usize, usize)> {
        let mut added = Vec::new();
        for session in own {
            let customer = session.customer_id.as_deref();
            let contact = contact.unwrap_or_else(|| self.contacts.of_customer(customer));
            let number = self.sessions.add_own(session, course);
            self.contacts.assign(contact, number);
            added.push((contact, number));
        }
        added
    }

    fn check_new(&self, own: &[OwnSession]) -> Result<(), ChangeError> {
        if own.is_empty() {
            return Err(ChangeError::invalid("no events".to_owned()));
        }
        let known = own
            .iter()
            .find(|one| self.sessions.number(&one.id).is_some());
        known.map_or(Ok(()), |session| {
            Err(ChangeError::invalid(format!(
                "session {:?} exists already: add the events to it instead",
                session.id
            )))
        })
    }

    /// Adds events to a session and returns how many it has now.
    pub(crate) fn append(&mut self, id: &str, new: &NewEvents) -> Result<u64, ChangeError> {
        let number = self.known(id)?;
        match &new.events {
            Given::Generated(events) => {
                let events = events.unwrap_or(1);
                check_count("events", events, 1..=MAX_EVENTS)?;
                if new.position.is_some() {
                    return Err(ChangeError::invalid(
                        "generated events can't have a position: they follow the last one"
                            .to_owned(),
                    ));
                }
                let (now, _) = self.sessions.progress(number).unwrap_or_default();
                check_count("events in all", now.saturating_add(events), 1..=MAX_EVENTS)?;
                self.sessions.extend(number, events).ok_or_else(|| {
                    ChangeError::invalid(format!(
                        "session {id:?} has your own events: give the events to add"
                    ))
                })
            }
            Given::Own(own) => {
                if let Some(other) = own.iter().find(|session| session.id != id) {
                    return Err(ChangeError::invalid(format!(
                        "an event's session.id is {:?}; must be {id:?}",
                        other.id
                    )));
                }
                let events: Vec<_> = own.iter().flat_map(|one| one.events.clone()).collect();
                if events.is_empty() {
                    return Err(ChangeError::invalid("no events".to_owned()));
                }
                let (count, _) = self.sessions.progress(number).unwrap_or_default();
                let position = new.position;
                self.sessions
                    .insert(number, events, position)
                    .ok_or_else(|| {
                        let position = position.unwrap_or_default();
                        ChangeError::invalid(format!(
                            "invalid position {position}: must be 0 to {count}"
                        ))
                    })
            }
        }
    }

    /// Ends a session with the events that it has so far.
    pub(crate) fn end(&mut self, id: &str) -> Result<(), ChangeError> {
        let number = self.known(id)?;
        self.sessions.end(number);
        Ok(())
    }

    fn known(&self, id: &str) -> Result<usize, ChangeError> {
        let known = self.sessions.number(id);
        known.ok_or_else(|| ChangeError::unknown("session", id))
    }
}

fn check_count(name: &str, value: u64, allowed: RangeInclusive<u64>) -> Result<(), ChangeError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (min, max) = allowed.into_inner();
    Err(ChangeError::invalid(format!(
        "invalid {name} {value}: must be {min} to {max}"
    )))
}
