//! The request for a session's events.

use std::time::Duration;

use journey_events::{Checkpoint, Client, SessionEvents};

/// Request options, the same for all sessions of a run.
#[derive(Clone, Debug)]
pub(crate) struct RequestOptions {
    pub(crate) client: Client,
    pub(crate) limit: Option<u32>,
    pub(crate) after: Option<String>,
    pub(crate) event_types: Vec<String>,
    pub(crate) follow: Option<Duration>,
}

impl RequestOptions {
    /// Returns options for all events of a session.
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            limit: None,
            after: None,
            event_types: Vec::new(),
            follow: None,
        }
    }

    /// Returns the request for a session's events.
    pub(super) fn events_of(&self, session: &str) -> SessionEvents {
        let request = self.options_of(session);
        match &self.after {
            Some(cursor) => request.after(cursor),
            None => request,
        }
    }

    /// Returns the request for the events of a session after a checkpoint.
    pub(super) fn events_after(&self, session: &str, checkpoint: Checkpoint) -> SessionEvents {
        self.options_of(session).resume(checkpoint)
    }

    fn options_of(&self, session: &str) -> SessionEvents {
        let request = self.client.session_events(session);
        let mut request = request.event_types(&self.event_types).read_ahead(1);
        if let Some(limit) = self.limit {
            request = request.limit(limit);
        }
        if let Some(interval) = self.follow {
            request = request.follow(interval);
        }
        request
    }
}
