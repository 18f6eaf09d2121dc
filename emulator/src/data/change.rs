//! What is added at run time, as a user writes it.

use serde_json::value::RawValue;

use super::own_events::{OwnSession, own_events, own_sessions};
use crate::error::ChangeError;
use crate::settings::Ending;

/// Events that are given: generated ones, or a user's own.
#[derive(Debug, Clone)]
pub(crate) enum Given {
    /// So many; `None` is the default.
    Generated(Option<u64>),
    Own(Vec<OwnSession>),
}

/// Parses a number of events, or an array of events.
pub(crate) fn given(json: &RawValue) -> Result<Given, ChangeError> {
    let json = json.get();
    if json.starts_with('[') {
        let array: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
        return own_events(&array)
            .map(Given::Own)
            .map_err(ChangeError::invalid);
    }
    let number = serde_json::from_str(json).map(|number| Given::Generated(Some(number)));
    number.map_err(|_| {
        let shown: String = json.chars().take(40).collect();
        ChangeError::invalid(format!(
            "invalid events {shown}: must be a number of events, or an array of events"
        ))
    })
}

/// Sessions to add to a running emulator, for
/// [`Emulator::add_sessions`](crate::Emulator::add_sessions).
///
/// They have all their events at once and stay open until
/// [`Emulator::end_session`](crate::Emulator::end_session), unless [`ended`](Self::ended) is called.
#[derive(Debug, Clone)]
#[must_use = "nothing is added before an emulator has it"]
pub struct NewSessions {
    pub(crate) events: Given,
    pub(crate) count: u64,
    pub(crate) contact: Option<String>,
    pub(crate) ending: Ending,
}

impl NewSessions {
    /// One session of so many generated events, 0 to 1,000,000,000, which is checked when it is added.
    pub fn generated(events: u64) -> Self {
        Self::of(Given::Generated(Some(events)))
    }

    /// The sessions of these events, one JSON object per line, as for
    /// [`EmulatorBuilder::own_events`](crate::EmulatorBuilder::own_events).
    ///
    /// # Errors
    ///
    /// [`ChangeError`] if a line isn't an event.
    pub fn own(ndjson: &str) -> Result<Self, ChangeError> {
        Ok(Self::of(Given::Own(parse(ndjson)?)))
    }

    pub(crate) fn of(events: Given) -> Self {
        Self {
            events,
            count: 1,
            contact: None,
            ending: Ending::Open,
        }
    }

    /// Sets the number of generated sessions, which belong to one contact. Default: 1.
    pub fn count(mut self, sessions: u64) -> Self {
        self.count = sessions;
        self
    }

    /// Adds them to an existing contact. Default: a new one; of your own events, the customer's.
    pub fn contact(mut self, id: impl Into<String>) -> Self {
        self.contact = Some(id.into());
        self
    }

    /// Ends them at once.
    pub fn ended(mut self) -> Self {
        self.ending = Ending::Ended;
        self
    }
}

/// Events to add to a session of a running emulator, for
/// [`Emulator::append_events`](crate::Emulator::append_events).
#[derive(Debug, Clone)]
#[must_use = "nothing is added before an emulator has it"]
pub struct NewEvents {
    pub(crate) events: Given,
    pub(crate) position: Option<u64>,
}

impl NewEvents {
    /// So many more of the events that a generated session would have had next, at least 1.
    pub fn generated(events: u64) -> Self {
        Self::of(Given::Generated(Some(events)))
    }

    /// These events, one JSON object per line. Their `session.id` must be the session's.
    ///
    /// # Errors
    ///
    /// [`ChangeError`] if a line isn't an event.
    pub fn own(ndjson: &str) -> Result<Self, ChangeError> {
        Ok(Self::of(Given::Own(parse(ndjson)?)))
    }

    pub(crate) fn of(events: Given) -> Self {
        Self {
            events,
            position: None,
        }
    }

    /// Puts them at this position, counted from 0, ahead of the event there: so they arrive late, as
    /// those of an app that was offline do. Default: after the last event.
    pub fn at(mut self, position: u64) -> Self {
        self.position = Some(position);
        self
    }
}

fn parse(ndjson: &str) -> Result<Vec<OwnSession>, ChangeError> {
    own_sessions(ndjson).map_err(ChangeError::invalid)
}
