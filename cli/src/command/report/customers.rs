//! Which sessions belong to the same customer.

use serde::Serialize;

use super::person::Person;
use super::session::Session;

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
/// is one of its own.
pub(super) fn of(sessions: &[Session]) -> Vec<Customer> {
    group(sessions.iter().map(|session| &session.person))
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
            let grouped = group(people.iter());
            let grouped: Vec<_> = grouped.into_iter().map(|one| one.sessions).collect();
            assert_eq!(grouped, expected, "{people:?}");
        }
    }
}
