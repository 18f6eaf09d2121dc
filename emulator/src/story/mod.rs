//! What happens in a session. Any event is worked out from the seed, the session's number and its
//! place alone: nothing is stored, and an event is the same whatever was asked for before.

mod bodies;
mod devices;
mod labels;
mod markets;
mod moment;
mod origin;
mod products;
mod scenes;
mod shop;
mod visit;
mod visitor;

#[cfg(test)]
mod tests;

use origin::Visit;
use scenes::Step;
use visit::{Beat, CHAPTER, Plot};
pub(crate) use visitor::Medium;
use visitor::Visitor;

use crate::data::contacts::SESSIONS_OF_A_CONTACT;
use crate::form::Form;
use crate::json::Json;
use crate::rng::Rng;

/// The types of event of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventType {
    Web,
    WebAction,
    SegmentAssignment,
    OutcomeAchieved,
    App,
    /// In place of `SegmentAssignment`, in the first published form.
    SegmentAssigned,
}

impl EventType {
    /// The value of `eventType`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Web => "com.genesys.journey.WebEvent",
            Self::WebAction => "com.genesys.journey.WebActionEvent",
            Self::SegmentAssignment => "com.genesys.journey.SegmentAssignmentEvent",
            Self::OutcomeAchieved => "com.genesys.journey.OutcomeAchievedEvent",
            Self::App => "com.genesys.journey.AppEvent",
            Self::SegmentAssigned => "com.genesys.journey.SegmentAssignedEvent",
        }
    }
}

/// Which session of which seed.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    key: u64,
    /// What tells its visitor from others: the key of the first session of its contact.
    visitor: u64,
    pub(crate) id: String,
    pub(crate) medium: Medium,
    form: Form,
}

impl Identity {
    /// Every third session is an app's; the first never is, and the first form knows no apps.
    pub(crate) fn new(seed: u64, number: u64, form: Form) -> Self {
        let mut rng = Rng::of([seed, number]);
        let first_of_contact = number - number % SESSIONS_OF_A_CONTACT;
        let medium = if number % 3 == 2 && form != Form::First {
            Medium::App
        } else {
            Medium::Web
        };
        Self {
            key: rng.next(),
            visitor: Rng::of([seed, first_of_contact]).next(),
            id: rng.uuid(),
            medium,
            form,
        }
    }

    /// A session that was given, by its id.
    pub(crate) fn given(seed: u64, id: &str, medium: Medium) -> Self {
        let bytes = id.bytes().map(u64::from);
        let mut rng = Rng::of([
            seed,
            bytes.fold(13, |key, byte| Rng::of([key, byte]).next()),
        ]);
        let key = rng.next();
        Self {
            key,
            visitor: key,
            id: id.to_owned(),
            medium,
            form: Form::Both,
        }
    }

    /// The types of event that occur in it.
    pub(crate) fn event_types(&self) -> &'static [EventType] {
        use EventType::{App, OutcomeAchieved, SegmentAssigned, SegmentAssignment, Web, WebAction};
        match (self.medium, self.form) {
            (Medium::Web, Form::First) => &[Web, WebAction, SegmentAssigned, OutcomeAchieved],
            (Medium::Web, _) => &[Web, WebAction, SegmentAssignment, OutcomeAchieved],
            (Medium::App, _) => &[App, SegmentAssignment, OutcomeAchieved],
        }
    }

    /// What tells this session from all others, of this seed and of others.
    pub(crate) fn key(&self) -> u64 {
        self.key
    }
}

/// Tells a session's events; quickest in order, as neighbours share what was worked out.
#[derive(Debug)]
pub(crate) struct Story {
    key: u64,
    form: Form,
    visitor: Visitor,
    plot: Plot,
    visit: Visit,
}

impl Story {
    pub(crate) fn new(identity: &Identity) -> Self {
        let visitor = Visitor::new(identity);
        let plot = Plot::new(identity.key, visitor.epoch, 0);
        let visit = Visit::new(identity.key, &visitor, &plot);
        Self {
            key: identity.key,
            form: identity.form,
            visitor,
            plot,
            visit,
        }
    }

    /// The type of the event at `position`, counted from 0.
    pub(crate) fn event_type(&mut self, position: u64) -> EventType {
        match (self.open(position).step, self.visitor.medium) {
            (Step::Segment, _) if self.form == Form::First => EventType::SegmentAssigned,
            (Step::Segment, _) => EventType::SegmentAssignment,
            (Step::Outcome, _) => EventType::OutcomeAchieved,
            (_, Medium::App) => EventType::App,
            (Step::Action(..), Medium::Web) => EventType::WebAction,
            (Step::View(_) | Step::Do(..), Medium::Web) => EventType::Web,
        }
    }

    /// When the event at `position`, counted from 0, was.
    pub(crate) fn created(&mut self, position: u64) -> String {
        self.open(position).at.to_text()
    }

    /// Writes the event at `position`, counted from 0, as one element.
    pub(crate) fn write(&mut self, position: u64, json: &mut Json) {
        let event_type = self.event_type(position);
        if self.visit.chapter != self.plot.chapter {
            self.visit = Visit::new(self.key, &self.visitor, &self.plot);
        }
        bodies::write(self, position, event_type, json);
    }

    /// Turns to the chapter of `position` and says what happens there.
    fn open(&mut self, position: u64) -> Beat {
        let chapter = position / CHAPTER;
        if self.plot.chapter != chapter {
            self.plot = Plot::new(self.key, self.visitor.epoch, chapter);
        }
        self.plot.beat(position)
    }
}
