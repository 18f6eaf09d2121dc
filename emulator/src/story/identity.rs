//! Which session it is: the key that everything in it is derived from.

use super::event_type::EventType;
use crate::form::Form;
use crate::rng::Rng;

/// Whether a session is on the website or in the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Web,
    App,
}

impl Medium {
    /// Returns the value of `session.type`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::App => "app",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(super) key: u64,
    /// The key of the session whose visitor it has: the contact's first.
    pub(super) visitor_key: u64,
    pub(crate) id: String,
    pub(crate) medium: Medium,
    pub(super) form: Form,
}

impl Identity {
    /// Every third session is an app session, but none is in the first form, which has no app
    /// events. `visitor` is the number of the session whose visitor it has.
    pub(crate) fn generated(seed: u64, number: u64, visitor: u64, form: Form) -> Self {
        let mut rng = Rng::of([seed, number]);
        let medium = if number % 3 == 2 && form != Form::First {
            Medium::App
        } else {
            Medium::Web
        };
        Self {
            key: rng.next(),
            visitor_key: Rng::of([seed, visitor]).next(),
            id: rng.uuid(),
            medium,
            form,
        }
    }

    /// The identity of a user's own session.
    pub(crate) fn own(seed: u64, id: &str, medium: Medium) -> Self {
        let bytes = id.bytes().map(u64::from);
        let mut rng = Rng::of([
            seed,
            bytes.fold(13, |key, byte| Rng::of([key, byte]).next()),
        ]);
        let key = rng.next();
        Self {
            key,
            visitor_key: key,
            id: id.to_owned(),
            medium,
            form: Form::Both,
        }
    }

    /// Returns the event types that occur in the session.
    pub(crate) fn event_types(&self) -> &'static [EventType] {
        use EventType::{App, OutcomeAchieved, SegmentAssigned, SegmentAssignment, Web, WebAction};
        match (self.medium, self.form) {
            (Medium::Web, Form::First) => &[Web, WebAction, SegmentAssigned, OutcomeAchieved],
            (Medium::Web, _) => &[Web, WebAction, SegmentAssignment, OutcomeAchieved],
            (Medium::App, _) => &[App, SegmentAssignment, OutcomeAchieved],
        }
    }

    /// Returns a key unique to this session and seed.
    pub(crate) fn key(&self) -> u64 {
        self.key
    }
}
