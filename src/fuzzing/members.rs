//! The members of an object, compared with those that `serde_json` finds.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::members;

/// All members of an object are found, in their order and as sent.
pub(super) fn assert_members_match(text: &str) {
    // Fails for names that can't be decoded, which `members` leaves out.
    let Ok(Sent(sent)) = serde_json::from_str(text) else {
        return;
    };
    let read = members(text).expect("an object has members");
    assert_eq!(read.len(), sent.len(), "{text}");
    for (read, (name, json)) in read.iter().zip(&sent) {
        assert_eq!((&*read.name, read.json), (&**name, *json), "{text}");
    }
}

struct Sent<'a>(Vec<(String, &'a str)>);

impl<'de> Deserialize<'de> for Sent<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SentVisitor;

        impl<'de> Visitor<'de> for SentVisitor {
            type Value = Sent<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Sent<'de>, M::Error> {
                let mut members = Vec::new();
                while let Some((name, json)) = map.next_entry::<String, &RawValue>()? {
                    members.push((name, json.get()));
                }
                Ok(Sent(members))
            }
        }

        deserializer.deserialize_map(SentVisitor)
    }
}
