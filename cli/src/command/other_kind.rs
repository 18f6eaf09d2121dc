//! Recognises the id of a conversation or a contact that was given as a session's.

use futures::TryStreamExt;
use journey_events::Client;

/// Says what to do with an id that no session has, if it is a conversation's or a contact's. Takes up to
/// two requests.
pub(super) async fn advice(client: &Client, id: &str, command: &str) -> Option<String> {
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
