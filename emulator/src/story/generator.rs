//! Generates a session's events by position.

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::bodies::EventWriter;
use super::event_type::EventType;
use super::identity::{Identity, Medium};
use super::origin::Origin;
use super::step::Step;
use super::visit::{TimedStep, VISIT_EVENTS, Visit};
use super::visitor::{Visitor, first_visit};
use crate::form::Form;
use crate::json::Json;

/// Returns the date of a session's first event.
pub(crate) fn began(identity: &Identity) -> Timestamp {
    let visit = Visit::new(identity.key, first_visit(identity), 0);
    visit.step(0).at.timestamp()
}

/// Generates any event from the session's identity and the event's position, counted from 0.
/// Fastest in order, since it keeps the current visit.
#[derive(Debug)]
pub(crate) struct Generator {
    key: u64,
    form: Form,
    visitor: Visitor,
    visit: Visit,
    /// Of the visit that was last written, which may lag behind `visit`.
    origin: Origin,
}

impl Generator {
    pub(crate) fn new(identity: &Identity) -> Self {
        let visitor = Visitor::new(identity);
        let visit = Visit::new(identity.key, visitor.first_visit, 0);
        let origin = Origin::new(identity.key, visitor.market, &visit);
        Self {
            key: identity.key,
            form: identity.form,
            visitor,
            visit,
            origin,
        }
    }

    pub(crate) fn event_type(&mut self, position: u64) -> EventType {
        match (self.step(position).step, self.visitor.medium) {
            (Step::Segment, _) if self.form == Form::First => EventType::SegmentAssigned,
            (Step::Segment, _) => EventType::SegmentAssignment,
            (Step::Outcome, _) => EventType::OutcomeAchieved,
            (_, Medium::App) => EventType::App,
            (Step::On(_, action), Medium::Web) if action.is_offer() => EventType::WebAction,
            (_, Medium::Web) => EventType::Web,
        }
    }

    /// Returns the `createdDate` of an event.
    pub(crate) fn created(&mut self, position: u64) -> Timestamp {
        self.step(position).at.timestamp()
    }

    /// Writes an event as one element.
    pub(crate) fn write(&mut self, position: u64, json: &mut Json) {
        let event_type = self.event_type(position);
        if self.origin.visit != self.visit.number {
            self.origin = Origin::new(self.key, self.visitor.market, &self.visit);
        }
        EventWriter::new(self.key, &self.visitor, &self.visit, &self.origin, position)
            .write(event_type, json);
    }

    /// Loads the visit of an event and returns its step.
    fn step(&mut self, position: u64) -> TimedStep {
        let number = position / VISIT_EVENTS;
        if self.visit.number != number {
            self.visit = Visit::new(self.key, self.visitor.first_visit, number);
        }
        self.visit.step(position)
    }
}
