//! What is asked for of each session.

use std::time::Duration;

use journey_events::{Client, SessionEvents};

use crate::options::sources::Source;

/// How events are asked for; the same for all sessions of an export.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub(crate) client: Client,
    pub(crate) limit: Option<u32>,
    pub(crate) after: Option<String>,
    pub(crate) event_types: Vec<String>,
    pub(crate) follow: Option<Duration>,
}

impl Asking {
    /// The request for a session's events, from where it is to go on.
    pub(crate) fn request(&self, source: &Source) -> SessionEvents {
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
