//! What names a database.

/// Whether a text is the URL of a PostgreSQL database, and not a file.
pub(crate) fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}
