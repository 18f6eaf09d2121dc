//! Recognises the id of a conversation or a contact that was given as a session's.

use futures::TryStreamExt;
use journey_events::Client;

/// Says what an id is that no session has, if it is a conversation's or a contact's, and the command for
/// it. Takes up to two requests.
pub(super) async fn advice(client: &Client, id: &str, command: &str) -> Option<String> {
    let mut of_conversation = client.conversation_sessions(id);
    let (kind, option) = if of_conversation.try_next().await.is_ok() {
        ("conversation", "--conversation")
    } else if client.contact_sessions(id).limit(1).page().await.is_ok() {
        ("contact", "--contact")
    } else {
        return None;
    };
    Some(format!(
        "`{id}` is the id of a {kind}, not of a session\n  next: journey-events {command} {option} {id}"
    ))
}
