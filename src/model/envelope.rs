//! The fields that every event has.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::part::part;

part! {
    /// The session an event belongs to, as the event names it.
    EventSession {
        /// Id.
        id: String,
        /// Path of the session.
        self_uri: String,
        /// Type, such as `web` or `app`.
        r#type: String,
        /// Name, first published form only.
        name: String,
    }
}

/// The fields that every event has, whatever its type; the session is left to be read when asked for.
#[derive(Clone, Default)]
pub(crate) struct Envelope {
    pub(super) id: Option<Box<str>>,
    pub(super) correlation_id: Option<Box<str>>,
    pub(super) customer_id: Option<Box<str>>,
    pub(super) customer_id_type: Option<Box<str>>,
    pub(super) event_type: Box<str>,
    pub(super) created_date: Option<Box<str>>,
}

impl<'de> Deserialize<'de> for Envelope {
    /// By hand, so that of a key given twice the last one counts, as in the official SDKs.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "camelCase")]
        enum Field {
            Id,
            CorrelationId,
            CustomerId,
            CustomerIdType,
            EventType,
            CreatedDate,
            #[serde(other)]
            Other,
        }

        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Envelope;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Envelope, M::Error> {
                let mut envelope = Envelope::default();
                let mut event_type: Option<Box<str>> = None;
                while let Some(field) = map.next_key()? {
                    match field {
                        Field::Id => envelope.id = map.next_value()?,
                        Field::CorrelationId => envelope.correlation_id = map.next_value()?,
                        Field::CustomerId => envelope.customer_id = map.next_value()?,
                        Field::CustomerIdType => envelope.customer_id_type = map.next_value()?,
                        Field::EventType => event_type = map.next_value()?,
                        Field::CreatedDate => envelope.created_date = map.next_value()?,
                        Field::Other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                envelope.event_type =
                    event_type.ok_or_else(|| serde::de::Error::missing_field("eventType"))?;
                Ok(envelope)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
