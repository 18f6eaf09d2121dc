//! The library's streams as one.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream as _;
use journey_events::{
    Checkpoint, Error, Event, EventStream, FoundSession, FoundSessions, Session, SessionStream,
};

/// One of the library's streams.
#[derive(Debug)]
pub(crate) enum Stream {
    Events(EventStream),
    Sessions(SessionStream),
    Found(FoundSessions),
}

/// What a stream yields.
#[derive(Debug)]
pub(crate) enum Entity {
    Event(Box<Event>),
    Session(Box<Session>),
    Found(Box<FoundSession>),
}

impl Stream {
    /// Polls for the next entity.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Entity, Error>>> {
        match self {
            Self::Events(stream) => {
                let next = Pin::new(stream).poll_next(cx);
                next.map(|next| next.map(|next| next.map(|event| Entity::Event(event.into()))))
            }
            Self::Sessions(stream) => {
                let next = Pin::new(stream).poll_next(cx);
                next.map(|next| next.map(|next| next.map(|found| Entity::Session(found.into()))))
            }
            Self::Found(stream) => {
                let next = Pin::new(stream).poll_next(cx);
                next.map(|next| next.map(|next| next.map(|found| Entity::Found(found.into()))))
            }
        }
    }

    /// Whether the next entity was received already, so that a poll returns it without any work.
    pub(super) fn has_next(&self) -> bool {
        match self {
            Self::Events(stream) => stream.size_hint().0 > 0,
            Self::Sessions(stream) => stream.size_hint().0 > 0,
            Self::Found(_) => false,
        }
    }

    /// Where to resume, just after the last entity that was yielded.
    pub(super) fn checkpoint(&self) -> Option<Checkpoint> {
        match self {
            Self::Events(stream) => Some(stream.checkpoint()),
            Self::Sessions(stream) => Some(stream.checkpoint()),
            Self::Found(_) => None,
        }
    }
}
