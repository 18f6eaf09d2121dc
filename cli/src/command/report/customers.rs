//! Which sessions belong to the same customer.

use serde::Serialize;

use super::person::Person;
use super::session::Session;
use super::text::display_text;

/// A customer and their sessions, by number.
#[derive(Debug, Serialize)]
pub(super) struct Customer {
    #[serde(flatten)]
    person: Person,
    sessions: Vec<usize>,
    /// Everyone that one of the sessions is of; they are the same person.
    #[serde(skip)]
    aliases: Vec<Person>,
}

/// Groups sessions by customer, in the order of their first sessions. A session whose customer is unknown
/// is one of its own. All are of one customer if they were requested for one `contact`.
pub(super) fn of(sessions: &[Session], contact: Option<&str>) -> Vec<Customer> {
    let people = sessions.iter().map(|session| &session.person);
    match contact {
        Some(contact) if !sessions.is_empty() => vec![of_contact(contact, people)],
        _ => group(people),
    }
}

fn of_contact<'a>(contact: &str, people: impl Iterator<Item = &'a Person>) -> Customer {
    let mut person = Person {
        id: display_text(contact),
        id_type: "contact".to_owned(),
        ..Person::default()
    };
    let mut sessions = Vec::new();
    for (number, one) in people.enumerate() {
        person.complete(one);
        sessions.push(number);
    }
    Customer {
        person,
        sessions,
        aliases: Vec::new(),
    }
}

fn group<'a>(people: impl Iterator<Item = &'a Person>) -> Vec<Customer> {
    let mut customers: Vec<Customer> = Vec::new();
    for (number, person) in people.enumerate() {
        let is_theirs =
            |customer: &mut Customer| customer.aliases.iter().any(|alias| alias.is(person));
        // One session can show that two customers are the same.
        let mut same = customers.extract_if(.., is_theirs);
        let mut customer = same.next().unwrap_or_else(|| Customer {
            person: Person::default(),
            sessions: Vec::new(),
            aliases: Vec::new(),
        });
        for other in same {
            customer.person.complete(&other.person);
            customer.sessions.extend(other.sessions);
            customer.aliases.extend(other.aliases);
        }
        customer.person.complete(person);
        customer.sessions.push(number);
        customer.aliases.push(person.clone());
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
    use super::*;

    fn person(id: &str, email: &str) -> Person {
        Person {
            id: id.to_owned(),
            email: email.to_owned(),
            ..Person::default()
        }
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
        ] {
            let people: Vec<_> = people.iter().map(|(id, email)| person(id, email)).collect();
            let contact = of_contact("k", people.iter());
            assert_eq!(contact.sessions.len(), people.len());
            assert_eq!(contact.person.id, "k");
            assert_eq!(contact.person.email.is_empty(), people[1].email.is_empty());
            let grouped = group(people.iter());
            let grouped: Vec<_> = grouped.into_iter().map(|one| one.sessions).collect();
            assert_eq!(grouped, expected, "{people:?}");
        }
    }
}
