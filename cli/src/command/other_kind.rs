//! Recognises the id of a conversation or a contact that was given as a session's.

use std::time::Duration;

use futures::TryStreamExt;
use journey_events::Client;
use tokio::time::timeout;

/// Most ids that are looked up.
pub(super) const MOST: usize = 3;
/// How long all of that may take.
const LONGEST: Duration = Duration::from_secs(5);

/// An id that isn't a session's.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: String,
    /// What to do instead.
    pub(super) step: String,
}

/// Looks ids up that no session has, and returns those that are a conversation's or a contact's. Each takes
/// up to two requests.
pub(super) async fn look_up(
    client: &Client,
    ids: impl Iterator<Item = &str>,
    command: &str,
) -> Vec<Known> {
    let mut known = Vec::new();
    let looking = async {
        for id in ids.take(MOST) {
            if let Some(step) = step(client, id, command).await {
                let id = id.to_owned();
                known.push(Known { id, step });
            }
        }
    };
    // What was found by then is still worth saying.
    let _ = timeout(LONGEST, looking).await;
    known
}

/// Says what to do with an id, if it is a conversation's or a contact's.
async fn step(client: &Client, id: &str, command: &str) -> Option<String> {
    let mut of_conversation = client.conversation_sessions(id);
    let (kind, option) = match of_conversation.try_next().await {
        Ok(Some(_)) => ("conversation", "--conversation"),
        Ok(None) => {
            return Some(format!(
                "find another id; `{id}` is the id of a conversation without a journey session"
            ));
        }
        Err(_) => {
            let sessions = client.contact_sessions(id).limit(1).page().await;
            sessions.ok()?;
            ("contact", "--contact")
        }
    };
    Some(format!(
        "journey-events {command} {option} {id} (with your other options); `{id}` is the id of a {kind}, \
         not of a session"
    ))
}
