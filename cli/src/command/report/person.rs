//! Who a visitor is, as far as events say.

use journey_events::Event;
use serde::Serialize;

use super::body::Body;
use super::text::display_text;

/// A customer's id and what the site knows about the person. Unknown parts are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Person {
    pub(super) id: String,
    /// What kind of id it is, such as `cookie`.
    #[serde(rename = "type")]
    pub(super) id_type: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
}

impl Person {
    /// Reads the customer's id and the traits of an event.
    pub(super) fn of(event: &Event, body: &Body<'_>) -> Self {
        let trait_of = |names: &[&str]| {
            let mut texts = names
                .iter()
                .map(|name| body.text(&format!("/traits/{name}/value")));
            texts.find(|text| !text.is_empty()).unwrap_or_default()
        };
        let parts = [
            trait_of(&["givenName", "firstName", "first_name"]),
            trait_of(&["familyName", "lastName", "last_name"]),
        ];
        let name = display_text(&parts.join(" "));
        Self {
            id: event.customer_id().map(display_text).unwrap_or_default(),
            id_type: event
                .customer_id_type()
                .map(display_text)
                .unwrap_or_default(),
            name: if name.is_empty() {
                trait_of(&["displayName", "fullName", "name"])
            } else {
                name
            },
            email: trait_of(&["email", "emailAddress", "email_address"]),
            phone: trait_of(&["phone", "phoneNumber", "cellPhone", "homePhone"]),
        }
    }

    /// Takes over the parts that aren't known yet.
    pub(super) fn complete(&mut self, other: &Self) {
        if self.id.is_empty() {
            self.id.clone_from(&other.id);
            self.id_type.clone_from(&other.id_type);
        }
        for (known, new) in [
            (&mut self.name, &other.name),
            (&mut self.email, &other.email),
            (&mut self.phone, &other.phone),
        ] {
            if known.is_empty() {
                known.clone_from(new);
            }
        }
    }

    /// Returns whether two sessions' customers are the same: by id, or by email address.
    pub(super) fn is(&self, other: &Self) -> bool {
        let is_same_id = self.id == other.id && self.id_type == other.id_type;
        let is_same_email = self.email.eq_ignore_ascii_case(&other.email);
        (is_same_id && !self.id.is_empty()) || (is_same_email && !self.email.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_read_from_traits_and_completed_by_later_events() {
        let read = |traits: &str, customer: &str| {
            let json = format!(r#"{{"eventType":"x"{customer}}}"#);
            let body = serde_json::from_str(&format!(r#"{{"traits":{{{traits}}}}}"#)).unwrap();
            Person::of(&Event::from_json(&json).unwrap(), &Body(&body))
        };
        let mut person = read("", r#","customerId":"c","customerIdType":"cookie""#);
        person.complete(&read(
            r#""givenName":{"value":"Kim"},"familyName":{"value":"Doe"},"email":{"value":"k@a.example"},"phone":7"#,
            r#","customerId":"d""#,
        ));
        person.complete(&read(r#""fullName":{"value":"Another"}"#, ""));
        let expected = Person {
            id: "c".to_owned(),
            id_type: "cookie".to_owned(),
            name: "Kim Doe".to_owned(),
            email: "k@a.example".to_owned(),
            phone: String::new(),
        };
        assert_eq!(person, expected);
        assert!(person.is(&read(r#""email":{"value":"K@A.example"}"#, "")));
        assert!(!person.is(&read("", r#","customerId":"c","customerIdType":"app""#)));
        assert!(!read("", "").is(&read("", "")));
    }
}
