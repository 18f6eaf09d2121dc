//! The events of a session: made up, or a user's own.

use std::sync::Arc;

use crate::data::own_events::OwnEvent;
use crate::http::query::Filter;
use crate::json::Json;
use crate::story::{EventType, Identity, Story};

/// Tells events of a session by their place, counted from 0.
#[derive(Debug)]
pub(crate) enum Events {
    Made {
        story: Box<Story>,
        /// The types that occur: a filter for none of them needs no search.
        types: &'static [EventType],
    },
    Own(Arc<[OwnEvent]>),
}

impl Events {
    pub(crate) fn made(identity: &Identity) -> Self {
        Self::Made {
            story: Box::new(Story::new(identity)),
            types: identity.event_types(),
        }
    }

    /// Writes an event as one element.
    pub(crate) fn write(&mut self, position: u64, json: &mut Json) {
        match self {
            Self::Made { story, .. } => story.write(position, json),
            Self::Own(events) => {
                if let Some(event) = own(events, position) {
                    json.raw(&event.json);
                }
            }
        }
    }

    /// When the earliest and the latest of so many events were, as far as any of them says when it was.
    pub(crate) fn span(&mut self, count: u64) -> Option<(String, String)> {
        match self {
            // A story goes forward in time.
            Self::Made { story, .. } => {
                let last = count.checked_sub(1)?;
                Some((story.created(0), story.created(last)))
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

    pub(crate) fn is_kept_by(&mut self, filter: &Filter, position: u64) -> bool {
        match self {
            Self::Made { story, .. } => filter.keeps(story.event_type(position).name()),
            Self::Own(events) => {
                own(events, position).is_some_and(|event| filter.keeps(&event.event_type))
            }
        }
    }

    /// Whether a filter may keep any event.
    pub(crate) fn may_have(&self, filter: &Filter) -> bool {
        match self {
            Self::Made { types, .. } => types
                .iter()
                .any(|event_type| filter.keeps(event_type.name())),
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
    use crate::data::own_events::sessions;
    use crate::form::Form;
    use crate::story::{Identity, Story};

    #[test]
    fn a_story_spans_the_dates_of_all_its_events() {
        let instant = |date: &str| date.parse::<jiff::Timestamp>().unwrap();
        for (seed, number) in [(1, 0), (1, 2), (7, 1)] {
            let identity = Identity::new(seed, number, Form::Both);
            let mut story = Story::new(&identity);
            let dates: Vec<_> = (0..2_000).map(|at| instant(&story.created(at))).collect();
            let (first, last) = Events::made(&identity).span(2_000).unwrap();
            let ends = (dates.iter().min().copied(), dates.iter().max().copied());
            assert_eq!((Some(instant(&first)), Some(instant(&last))), ends);
        }
    }

    #[test]
    fn only_the_events_that_are_there_by_now_have_a_span() {
        let lines = [5, 3, 9, 1].map(|hour| {
            format!(r#"{{"eventType":"x","session":{{"id":"a"}},"createdDate":"2026-01-01T0{hour}:00:00Z"}}"#)
        });
        let [session] = sessions(&lines.join("\n")).unwrap().try_into().unwrap();
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
