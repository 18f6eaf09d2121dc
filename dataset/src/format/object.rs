//! JSON objects, read one level at a time: a value that can't be decoded doesn't fail its neighbours.

use journey_events::model::{Member, members};

/// An object's members, as their JSON.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    members: Vec<Member<'a>>,
    /// Objects within, once read: several columns are in the same one.
    objects: Vec<(&'static str, Self)>,
}

impl<'a> Object<'a> {
    /// Reads an object; of any other JSON, an empty one.
    pub(super) fn read(json: &'a str) -> Self {
        Self {
            members: members(json).unwrap_or_default(),
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
        let member = members.find(|member| member.name == name)?;
        Some(member.json).filter(|json| *json != "null")
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
