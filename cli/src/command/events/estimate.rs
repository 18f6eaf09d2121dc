//! How many events to expect, for the time left that progress shows.

use std::io::IsTerminal;
use std::sync::Arc;

use journey_events::Client;

use super::export::Export;
use crate::terminal::counters::Counters;
use crate::terminal::progress::Verbosity;

/// Most sessions whose event counts are requested.
const MOST_COUNTED: usize = 8;

/// Requests the number of events of each session, if a terminal shows progress, it takes few requests, and
/// all events are read.
pub(super) fn start(export: &Export, counters: &Arc<Counters>) {
    let request = &export.request;
    let is_complete = request.event_types.is_empty() && request.after.is_none();
    let is_worth_it = export.sessions.len() <= MOST_COUNTED && request.follow.is_none();
    let is_shown = export.verbosity > Verbosity::Quiet && std::io::stderr().is_terminal();
    if is_complete && is_worth_it && is_shown {
        let (client, sessions) = (request.client.clone(), export.sessions.clone());
        tokio::spawn(count(client, sessions, Arc::clone(counters)));
    }
}

async fn count(client: Client, sessions: Vec<String>, counters: Arc<Counters>) {
    let mut expected = 0;
    for session in sessions {
        let session = client.session(&session).await;
        match session.map(|session| session.event_count()) {
            Ok(Some(events)) => expected += events,
            // A partial sum would give a wrong estimate.
            _ => return,
        }
    }
    Counters::add(&counters.expected, expected);
}
