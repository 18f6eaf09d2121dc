//! The events of a session: generated, or a user's own.

use std::sync::Arc;

use super::filter::Filter;
use super::own_events::OwnEvent;
use crate::json::Json;
use crate::story::{EventType, Generator, Identity};

/// Events by their position, counted from 0.
#[derive(Debug)]
pub(crate) enum Events {
    Generated {
        generator: Box<Generator>,
        /// The types that occur: a filter for none of them needs no search.
        types: &'static [EventType],
    },
    Own(Arc<[OwnEvent]>),
}

impl Events {
    pub(crate) fn generated(identity: &Identity) -> Self {
        Self::Generated {
            generator: Box::new(Generator::new(identity)),
            types: identity.event_types(),
        }
    }

    /// Writes an event as one element.
    pub(crate) fn write(&mut self, position: u64, json: &mut Json) {
        match self {
            Self::Generated { generator, .. } => generator.write(position, json),
            Self::Own(events) => {
                if let Some(event) = own(events, position) {
                    json.raw(&event.json);
                }
            }
        }
    }

    /// Returns the earliest and the latest date of the first `count` events; `None` if none has a
    /// date.
    pub(crate) fn span(&mut self, count: u64) -> Option<(String, String)> {
        match self {
            // Generated events are in the order of their dates.
            Self::Generated { generator, .. } => {
                let last = count.checked_sub(1)?;
                Some((generator.created(0), generator.created(last)))
            }
            Self::Own(events) => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                let dates = || {
                    events
                        .iter()
                        .take(count)
                        .filter_map(|event| event.created.as_ref())
                };
                let first = dates().min_by_key(|date| date.at)?;
                let last = dates().max_by_key(|date| date.at)?;
                Some((first.text.clone(), last.text.clone()))
            }
        }
    }

    pub(crate) fn matches(&mut self, filter: &Filter, position: u64) -> bool {
        match self {
            Self::Generated { generator, .. } => {
                filter.matches(generator.event_type(position).name())
            }
            Self::Own(events) => {
                own(events, position).is_some_and(|event| filter.matches(&event.event_type))
            }
        }
    }

    /// Whether any event could match.
    pub(crate) fn may_match(&self, filter: &Filter) -> bool {
        match self {
            Self::Generated { types, .. } => types
                .iter()
                .any(|event_type| filter.matches(event_type.name())),
            Self::Own(_) => true,
        }
    }
}

fn own(events: &[OwnEvent], position: u64) -> Option<&OwnEvent> {
    events.get(usize::try_from(position).ok()?)
}

#[cfg(test)]
mod tests {
    use super::Events;
    use crate::data::own_events::own_sessions;
    use crate::form::Form;
    use crate::story::{Generator, Identity};

    #[test]
    fn generated_events_span_all_their_dates() {
        let instant = |date: &str| date.parse::<jiff::Timestamp>().unwrap();
        for (seed, number) in [(1, 0), (1, 2), (7, 1)] {
            let identity = Identity::generated(seed, number, Form::Both);
            let mut generator = Generator::new(&identity);
            let dates: Vec<_> = (0..2_000)
                .map(|position| instant(&generator.created(position)))
                .collect();
            let (first, last) = Events::generated(&identity).span(2_000).unwrap();
            let ends = (dates.iter().min().copied(), dates.iter().max().copied());
            assert_eq!((Some(instant(&first)), Some(instant(&last))), ends);
        }
    }

    #[test]
    fn the_span_covers_only_events_so_far() {
        let lines = [5, 3, 9, 1].map(|hour| {
            format!(r#"{{"eventType":"x","session":{{"id":"a"}},"createdDate":"2026-01-01T0{hour}:00:00Z"}}"#)
        });
        let [session] = own_sessions(&lines.join("\n")).unwrap().try_into().unwrap();
        let mut events = Events::Own(session.events.into());
        let mut hours = |count| {
            let (first, last) = events.span(count)?;
            Some((first[12..13].to_owned(), last[12..13].to_owned()))
        };
        let expected = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
        assert_eq!(hours(0), None);
        assert_eq!(hours(1), expected("5", "5"));
        assert_eq!(hours(2), expected("3", "5"));
        assert_eq!(hours(4), expected("1", "9"));
    }
}
