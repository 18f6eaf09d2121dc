//! Which sessions belong to the same customer.

use serde::Serialize;

use super::facts::Facts;
use super::person::Person;
use super::session::Session;

/// A customer and their sessions, by number.
#[derive(Debug, Default, Serialize)]
pub(super) struct Customer {
    #[serde(flatten)]
    person: Person,
    sessions: Vec<usize>,
    /// What all sessions say of the visitor.
    facts: Facts,
}

impl Customer {
    fn add(&mut self, session: usize, person: &Person) {
        self.person.complete(person);
        self.sessions.push(session);
    }
}

/// Groups sessions by customer, in the order of their first sessions. A session whose customer is unknown
/// is one of its own. All are of one customer if they were requested for one `contact`.
pub(super) fn of(sessions: &[Session], contact: Option<&str>) -> Vec<Customer> {
    let people = sessions.iter().map(|session| &session.person);
    let mut customers = match contact {
        Some(contact) if !sessions.is_empty() => vec![of_contact(contact, people)],
        _ => group(people),
    };
    for customer in &mut customers {
        let theirs = customer.sessions.iter();
        for session in theirs.filter_map(|number| sessions.get(*number)) {
            customer.facts.add_all(&session.facts);
        }
    }
    customers
}

fn of_contact<'a>(contact: &str, people: impl Iterator<Item = &'a Person>) -> Customer {
    let mut customer = Customer {
        person: Person::contact(contact),
        ..Customer::default()
    };
    for (number, person) in people.enumerate() {
        customer.add(number, person);
    }
    customer
}

fn group<'a>(people: impl Iterator<Item = &'a Person>) -> Vec<Customer> {
    let mut customers: Vec<Customer> = Vec::new();
    for (number, person) in people.enumerate() {
        // One session can show that two customers are the same.
        let mut same = customers.extract_if(.., |customer| customer.person.is(person));
        let mut customer = same.next().unwrap_or_default();
        for other in same {
            customer.person.complete(&other.person);
            customer.sessions.extend(other.sessions);
        }
        customer.add(number, person);
        customers.push(customer);
    }
    for customer in &mut customers {
        customer.sessions.sort_unstable();
    }
    customers.sort_by_key(|customer| customer.sessions.first().copied());
    customers
}

#[cfg(test)]
mod tests {
    use journey_events::Event;
    use serde_json::json;

    use super::*;
    use crate::command::report::body::Body;

    fn person(id: &str, email: &str) -> Person {
        let event = json!({"eventType": "x", "customerId": id}).to_string();
        let body = json!({"traits": {"email": {"value": email}}});
        Person::of(&Event::from_json(&event).unwrap(), &Body(&body))
    }

    #[test]
    fn sessions_with_the_same_id_or_email_are_of_one_customer() {
        for (people, expected) in [
            (
                vec![("a", ""), ("b", ""), ("a", "")],
                vec![vec![0, 2], vec![1]],
            ),
            (vec![("a", "x@y"), ("b", "X@y")], vec![vec![0, 1]]),
            (
                vec![("a", ""), ("b", "x@y"), ("c", ""), ("a", "x@y")],
                vec![vec![0, 1, 3], vec![2]],
            ),
            (vec![("", ""), ("", "")], vec![vec![0], vec![1]]),
            (
                vec![("a", "x@y"), ("b", ""), ("b", "x@y")],
                vec![vec![0, 1, 2]],
            ),
        ] {
            let people: Vec<_> = people.iter().map(|(id, email)| person(id, email)).collect();
            let contact = of_contact("k", people.iter());
            assert_eq!(contact.sessions.len(), people.len());
            assert_eq!(
                json!(contact)["ids"]["values"][0],
                json!({"type": "contact", "id": "k"})
            );
            let grouped = group(people.iter());
            let grouped: Vec<_> = grouped.into_iter().map(|one| one.sessions).collect();
            assert_eq!(grouped, expected, "{people:?}");
        }
    }
}
