//! The request for a session's events.

use std::time::Duration;

use journey_events::{Client, SessionEvents};

use crate::options::sources::Source;

/// Request options, the same for all sessions of an export.
#[derive(Clone, Debug)]
pub(super) struct RequestOptions {
    pub(super) client: Client,
    pub(super) limit: Option<u32>,
    pub(super) after: Option<String>,
    pub(super) event_types: Vec<String>,
    pub(super) follow: Option<Duration>,
}

impl RequestOptions {
    /// Returns the request for a session's events, resuming from its checkpoint if it has one.
    pub(super) fn events_of(&self, source: &Source) -> SessionEvents {
        let request = self.client.session_events(&source.session);
        let mut request = request.event_types(&self.event_types).read_ahead(1);
        if let Some(limit) = self.limit {
            request = request.limit(limit);
        }
        if let Some(cursor) = &self.after {
            request = request.after(cursor);
        }
        if let Some(interval) = self.follow {
            request = request.follow(interval);
        }
        if let Some(checkpoint) = &source.checkpoint {
            request = request.resume(checkpoint.clone());
        }
        request
    }
}
