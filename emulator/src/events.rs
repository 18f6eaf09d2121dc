//! The events of a session: made up, or a user's own.

use std::sync::Arc;

use crate::json::Json;
use crate::own::OwnEvent;
use crate::query::Filter;
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

    /// When an event was, as far as it says so.
    pub(crate) fn created(&mut self, position: u64) -> Option<String> {
        match self {
            Self::Made { story, .. } => Some(story.created(position)),
            Self::Own(events) => own(events, position)?.created_date.clone(),
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
