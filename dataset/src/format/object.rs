//! JSON objects, read one level at a time: a value that can't be decoded doesn't fail its neighbours.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// An object's members, as their JSON.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    members: Vec<(Name<'a>, &'a str)>,
    /// Objects within, once read: several columns are in the same one.
    objects: Vec<(&'static str, Self)>,
}

impl<'a> Object<'a> {
    /// Reads an object; of any other JSON, an empty one.
    ///
    /// `serde_json` scans a value that is kept as text without decoding it, and without recursion.
    pub(super) fn read(json: &'a str) -> Self {
        let members = serde_json::Deserializer::from_str(json).deserialize_map(MembersVisitor);
        Self {
            members: members.unwrap_or_default(),
            objects: Vec::new(),
        }
    }

    /// Returns the JSON of the member at a path of names; `None` if it is absent or null.
    pub(super) fn at(&mut self, path: &[&'static str]) -> Option<&'a str> {
        match path {
            [] => None,
            [name] => self.member(name),
            [name, rest @ ..] => self.object(name)?.at(rest),
        }
    }

    /// Returns the JSON of a member; `None` if it is absent or null.
    ///
    /// The last of several members with the same name counts.
    pub(super) fn member(&self, name: &str) -> Option<&'a str> {
        let mut members = self.members.iter().rev();
        let (_, json) = members.find(|(found, _)| *found.0 == *name.as_bytes())?;
        Some(*json).filter(|json| *json != "null")
    }

    fn object(&mut self, name: &'static str) -> Option<&mut Self> {
        let read = self.objects.iter().position(|(found, _)| *found == name);
        let index = read.unwrap_or_else(|| {
            let object = self.member(name).map(Self::read).unwrap_or_default();
            self.objects.push((name, object));
            self.objects.len() - 1
        });
        self.objects.get_mut(index).map(|(_, object)| object)
    }
}

struct MembersVisitor;

impl<'a> Visitor<'a> for MembersVisitor {
    type Value = Vec<(Name<'a>, &'a str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::new();
        while let Some((name, json)) = map.next_entry::<Name<'a>, &'a RawValue>()? {
            members.push((name, json.get()));
        }
        Ok(members)
    }
}

/// A member's name. As bytes, `serde_json` passes on any name, also with half of a surrogate pair.
#[derive(Debug)]
struct Name<'a>(Cow<'a, [u8]>);

impl<'a> Deserialize<'a> for Name<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'a> Visitor<'a> for NameVisitor {
            type Value = Name<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_bytes<E>(self, name: &'a [u8]) -> Result<Name<'a>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_bytes<E>(self, name: &[u8]) -> Result<Name<'a>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_bytes(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_path() {
        let mut object = Object::read(r#"{"a":{"b":{"c":1},"d":[2]},"e":null,"f":"g"}"#);
        for (path, json) in [
            (&["a", "b", "c"][..], Some("1")),
            (&["a", "d"], Some("[2]")),
            (&["a", "b"], Some(r#"{"c":1}"#)),
            (&["e"], None),
            (&["e", "x"], None),
            (&["f"], Some(r#""g""#)),
            (&["f", "x"], None),
            (&["a", "d", "x"], None),
            (&["x"], None),
            (&[], None),
        ] {
            assert_eq!(object.at(path), json, "{path:?}");
        }
    }

    #[test]
    fn values_and_names_that_cannot_be_decoded_hide_no_other_member() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let json = format!(
            r#"{{"\ud800":1,"a":"\ud800","b":1e999,"c":{deep},"d\u0065":{{"\udfff":{{}},"f":2}}}}"#
        );
        let mut object = Object::read(&json);
        assert_eq!(object.at(&["de", "f"]), Some("2"));
        assert_eq!(object.at(&["b"]), Some("1e999"));
    }

    #[test]
    fn the_last_of_several_members_with_the_same_name_counts() {
        let mut object = Object::read(r#"{"a":{"b":1},"a":{"c":2},"d":1,"d":null}"#);
        assert_eq!(object.at(&["a", "b"]), None);
        assert_eq!(object.at(&["a", "c"]), Some("2"));
        assert_eq!(object.at(&["d"]), None);
    }

    #[test]
    fn other_json_has_no_members() {
        for json in ["", "[1]", r#""a""#, "1", "null", r#"{"a":1"#] {
            assert_eq!(Object::read(json).at(&["a"]), None, "{json}");
        }
    }
}
