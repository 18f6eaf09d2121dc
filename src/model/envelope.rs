//! The fields that every event has.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::part::part;
use crate::decode::lenient::Lenient;

part! {
    /// The session that an event belongs to.
    EventSession {
        /// Id.
        id: String,
        /// Path of the session.
        self_uri: String,
        /// Type, such as `web` or `app`.
        r#type: String,
        /// Name; first published form only.
        name: String,
    }
}

/// The fields that every event has, whatever its type. The session is decoded on demand.
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
    /// By hand, so that of several fields with the same name the last counts, as in the official SDKs.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "camelCase")]
        enum Name {
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
                while let Some(name) = map.next_key()? {
                    let field = match name {
                        Name::Id => &mut envelope.id,
                        Name::CorrelationId => &mut envelope.correlation_id,
                        Name::CustomerId => &mut envelope.customer_id,
                        Name::CustomerIdType => &mut envelope.customer_id_type,
                        Name::EventType => &mut event_type,
                        Name::CreatedDate => &mut envelope.created_date,
                        Name::Other => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    Lenient(*field) = map.next_value()?;
                }
                envelope.event_type =
                    event_type.ok_or_else(|| serde::de::Error::missing_field("eventType"))?;
                Ok(envelope)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
