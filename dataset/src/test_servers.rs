//! Servers that some tests need.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::env;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

/// Set where all servers have to be there, as in `.ci/run`.
const REQUIRED: &str = "JOURNEY_EVENTS_TEST_SERVERS";

/// Returns where a server is: what the variable says. Without it, says that tests are skipped, once for each
/// variable.
///
/// # Panics
///
/// If all servers have to be there.
pub(crate) fn server(variable: &'static str) -> Option<String> {
    static SAID: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    if let Ok(place) = env::var(variable) {
        return Some(place);
    }
    assert!(
        env::var_os(REQUIRED).is_none(),
        "{variable} isn't set, and {REQUIRED} says that no test may be skipped"
    );
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.insert(variable) {
        // Not by a macro, whose text is shown for tests that fail alone.
        let _ = writeln!(
            io::stderr(),
            "skipped: tests that need {variable}; next: run them by `dataset/tests/with-servers \
             target/servers cargo test --all-features`"
        );
    }
    None
}
