//! The password file (`~/.pgpass`).

use std::fs::{self, Metadata};
use std::path::Path;

/// The server and account that a password is for.
#[derive(Debug)]
pub(crate) struct Account<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: &'a str,
    pub(crate) database: &'a str,
    pub(crate) user: &'a str,
}

/// Finds the password of an account. A file that is missing, or that others may read, has none.
pub(crate) fn find_password(file: &Path, account: &Account<'_>) -> Option<String> {
    let metadata = fs::metadata(file).ok()?;
    if let Some(cause) = unusable(&metadata) {
        let path = file.display();
        tracing::warn!("the PostgreSQL password file `{path}` is ignored: {cause}");
        return None;
    }
    // A password may be other than UTF-8, which PGPASSWORD doesn't allow either.
    let text = String::from_utf8_lossy(&fs::read(file).ok()?).into_owned();
    text.lines().find_map(|line| password(line, account))
}

fn unusable(metadata: &Metadata) -> Option<&'static str> {
    if !metadata.is_file() {
        return Some("it isn't a file");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if metadata.mode() & 0o077 != 0 {
            return Some("others may read it; next: `chmod 0600` it");
        }
    }
    None
}

/// The password of a line, if the line is the account's.
fn password(line: &str, account: &Account<'_>) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut rest = line;
    for wanted in [account.host, account.port, account.database, account.user] {
        let (field, after) = field(rest)?;
        if field != wanted && rest.split(':').next() != Some("*") {
            return None;
        }
        rest = after;
    }
    let (password, _) = field(rest).unwrap_or_else(|| (unescaped(rest), ""));
    Some(password).filter(|password| !password.is_empty())
}

/// Splits off the first field, without its escapes.
fn field(line: &str) -> Option<(String, &str)> {
    let mut is_escaped = false;
    for (index, letter) in line.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ':' => {
                let (field, after) = line.split_at_checked(index)?;
                return Some((unescaped(field), after.strip_prefix(':')?));
            }
            _ => {}
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            letter => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: Account<'_> = Account {
        host: "db.example.com",
        port: "5432",
        database: "journeys",
        user: "me",
    };

    #[test]
    fn the_first_line_that_matches_has_the_password() {
        for (line, found) in [
            ("db.example.com:5432:journeys:me:secret", Some("secret")),
            ("*:*:*:*:secret", Some("secret")),
            ("*:5432:*:me:sec\\:ret\\\\", Some("sec:ret\\")),
            ("*:*:*:*:secret:and more", Some("secret")),
            ("*:5433:*:me:secret", None),
            ("*:*:*:you:secret", None),
            ("\\*:*:*:me:secret", None),
            ("#*:*:*:me:secret", None),
            ("*:*:*:me:", None),
            ("*:*:*:me", None),
            ("", None),
        ] {
            assert_eq!(password(line, &ACCOUNT).as_deref(), found, "{line}");
        }
        let ipv6 = Account {
            host: "::1",
            ..ACCOUNT
        };
        assert_eq!(password("\\:\\:1:*:*:*:s", &ipv6).as_deref(), Some("s"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_ignored() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgpass");
        assert_eq!(find_password(&file, &ACCOUNT), None, "it is missing");
        fs::write(&file, "other:*:*:*:first\n*:*:*:*:second\n").unwrap();
        for (mode, found) in [
            (0o600, Some("second")),
            (0o400, Some("second")),
            (0o640, None),
        ] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(find_password(&file, &ACCOUNT).as_deref(), found, "{mode:o}");
        }
        assert_eq!(find_password(folder.path(), &ACCOUNT), None);
    }
}
