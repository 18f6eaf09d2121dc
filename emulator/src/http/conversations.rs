//! Conversations as JSON, some with odd values.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::data::{Contacts, Conversation, ConversationPage, Sessions};
use crate::json::Json;
use crate::rng::Rng;

/// Values that a client meets where a text should be.
const ODD: [Value; 3] = [
    Value::Null,
    Value::String(String::new()),
    Value::Bool(false),
];

pub(crate) fn page(page: &ConversationPage<'_>, contacts: &Contacts, sessions: &Sessions) -> Value {
    let conversations = page.conversations.iter();
    let conversations: Vec<_> = conversations
        .map(|one| conversation(one, contacts, sessions))
        .collect();
    // As the service has it: a page without conversations lacks the member.
    if conversations.is_empty() {
        return json!({ "totalHits": page.total });
    }
    json!({ "conversations": conversations, "totalHits": page.total })
}

/// The customer, with one media session per journey session; an agent; and in one of three, a
/// participant whose values are odd.
pub(crate) fn conversation(of: &Conversation, contacts: &Contacts, sessions: &Sessions) -> Value {
    let mut rng = Rng::of([of.key]);
    let medium = if of.sessions.is_empty() {
        "voice"
    } else {
        "message"
    };
    let mut media: Vec<_> = of
        .sessions
        .iter()
        .filter_map(|number| journey(&mut rng, *number, sessions))
        .collect();
    if media.is_empty() {
        media.push(json!({ "mediaType": medium, "sessionId": rng.uuid() }));
    }
    let mut customer = json!({
        "participantId": rng.uuid(),
        "purpose": "customer",
        "externalContactId": contacts.ids.get(of.contact),
        "sessions": media,
    });
    if rng.once_in(5) {
        insert(&mut customer, "externalContactId", odd(&mut rng));
    }
    let agent = json!({
        "participantId": rng.uuid(),
        "purpose": "agent",
        "userId": rng.uuid(),
        "sessions": [{ "mediaType": medium, "sessionId": rng.uuid() }],
    });
    let mut participants = vec![customer, agent];
    if rng.once_in(3) {
        participants.insert(0, odd_participant(&mut rng));
    }
    let mut json = json!({
        "conversationId": of.id,
        "conversationStart": format!("{:.3}", of.start),
        "participants": participants,
    });
    if let Some(end) = of.end {
        insert(
            &mut json,
            "conversationEnd",
            Some(format!("{end:.3}").into()),
        );
    }
    json
}

/// A media session with a journey session.
fn journey(rng: &mut Rng, number: usize, sessions: &Sessions) -> Option<Value> {
    let mut session = sessions.get(number)?;
    let mut first = Json::default();
    session.events.write(0, &mut first);
    let first = first.into_text();
    let customer: Customer<'_> = serde_json::from_str(&first).unwrap_or_default();
    let mut json = json!({
        "mediaType": "message",
        "sessionId": rng.uuid(),
        "journeyCustomerSessionId": session.identity.id,
        "journeyCustomerSessionIdType": session.identity.medium.name(),
    });
    insert(&mut json, "journeyCustomerId", text(customer.id));
    insert(&mut json, "journeyCustomerIdType", text(customer.id_type));
    Some(json)
}

/// The customer of an event. The rest of the event may be JSON that no Rust value holds.
#[derive(Default, Deserialize)]
struct Customer<'a> {
    #[serde(borrow, rename = "customerId")]
    id: Option<&'a RawValue>,
    #[serde(borrow, rename = "customerIdType")]
    id_type: Option<&'a RawValue>,
}

fn text(json: Option<&RawValue>) -> Option<Value> {
    let text: String = serde_json::from_str(json?.get()).ok()?;
    Some(text.into())
}

/// A participant who can't be used: as a whole, or for a session id that isn't one.
fn odd_participant(rng: &mut Rng) -> Value {
    let mut session = json!({ "mediaType": "message" });
    insert(&mut session, "journeyCustomerSessionId", odd(rng));
    insert(&mut session, "journeyCustomerId", odd(rng));
    match rng.below(4) {
        0 => Value::Null,
        1 => json!({ "purpose": "customer", "sessions": null }),
        2 => json!({ "purpose": "ivr", "sessions": [null, session] }),
        _ => json!({ "externalContactId": 12, "sessions": [session] }),
    }
}

/// An odd value; `None` if it is missing.
fn odd(rng: &mut Rng) -> Option<Value> {
    let number = rng.below(100_000);
    match rng.below(5) {
        0 => None,
        1 => Some(number.into()),
        _ => Some(rng.pick(&ODD).clone()),
    }
}

/// Sets a member, or removes it.
fn insert(object: &mut Value, name: &str, value: Option<Value>) {
    if let Value::Object(members) = object {
        match value {
            Some(value) => members.insert(name.to_owned(), value),
            None => members.remove(name),
        };
    }
}
