//! What names a database, and not a file.

/// Whether a text is meant as the URL of a database, and not as a file. One that isn't valid may have a password
/// in it, so no error may repeat it, and it must not become the name of a file.
///
/// ```
/// use journey_events_dataset::is_database_url;
///
/// assert!(is_database_url("postgres:me:secret@host/database"));
/// assert!(!is_database_url("/var/lib/journeys.db"));
/// ```
#[must_use]
pub fn is_database_url(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    text.contains("://") || scheme.to_ascii_lowercase().starts_with("postgres") && scheme != text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_a_password_in_it_is_no_file() {
        for url in [
            "postgres://me:secret@h/d",
            "Postgres://me:secret@h/d",
            "postgresql+x://me:secret@h/d",
            "postgres:me:secret@h/d",
            "mysql://me:secret@h/d",
        ] {
            assert!(is_database_url(url), "{url}");
        }
        for file in [
            "ledger.db",
            "/var/lib/a:b.db",
            "postgres.db",
            "postgres",
            r"C:\ledger.db",
        ] {
            assert!(!is_database_url(file), "{file}");
        }
    }
}
