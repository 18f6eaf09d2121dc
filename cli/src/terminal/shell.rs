//! Text for a POSIX shell.

/// Quotes text as one shell word.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
