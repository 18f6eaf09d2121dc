//! The members of an object, compared with those that `serde_json` finds.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::members;

/// All members of a valid object are found. Of any other text, what is found is in it, in order.
pub(super) fn assert_members_match(text: &str) {
    let read = members(text);
    // Fails for names that can't be decoded, which `members` leaves out.
    let sent = serde_json::from_str::<Sent>(text);
    let Some(read) = read else {
        assert!(sent.is_err(), "{text}");
        return;
    };
    let mut end = 0;
    for member in &read {
        let start = member.json.as_ptr().addr() - text.as_ptr().addr();
        assert!(start > end && !member.json.is_empty(), "{text}");
        end = start + member.json.len();
    }
    assert!(end <= text.len(), "{text}");
    if let Ok(Sent(sent)) = sent {
        let read = read.iter().map(|member| (&*member.name, member.json));
        let sent = sent.iter().map(|(name, json)| (&**name, *json));
        assert!(read.eq(sent), "{text}");
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
