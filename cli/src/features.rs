//! What this build can do, by the features of the package.

use std::fmt::Display;

/// The features of the full tool, what each is for, and whether this build has it.
const ALL: [(&str, &str, bool); 4] = [
    ("parquet", "Parquet", cfg!(feature = "parquet")),
    ("sync", "datasets", cfg!(feature = "sync")),
    ("postgres", "PostgreSQL", cfg!(feature = "postgres")),
    ("cloud", "buckets", cfg!(feature = "cloud")),
];

/// With all features: fewer would drop those that the program has now.
const INSTALL: &str = "cargo install journey-events-cli --features full";

/// Adds how to get what this build lacks to the error that says what it is.
pub(crate) fn with_advice(error: &impl Display) -> String {
    format!("{error}\n  next: install the full tool, by `{INSTALL}`")
}

/// Says which feature is needed for what, and how to get it.
#[cfg(not(feature = "sync"))]
pub(crate) fn missing(what: &str, feature: &str) -> String {
    with_advice(&journey_events_dataset::missing_feature(what, feature))
}

/// Says what this build lacks; empty if that is nothing.
pub(crate) fn lacks() -> String {
    let missing = ALL.iter().filter(|(_, _, is_built)| !is_built);
    let purposes: Vec<_> = missing.map(|(_, purpose, _)| *purpose).collect();
    if purposes.is_empty() {
        return String::new();
    }
    let purposes = purposes.join(", ");
    format!("\n\nThis build lacks: {purposes}. To get all of it:\n  {INSTALL}")
}
