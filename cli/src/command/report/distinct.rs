//! Distinct values, of which the first are listed and the rest counted.

use std::collections::HashSet;
use std::hash::Hash;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

/// Distinct values in the order they were added. `MOST` are kept to be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Distinct<T: Eq + Hash, const MOST: usize> {
    listed: Vec<T>,
    all: HashSet<T>,
}

impl<T: Eq + Hash, const MOST: usize> Default for Distinct<T, MOST> {
    fn default() -> Self {
        let (listed, all) = (Vec::new(), HashSet::new());
        Self { listed, all }
    }
}

impl<T: Clone + Eq + Hash, const MOST: usize> Distinct<T, MOST> {
    /// Adds a value, unless it is there.
    pub(super) fn add(&mut self, value: &T) {
        if self.all.contains(value) {
            return;
        }
        self.all.insert(value.clone());
        if self.listed.len() < MOST {
            self.listed.push(value.clone());
        }
    }

    /// Adds the values of another list, in its order.
    pub(super) fn add_all(&mut self, other: &Self) {
        for value in &other.listed {
            self.add(value);
        }
        for value in &other.all {
            if !self.all.contains(value) {
                self.all.insert(value.clone());
            }
        }
    }
}

impl<T: Serialize + Eq + Hash, const MOST: usize> Serialize for Distinct<T, MOST> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Distinct", 2)?;
        fields.serialize_field("values", &self.listed)?;
        fields.serialize_field("more", &(self.all.len() - self.listed.len()))?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_values_are_listed_and_the_rest_counted() {
        let mut some = Distinct::<_, 2>::default();
        for value in ["a", "b", "a", "c", "d", "b"] {
            some.add(&value);
        }
        assert_eq!(json!(some), json!({"values": ["a", "b"], "more": 2}));
        let mut others = Distinct::default();
        others.add(&"z");
        others.add_all(&some);
        assert_eq!(json!(others), json!({"values": ["z", "a"], "more": 3}));
    }
}
