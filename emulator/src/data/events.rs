//! The events of a session: generated, or a user's own, with those that were added since.

use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use super::filter::Filter;
use super::own_events::OwnEvent;
use crate::json::Json;
use crate::story::{EventType, Generator, Identity};

/// Events by their position, counted from 0.
#[derive(Debug)]
pub(crate) struct Events {
    base: Base,
    /// In the order of their positions.
    inserted: Option<Arc<Vec<Inserted>>>,
}

/// The events that a session was started with.
#[derive(Debug)]
enum Base {
    Generated {
        generator: Box<Generator>,
        /// The types that occur: a filter for none of them needs no search.
        types: &'static [EventType],
    },
    Own(Arc<[OwnEvent]>),
}

/// An event that was added among the others.
#[derive(Debug, Clone)]
pub(crate) struct Inserted {
    /// Its position among all events.
    pub(crate) at: u64,
    pub(crate) event: OwnEvent,
}

/// What is at a position.
enum Found<'a> {
    Base(u64),
    Inserted(&'a OwnEvent),
}

impl Events {
    pub(crate) fn generated(identity: &Identity, inserted: Option<Arc<Vec<Inserted>>>) -> Self {
        let base = Base::Generated {
            generator: Box::new(Generator::new(identity)),
            types: identity.event_types(),
        };
        Self { base, inserted }
    }

    pub(crate) fn own(events: Arc<[OwnEvent]>, inserted: Option<Arc<Vec<Inserted>>>) -> Self {
        let base = Base::Own(events);
        Self { base, inserted }
    }

    /// Writes an event as one element.
    pub(crate) fn write(&mut self, position: u64, json: &mut Json) {
        match find(self.inserted.as_ref(), position) {
            Found::Inserted(event) => json.raw(&event.json),
            Found::Base(position) => self.base.write(position, json),
        }
    }

    /// Returns the earliest and the latest date of the first `count` events; `None` if none has a
    /// date.
    pub(crate) fn span(&mut self, count: u64) -> Option<(Timestamp, Timestamp)> {
        let inserted = before(self.inserted.as_ref(), count);
        let (first, last) = self.base.span(count - inserted.len() as u64).unzip();
        let dates = || inserted.iter().filter_map(|one| one.event.created);
        let first = dates().chain(first).min()?;
        let last = dates().chain(last).max()?;
        Some((first, last))
    }

    /// Returns the first position in a range whose event matches.
    pub(crate) fn first(&mut self, filter: &Filter, mut range: Range<u64>) -> Option<u64> {
        if self.base.may_match(filter) {
            return range.find(|position| self.matches(filter, *position));
        }
        self.inserted_matches(filter, range).next()
    }

    /// Returns the last position in a range whose event matches.
    pub(crate) fn last(&mut self, filter: &Filter, mut range: Range<u64>) -> Option<u64> {
        if self.base.may_match(filter) {
            return range.rfind(|position| self.matches(filter, *position));
        }
        self.inserted_matches(filter, range).next_back()
    }

    fn matches(&mut self, filter: &Filter, position: u64) -> bool {
        match find(self.inserted.as_ref(), position) {
            Found::Inserted(event) => filter.matches(&event.event_type),
            Found::Base(position) => self.base.matches(filter, position),
        }
    }

    fn inserted_matches(
        &self,
        filter: &Filter,
        range: Range<u64>,
    ) -> impl DoubleEndedIterator<Item = u64> {
        let ahead = before(self.inserted.as_ref(), range.start).len();
        let until = before(self.inserted.as_ref(), range.end);
        let rest = until.get(ahead..).unwrap_or_default().iter();
        rest.filter(|one| filter.matches(&one.event.event_type))
            .map(|one| one.at)
    }
}

impl Base {
    /// Whether any event could match. If none can, a session of a billion events isn't searched.
    fn may_match(&self, filter: &Filter) -> bool {
        match self {
            Self::Generated { types, .. } => {
                let mut types = types.iter();
                types.any(|event_type| filter.matches(event_type.name()))
            }
            Self::Own(_) => true,
        }
    }

    fn write(&mut self, position: u64, json: &mut Json) {
        match self {
            Self::Generated { generator, .. } => generator.write(position, json),
            Self::Own(events) => {
                if let Some(event) = own(events, position) {
                    json.raw(&event.json);
                }
            }
        }
    }

    fn span(&mut self, count: u64) -> Option<(Timestamp, Timestamp)> {
        match self {
            // Generated events are in the order of their dates.
            Self::Generated { generator, .. } => {
                let last = count.checked_sub(1)?;
                Some((generator.created(0), generator.created(last)))
            }
            Self::Own(events) => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                let events = || events.iter().take(count);
                let dates = || events().filter_map(|event| event.created);
                Some((dates().min()?, dates().max()?))
            }
        }
    }

    fn matches(&mut self, filter: &Filter, position: u64) -> bool {
        match self {
            Self::Generated { generator, .. } => {
                filter.matches(generator.event_type(position).name())
            }
            Self::Own(events) => {
                own(events, position).is_some_and(|event| filter.matches(&event.event_type))
            }
        }
    }
}

fn own(events: &[OwnEvent], position: u64) -> Option<&OwnEvent> {
    events.get(usize::try_from(position).ok()?)
}

/// The inserted events before a position.
fn before(inserted: Option<&Arc<Vec<Inserted>>>, position: u64) -> &[Inserted] {
    let inserted = inserted.map_or(&[][..], |all| all);
    let count = inserted.partition_point(|one| one.at < position);
    inserted.get(..count).unwrap_or_default()
}

fn find(inserted: Option<&Arc<Vec<Inserted>>>, position: u64) -> Found<'_> {
    let before = before(inserted, position).len();
    match inserted.and_then(|all| all.get(before)) {
        Some(one) if one.at == position => Found::Inserted(&one.event),
        _ => Found::Base(position - before as u64),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::{Events, Filter, Inserted};
    use crate::data::own_events::{own_sessions, parse_event};
    use crate::form::Form;
    use crate::json::Json;
    use crate::story::{Generator, Identity};

    #[test]
    fn generated_events_span_all_their_dates() {
        for (seed, number) in [(1, 0), (1, 2), (7, 1)] {
            let identity = Identity::generated(seed, number, number, Form::Both);
            let mut generator = Generator::new(&identity);
            let dates: Vec<_> = (0..2_000)
                .map(|position| generator.created(position))
                .collect();
            let (first, last) = Events::generated(&identity, None).span(2_000).unzip();
            let ends = (dates.iter().min().copied(), dates.iter().max().copied());
            assert_eq!((first, last), ends);
        }
    }

    #[test]
    fn the_span_covers_only_events_so_far() {
        let lines = [5, 3, 9, 1].map(|hour| {
            format!(r#"{{"eventType":"x","session":{{"id":"a"}},"createdDate":"2026-01-01T0{hour}:00:00Z"}}"#)
        });
        let [session] = own_sessions(&lines.join("\n")).unwrap().try_into().unwrap();
        let mut events = Events::own(session.events.into(), None);
        let mut hours = |count| {
            let (first, last) = events.span(count)?;
            Some([first, last].map(|date| date.to_string()[12..13].to_owned()))
        };
        let expected = |hours: [&str; 2]| Some(hours.map(str::to_owned));
        assert_eq!(hours(0), None);
        assert_eq!(hours(1), expected(["5", "5"]));
        assert_eq!(hours(2), expected(["3", "5"]));
        assert_eq!(hours(4), expected(["1", "9"]));
    }

    #[test]
    fn a_type_that_only_inserted_events_have_is_found_among_a_billion() {
        let event = |name: &str| {
            let json = format!(r#"{{"eventType":"{name}","session":{{"id":"a"}}}}"#);
            parse_event(&json).unwrap().0
        };
        let inserted = [(7, "x"), (500_000_000, "y"), (1_000_000_000, "x")];
        let inserted = inserted.map(|(at, name)| Inserted {
            at,
            event: event(name),
        });
        let identity = Identity::generated(1, 0, 0, Form::Both);
        let mut events = Events::generated(&identity, Some(Arc::new(inserted.into())));
        let (all, x) = (0..1_000_000_003, Filter("x".into()));
        assert_eq!(events.first(&x, all.clone()), Some(7));
        assert_eq!(events.first(&x, 8..all.end), Some(1_000_000_000));
        assert_eq!(events.last(&x, all.clone()), Some(1_000_000_000));
        assert_eq!(events.last(&x, 0..1_000_000_000), Some(7));
        assert_eq!(events.first(&Filter("z".into()), all), None);
    }

    #[test]
    fn inserted_events_are_at_their_positions_and_the_others_around_them() {
        let event = |name: &str| {
            let date = format!("2026-01-0{name}T00:00:00Z");
            let json = format!(
                r#"{{"eventType":"{name}","session":{{"id":"a"}},"createdDate":"{date}"}}"#
            );
            parse_event(&json).unwrap().0
        };
        let base: Vec<_> = ["3", "4", "5"].map(event).into();
        let inserted = [(0, "2"), (2, "9"), (5, "1")].map(|(at, name)| Inserted {
            at,
            event: event(name),
        });
        let mut events = Events::own(base.into(), Some(Arc::new(inserted.into())));
        let mut names = String::new();
        for position in 0..6 {
            let mut json = Json::default();
            events.write(position, &mut json);
            names.push_str(&json.into_text()[14..15]);
        }
        assert_eq!(names, "239451");
        let days = |(first, last): (Timestamp, Timestamp)| {
            [first, last].map(|date| date.to_string()[9..10].to_owned())
        };
        assert_eq!(events.span(2).map(days), Some(["2".into(), "3".into()]));
        assert_eq!(events.span(6).map(days), Some(["1".into(), "9".into()]));
    }
}
