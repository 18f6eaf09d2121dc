//! Events in formats of serde: the exact JSON, or an error.

use std::any::type_name;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::event::Event;
use crate::decode::lenient;

impl Serialize for Event {
    /// Writes the exact JSON; in a binary format, as a string.
    ///
    /// # Errors
    ///
    /// The format is neither JSON by `serde_json` nor binary, the event is flattened, or its body isn't valid
    /// JSON, which would make the document around it invalid.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_str(self.json());
        }
        if !is_from_serde_json::<S>() {
            return Err(S::Error::custom(
                "an event can be serialized as JSON by serde_json and in binary formats, and can't be \
                 flattened; elsewhere, serialize `Event::json` as a field",
            ));
        }
        let json: &RawValue = serde_json::from_str(self.json()).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }
}

/// Whether the serializer is `serde_json`'s own. Any other, such as serde's for flattened fields, would
/// write a `RawValue` as a struct with a marker that only `serde_json` understands.
///
/// serde offers no better way to find out. If the name ever has another form, serializing fails.
fn is_from_serde_json<S>() -> bool {
    let name = type_name::<S>();
    name.trim_start_matches("&mut ").starts_with("serde_json::")
}

impl<'de> Deserialize<'de> for Event {
    /// Reads the exact JSON; in a binary format, from a string.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Event::from_json), or the format doesn't have the exact text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = if deserializer.is_human_readable() {
            let json = Box::<RawValue>::deserialize(deserializer)?;
            Self::from_text(json.get())
        } else {
            let json = lenient::deserialize_text(deserializer)?;
            let json = json.ok_or_else(|| D::Error::custom("expected the text of an event"))?;
            Self::from_text(&json)
        };
        event.map_err(D::Error::custom)
    }
}
