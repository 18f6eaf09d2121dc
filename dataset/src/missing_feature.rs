//! What a build lacks, in words.

/// The text of an error about something that a build lacks a feature for, for programs that pass this crate's features on.
#[must_use]
pub fn missing_feature(what: &str, feature: &str) -> String {
    format!("{what} isn't in this build, which lacks the feature `{feature}`")
}
