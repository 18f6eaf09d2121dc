//! Counts what happened in the model walks, to fail if a case was never covered.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub(super) struct Coverage(Arc<Mutex<BTreeMap<String, u64>>>);

impl Coverage {
    pub(super) fn record(&self, name: &str) {
        let mut counts = self.0.lock().unwrap();
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(counts.insert(name.to_owned(), 1)),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.lock().unwrap().contains_key(name)
    }
}

/// One line per name, with its count.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in &*self.0.lock().unwrap() {
            writeln!(f, "{count:>9}  {name}")?;
        }
        Ok(())
    }
}
