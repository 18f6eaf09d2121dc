//! Arguments of suggested commands, quoted for the user's shell.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use os_display::{Quotable, Quoted};
use shell_quote::{Fish, Quote};

/// How a shell's words are quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// sh, bash, zsh, ksh; on Windows PowerShell.
    Native,
    Fish,
    PowerShell,
}

impl Quoting {
    /// Returns that of the shell that the variable `SHELL` names.
    fn of(variable: Option<OsString>) -> Self {
        let path = variable.unwrap_or_default();
        match Path::new(&path).file_stem().and_then(OsStr::to_str) {
            Some("fish") => Self::Fish,
            Some("pwsh") => Self::PowerShell,
            _ => Self::Native,
        }
    }

    fn quoted(self, word: &OsStr) -> String {
        match self {
            Self::Native => word.maybe_quote().to_string(),
            Self::Fish => {
                let bytes: Vec<u8> = Fish::quote(word.as_encoded_bytes());
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Self::PowerShell => Quoted::windows(&word.to_string_lossy())
                .force(false)
                .external(true)
                .to_string(),
        }
    }
}

/// Quotes a text or path as one word for the user's shell, if it needs quotes.
pub(crate) fn quoted(word: impl AsRef<OsStr>) -> String {
    Quoting::of(env::var_os("SHELL")).quoted(word.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_is_the_one_that_the_environment_names() {
        for (variable, quoting) in [
            (Some("/usr/bin/fish"), Quoting::Fish),
            (
                Some("/opt/microsoft/powershell/7/pwsh"),
                Quoting::PowerShell,
            ),
            (Some("/bin/zsh"), Quoting::Native),
            (Some(""), Quoting::Native),
            (None, Quoting::Native),
        ] {
            assert_eq!(Quoting::of(variable.map(OsString::from)), quoting);
        }
    }

    /// What each shell makes of the quoted word is documented in fish's manual ("Quotes") and in
    /// PowerShell's `about_Quoting_Rules`.
    #[test]
    fn fish_and_powershell_quote_in_their_own_way() {
        let word = OsStr::new(r#"it's \' "$HOME""#);
        let by_fish = Quoting::Fish.quoted(word);
        assert!(by_fish.contains(r"\\"), "{by_fish}");
        assert_eq!(Quoting::PowerShell.quoted(word), r#"'it''s \'' \"$HOME\"'"#);
    }

    #[cfg(unix)]
    #[test]
    fn a_posix_shell_reads_back_every_word() {
        use std::os::unix::ffi::OsStrExt;
        use std::process::Command;

        for word in [
            "",
            "plain",
            "two words",
            "it's",
            r"back\slash\'",
            "$HOME `id` $(id) \"!\"",
            "*?[a]{b,c}~#;&|<>()",
            "-rf",
            "Größe 大",
        ] {
            let command = format!("printf %s {}", Quoting::Native.quoted(OsStr::new(word)));
            let output = Command::new("sh").args(["-c", &command]).output().unwrap();
            assert_eq!(OsStr::from_bytes(&output.stdout), word, "{command}");
        }
    }
}
