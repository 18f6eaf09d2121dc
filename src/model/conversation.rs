//! Conversations, as far as they name journey sessions.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::part::fields;
use crate::decode::entity::Entity;
use crate::decode::error::JsonError;
use crate::decode::lenient;
use crate::decode::reader::JsonReader;
use crate::position::digest::Digest;
use crate::position::identities::Identity;

/// A journey session that was found in a conversation.
///
/// Its id is what [`Client::session_events`](crate::Client::session_events) takes. `Debug` shows ids and
/// type of the session, not the customer.
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [.., conversation]| async move {
/// use futures::TryStreamExt;
/// use journey_events::FoundSession;
///
/// let found: Vec<FoundSession> = client.conversation_sessions(&conversation).try_collect().await?;
/// for session in found {
///     let events = client.session_events(session.into_id()).stream();
///     println!("{} events", events.try_collect::<Vec<_>>().await?.len());
/// }
/// # Ok(()) });
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FoundSession {
    id: Box<str>,
    session_type: Option<Box<str>>,
    customer_id: Option<Box<str>>,
    customer_id_type: Option<Box<str>>,
    contact_id: Option<Box<str>>,
    conversation_id: Option<Box<str>>,
}

impl FoundSession {
    /// Returns the id of the journey session.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [.., conversation]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut found = client.conversation_sessions(&conversation);
    /// let session = found.try_next().await?.ok_or("the conversation has a session")?;
    /// let mut events = client.session_events(session.id()).stream();
    /// assert!(events.try_next().await?.is_some());
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the id of the journey session by value.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [.., conversation]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let found = client.conversation_sessions(&conversation).map_ok(|session| session.into_id());
    /// let ids: Vec<String> = found.try_collect().await?;
    /// assert!(!ids.is_empty());
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn into_id(self) -> String {
        self.id.into()
    }

    /// Returns the type of the journey session, such as `web` or `app`.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [.., conversation]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut found = client.conversation_sessions(&conversation);
    /// let session = found.try_next().await?.ok_or("the conversation has a session")?;
    /// assert!(matches!(session.session_type(), Some("web" | "app")));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn session_type(&self) -> Option<&str> {
        self.session_type.as_deref()
    }

    /// Returns the id of the customer, such as that of a cookie.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [.., conversation]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut found = client.conversation_sessions(&conversation);
    /// let session = found.try_next().await?.ok_or("the conversation has a session")?;
    /// println!("customer {}", session.customer_id().unwrap_or("unknown"));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn customer_id(&self) -> Option<&str> {
        self.customer_id.as_deref()
    }

    /// Returns what the customer's id is, such as `cookie`.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [.., conversation]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut found = client.conversation_sessions(&conversation);
    /// let session = found.try_next().await?.ok_or("the conversation has a session")?;
    /// println!("known by {}", session.customer_id_type().unwrap_or("nothing"));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn customer_id_type(&self) -> Option<&str> {
        self.customer_id_type.as_deref()
    }

    /// Returns the id of the external contact, for
    /// [`Client::contact_sessions`](crate::Client::contact_sessions).
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [.., conversation]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut found = client.conversation_sessions(&conversation);
    /// let session = found.try_next().await?.ok_or("the conversation has a session")?;
    /// // All sessions of the same contact, not only those in the conversation.
    /// if let Some(contact) = session.contact_id() {
    ///     let sessions: Vec<_> = client.contact_sessions(contact).stream().try_collect().await?;
    ///     println!("{} sessions", sessions.len());
    /// }
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn contact_id(&self) -> Option<&str> {
        self.contact_id.as_deref()
    }

    /// Returns the id of the conversation it was found in, the first if there are several.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, [.., conversation]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut found = client.conversation_sessions(&conversation);
    /// let session = found.try_next().await?.ok_or("the conversation has a session")?;
    /// assert_eq!(session.conversation_id(), Some(conversation.as_str()));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn conversation_id(&self) -> Option<&str> {
        self.conversation_id.as_deref()
    }
}

impl fmt::Debug for FoundSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FoundSession")
            .field("id", &self.id)
            .field("session_type", &self.session_type)
            .field("conversation_id", &self.conversation_id)
            .finish_non_exhaustive()
    }
}

/// A conversation's id and journey sessions.
#[derive(Debug)]
pub(crate) struct Conversation {
    id: Option<Box<str>>,
    /// Identifies it among those of an interval.
    digest: Digest,
    pub(crate) sessions: Vec<FoundSession>,
}

/// The fields that are decoded.
struct ConversationEnvelope {
    id: Option<Box<str>>,
    participants: Vec<Participant>,
}

#[derive(Default)]
struct Optional {
    conversation_id: Option<Box<str>>,
    participants: Option<Vec<Participant>>,
}

/// Who took part: a customer, an agent, a flow.
#[derive(Default)]
struct Participant {
    external_contact_id: Option<Box<str>>,
    sessions: Option<Vec<MediaSession>>,
}

/// A participant's use of one medium. Only a customer's has a journey session, and not every one.
#[derive(Default)]
#[expect(clippy::struct_field_names, reason = "the service's names")]
struct MediaSession {
    journey_customer_id: Option<Box<str>>,
    journey_customer_id_type: Option<Box<str>>,
    journey_customer_session_id: Option<Box<str>>,
    journey_customer_session_id_type: Option<Box<str>>,
}

fields!(Optional {
    conversation_id,
    participants,
});
fields!(Participant {
    external_contact_id,
    sessions,
});
fields!(MediaSession {
    journey_customer_id,
    journey_customer_id_type,
    journey_customer_session_id,
    journey_customer_session_id_type,
});

impl<'de> Deserialize<'de> for ConversationEnvelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let optional: Optional = lenient::deserialize(deserializer, "a conversation")?;
        let id = filled(optional.conversation_id);
        if id.is_none() && optional.participants.is_none() {
            // An error body with a status of success has neither.
            return Err(D::Error::missing_field("conversationId"));
        }
        Ok(Self {
            id,
            participants: optional.participants.unwrap_or_default(),
        })
    }
}

impl Entity for Conversation {
    const REQUIRED: &'static str = "conversationId";

    fn read<'a>(json: &mut JsonReader<'a>) -> Result<(Option<Self>, &'a str), JsonError> {
        let (envelope, json) = json.lossy_value()?;
        let conversation = envelope.map(|envelope: ConversationEnvelope| {
            let ConversationEnvelope { id, participants } = envelope;
            let sessions = participants
                .into_iter()
                .flat_map(|participant| found(participant, id.as_deref()))
                .collect();
            Self {
                digest: match &id {
                    Some(id) => Digest::of_id(id),
                    None => Digest::of_malformed(json),
                },
                id,
                sessions,
            }
        });
        Ok((conversation, json))
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn identity(&self) -> Identity<'_> {
        Identity::Digest(self.digest)
    }
}

/// The journey sessions of a participant.
fn found(participant: Participant, conversation: Option<&str>) -> Vec<FoundSession> {
    let contact = filled(participant.external_contact_id);
    let sessions = participant.sessions.unwrap_or_default().into_iter();
    sessions
        .filter_map(|session| {
            Some(FoundSession {
                id: filled(session.journey_customer_session_id)?,
                session_type: filled(session.journey_customer_session_id_type),
                customer_id: filled(session.journey_customer_id),
                customer_id_type: filled(session.journey_customer_id_type),
                contact_id: contact.clone(),
                conversation_id: conversation.map(Into::into),
            })
        })
        .collect()
}

/// A text that isn't blank.
fn filled(text: Option<Box<str>>) -> Option<Box<str>> {
    text.filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode;

    fn conversation(json: &str) -> Conversation {
        decode::single(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_session_is_found_with_its_customer_and_contact() {
        let json = include_str!("../../tests/fixtures/conversation-details.json");
        let sessions = conversation(json).sessions;
        let [session] = &*sessions else {
            panic!("{sessions:?}");
        };
        assert_eq!(session.id(), "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60");
        assert_eq!(session.session_type(), Some("web"));
        assert_eq!(session.customer_id(), Some("c0ffee"));
        assert_eq!(session.customer_id_type(), Some("cookie"));
        let contact = "0b0e5a3c-7d0f-4d53-8ab2-5c4f7b9f5a11";
        assert_eq!(session.contact_id(), Some(contact));
        let conversation = "a1b2c3d4-0000-4000-8000-000000000001";
        assert_eq!(session.conversation_id(), Some(conversation));
        let shown = format!("{session:?}");
        assert!(
            !shown.contains("c0ffee") && !shown.contains(contact),
            "{shown}"
        );
    }

    #[test]
    fn one_lossy_value_costs_one_value() {
        let good = r#"{"journeyCustomerSessionId":"good","journeyCustomerSessionIdType":"web"}"#;
        for odd in [
            "null",
            "7",
            r#""text""#,
            "[]",
            "{}",
            r#"{"sessions":null}"#,
            r#"{"sessions":{}}"#,
            r#"{"sessions":[null,7,[],{},"x"]}"#,
            r#"{"sessions":[{"journeyCustomerSessionId":null}]}"#,
            r#"{"sessions":[{"journeyCustomerSessionId":""}]}"#,
            r#"{"sessions":[{"journeyCustomerSessionId":"  "}]}"#,
            r#"{"sessions":[{"journeyCustomerSessionId":12}]}"#,
            r#"{"sessions":[{"journeyCustomerSessionId":"\ud83d"}]}"#,
            r#"{"sessions":[{"journeyCustomerSessionId":{"a":1e999}}]}"#,
            r#"{"\ud83d":1,"unknown":{"sessions":[{"journeyCustomerSessionId":"no"}]}}"#,
        ] {
            let json = format!(
                r#"{{"conversationId":"c","participants":[{odd},{{"externalContactId":7,"sessions":[{good}]}},{odd}]}}"#
            );
            let sessions = conversation(&json).sessions;
            let [session] = &*sessions else {
                panic!("{odd}: {sessions:?}");
            };
            assert_eq!(
                (session.id(), session.contact_id()),
                ("good", None),
                "{odd}"
            );
        }
    }

    #[test]
    fn a_conversation_needs_an_id_or_participants() {
        for id in ["null", "7", r#""""#, r#""\ud83d""#] {
            let json = format!(
                r#"{{"conversationId":{id},"participants":[{{"sessions":[{{"journeyCustomerSessionId":"s"}}]}}]}}"#
            );
            let conversation = conversation(&json);
            let found = conversation.sessions.first().unwrap();
            assert_eq!((found.id(), found.conversation_id()), ("s", None), "{id}");
        }
        assert_eq!(conversation(r#"{"conversationId":"c"}"#).sessions, []);
        for json in ["{}", "[]", "null", r#"{"message":"m","status":404}"#] {
            let other = decode::single::<Conversation>(json.as_bytes());
            assert!(other.is_err(), "{json}");
        }
    }
}
