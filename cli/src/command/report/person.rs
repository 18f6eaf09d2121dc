//! Who a visitor is, as far as events say.

use std::collections::HashSet;

use journey_events::Event;
use serde::Serialize;

use super::body::Body;
use super::distinct::Distinct;
use super::text::display_text;

/// Ids, addresses or numbers listed of each kind; the rest are counted.
const MAX_LISTED: usize = 20;

/// Everything that identifies a customer, and what the site knows about the person. Unknown parts are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Person {
    ids: Distinct<Identity, MAX_LISTED>,
    name: String,
    emails: Distinct<String, MAX_LISTED>,
    phones: Distinct<String, MAX_LISTED>,
    /// What no two customers share: their ids and, in lower case, email addresses.
    #[serde(skip)]
    keys: HashSet<Identity>,
}

/// An id and its kind, such as `cookie`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
struct Identity {
    #[serde(rename = "type")]
    id_type: String,
    id: String,
}

impl Identity {
    fn new(id_type: &str, id: &str) -> Self {
        Self {
            id_type: display_text(id_type),
            id: display_text(id),
        }
    }
}

/// The kind of an id that is an email address.
const EMAIL: &str = "email";

impl Person {
    /// A contact, by id.
    pub(super) fn contact(id: &str) -> Self {
        let mut person = Self::default();
        person.add_id(&Identity::new("contact", id));
        person
    }

    /// Reads the customer's id and the traits of an event.
    pub(super) fn of(event: &Event, body: &Body<'_>) -> Self {
        let trait_of = |names: &[&str]| {
            let pointers = names.iter().map(|name| format!("/traits/{name}/value"));
            body.first(&pointers.collect::<Vec<_>>())
        };
        let parts = [
            trait_of(&["givenName", "firstName", "first_name"]),
            trait_of(&["familyName", "lastName", "last_name"]),
        ];
        let name = display_text(&parts.join(" "));
        let mut person = Self {
            name: if name.is_empty() {
                trait_of(&["displayName", "fullName", "name"])
            } else {
                name
            },
            ..Self::default()
        };
        let id_type = event.customer_id_type().unwrap_or_default();
        person.add_id(&Identity::new(
            id_type,
            event.customer_id().unwrap_or_default(),
        ));
        let email = trait_of(&["email", "emailAddress", "email_address"]);
        if !email.is_empty() {
            person.emails.add(&email);
            person
                .keys
                .insert(Identity::new(EMAIL, &email.to_lowercase()));
        }
        let phone = trait_of(&["phone", "phoneNumber", "cellPhone", "homePhone"]);
        if !phone.is_empty() {
            person.phones.add(&phone);
        }
        person
    }

    fn add_id(&mut self, id: &Identity) {
        if id.id.is_empty() {
            return;
        }
        self.ids.add(id);
        let mut key = id.clone();
        if key.id_type == EMAIL {
            key.id = key.id.to_lowercase();
        }
        self.keys.insert(key);
    }

    /// Adds what another event or session says of the same person. The first name stays.
    pub(super) fn complete(&mut self, other: &Self) {
        self.ids.add_all(&other.ids);
        self.emails.add_all(&other.emails);
        self.phones.add_all(&other.phones);
        if self.name.is_empty() {
            self.name.clone_from(&other.name);
        }
        for key in &other.keys {
            if !self.keys.contains(key) {
                self.keys.insert(key.clone());
            }
        }
    }

    /// Returns whether two sessions' customers are the same: by any id or email address.
    pub(super) fn is(&self, other: &Self) -> bool {
        !self.keys.is_disjoint(&other.keys)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(traits: &str, customer: &str) -> Person {
        let json = format!(r#"{{"eventType":"x"{customer}}}"#);
        let body = serde_json::from_str(&format!(r#"{{"traits":{{{traits}}}}}"#)).unwrap();
        Person::of(&Event::from_json(&json).unwrap(), &Body(&body))
    }

    #[test]
    fn a_person_is_read_from_traits_and_completed_by_later_events() {
        let mut person = read("", r#","customerId":"c","customerIdType":"cookie""#);
        person.complete(&read(
            r#""givenName":{"value":"Kim"},"familyName":{"value":"Doe"},"email":{"value":"k@a.example"},"phone":7"#,
            r#","customerId":"d""#,
        ));
        person.complete(&read(r#""fullName":{"value":"Another"}"#, ""));
        let expected = json!({
            "ids": {"values": [{"type": "cookie", "id": "c"}, {"type": "", "id": "d"}], "more": 0},
            "name": "Kim Doe",
            "emails": {"values": ["k@a.example"], "more": 0},
            "phones": {"values": [], "more": 0},
        });
        assert_eq!(json!(person), expected);
    }

    #[test]
    fn people_are_the_same_by_any_of_their_ids_and_email_addresses() {
        let mut person = read("", r#","customerId":"c","customerIdType":"cookie""#);
        person.complete(&read(
            r#""email":{"value":"k@a.example"}"#,
            r#","customerId":"d""#,
        ));
        for (traits, customer, is_same) in [
            ("", r#","customerId":"c","customerIdType":"cookie""#, true),
            ("", r#","customerId":"d""#, true),
            (
                r#""email":{"value":"K@A.example"}"#,
                r#","customerId":"new""#,
                true,
            ),
            (
                "",
                r#","customerId":"K@a.example","customerIdType":"email""#,
                true,
            ),
            ("", r#","customerId":"c","customerIdType":"app""#, false),
            ("", "", false),
        ] {
            assert_eq!(
                person.is(&read(traits, customer)),
                is_same,
                "{traits} {customer}"
            );
        }
        assert!(!read("", "").is(&read("", "")));
    }
}
