//! What names a database.

/// Whether a text is meant as the URL of a database, and not as a file. One that isn't valid may have a password
/// in it, so no error of a file may repeat it.
pub(crate) fn is_url(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    text.contains("://") || scheme.to_ascii_lowercase().starts_with("postgres") && scheme != text
}
