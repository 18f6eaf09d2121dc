//! What a build lacks, in words.

/// Says which feature is needed for what, and how to get it.
pub(crate) fn text(what: &str, feature: &str) -> String {
    format!(
        "{what} isn't in this build, which lacks the feature `{feature}`; next: install one that has it, by \
         `cargo install journey-events-cli --features {feature}`"
    )
}
