//! What this build can do, by the features of the package.

/// The features of the full tool, what each is for, and whether this build has it.
const ALL: [(&str, &str, bool); 4] = [
    ("parquet", "Parquet", cfg!(feature = "parquet")),
    ("sync", "datasets", cfg!(feature = "sync")),
    ("postgres", "PostgreSQL", cfg!(feature = "postgres")),
    ("cloud", "buckets", cfg!(feature = "cloud")),
];

/// Says which feature is needed for what, and how to get it.
#[cfg(not(feature = "sync"))]
pub(crate) fn missing(what: &str, feature: &str) -> String {
    format!(
        "{what} isn't in this build, which lacks the feature `{feature}`\n  next: install one that has it, by \
         `cargo install journey-events-cli --features {feature}`"
    )
}

/// Says what this build lacks; empty if that is nothing.
pub(crate) fn lacks() -> String {
    let missing = ALL.iter().filter(|(_, _, is_built)| !is_built);
    let (names, purposes): (Vec<_>, Vec<_>) =
        missing.map(|(name, purpose, _)| (*name, *purpose)).unzip();
    if names.is_empty() {
        return String::new();
    }
    let (names, purposes) = (names.join(","), purposes.join(", "));
    format!(
        "\n\nThis build lacks: {purposes}. To get all of it:\n  cargo install journey-events-cli --features \
         {names}"
    )
}
