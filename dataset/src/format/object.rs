//! JSON objects, read one level at a time: a value that can't be decoded doesn't fail its neighbours.

use journey_events::model::{Member, members};

/// An object's members, as their JSON.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    json: &'a str,
    members: Vec<Member<'a>>,
    /// Objects within, once read: several columns are in the same one.
    objects: Vec<Within<'a>>,
}

#[derive(Debug)]
struct Within<'a> {
    name: &'static str,
    object: Object<'a>,
    /// Whether it is of the object that was read last.
    is_current: bool,
}

impl<'a> Object<'a> {
    /// Reads an object in place of the one before; of any other JSON, an empty one.
    ///
    /// The same JSON isn't read again: the events of a session repeat those of its browser and location.
    pub(super) fn replace(&mut self, json: &'a str) {
        if self.json != json {
            self.json = json;
            self.members = members(json).unwrap_or_default();
            for within in &mut self.objects {
                within.is_current = false;
            }
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
        find(&self.members, name)
    }

    fn object(&mut self, name: &'static str) -> Option<&mut Self> {
        let objects = &mut self.objects;
        let read = objects.iter().position(|within| within.name == name);
        let index = read.unwrap_or_else(|| {
            objects.push(Within {
                name,
                object: Self::default(),
                is_current: false,
            });
            objects.len() - 1
        });
        let within = objects.get_mut(index)?;
        if !within.is_current {
            within
                .object
                .replace(find(&self.members, name).unwrap_or_default());
            within.is_current = true;
        }
        Some(&mut within.object)
    }
}

/// Returns the JSON of the last member of this name, unless it is null.
fn find<'a>(members: &[Member<'a>], name: &str) -> Option<&'a str> {
    let member = members.iter().rev().find(|member| member.name == name)?;
    Some(member.json).filter(|json| *json != "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Object<'_> {
        let mut object = Object::default();
        object.replace(json);
        object
    }

    #[test]
    fn members_are_found_by_path() {
        let mut object = read(r#"{"a":{"b":{"c":1},"d":[2]},"e":null,"f":"g"}"#);
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
    fn objects_within_are_those_of_the_object_that_was_read_last() {
        let mut object = read(r#"{"a":{"b":{"c":1}},"d":{"e":2}}"#);
        assert_eq!(object.at(&["a", "b", "c"]), Some("1"));
        assert_eq!(object.at(&["d", "e"]), Some("2"));
        for (json, c, e) in [
            (r#"{"a":{"b":{"c":3}},"d":{"e":2}}"#, Some("3"), Some("2")),
            (r#"{"a":{"b":{"c":3}, "f":0}}"#, Some("3"), None),
            ("", None, None),
            (r#"{"d":{"e":2},"a":{"b":{"c":1}}}"#, Some("1"), Some("2")),
        ] {
            object.replace(json);
            assert_eq!(object.at(&["a", "b", "c"]), c, "{json}");
            assert_eq!(object.at(&["d", "e"]), e, "{json}");
        }
    }

    #[test]
    fn values_and_names_that_cannot_be_decoded_hide_no_other_member() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let json = format!(
            r#"{{"\ud800":1,"a":"\ud800","b":1e999,"c":{deep},"d\u0065":{{"\udfff":{{}},"f":2}}}}"#
        );
        let mut object = read(&json);
        assert_eq!(object.at(&["de", "f"]), Some("2"));
        assert_eq!(object.at(&["b"]), Some("1e999"));
    }

    #[test]
    fn the_last_of_several_members_with_the_same_name_counts() {
        let mut object = read(r#"{"a":{"b":1},"a":{"c":2},"d":1,"d":null}"#);
        assert_eq!(object.at(&["a", "b"]), None);
        assert_eq!(object.at(&["a", "c"]), Some("2"));
        assert_eq!(object.at(&["d"]), None);
    }

    #[test]
    fn other_json_has_no_members() {
        for json in ["", "[1]", r#""a""#, "1", "null", r#"{"a":1"#] {
            assert_eq!(read(json).at(&["a"]), None, "{json}");
        }
    }
}
