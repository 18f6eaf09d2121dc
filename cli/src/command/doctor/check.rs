//! What the checks found.

use std::fmt::Write as _;

use serde::Serialize;

/// All checks, in the order in which a request passes them.
#[derive(Debug, Default, Serialize)]
pub(super) struct Checks {
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    status: CheckStatus,
    text: String,
    /// What to do about it.
    next: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum CheckStatus {
    Ok,
    Fail,
    Warn,
    /// Not made, because an earlier one failed.
    Skipped,
}

impl Checks {
    pub(super) fn ok(&mut self, name: &'static str, text: &str) {
        self.add(name, CheckStatus::Ok, text);
    }

    /// Adds a check that doesn't fail the others; `text` may end with what to do.
    pub(super) fn warn(&mut self, name: &'static str, text: &str) {
        self.add(name, CheckStatus::Warn, text);
    }

    /// Adds a failed check; `text` may end with what to do.
    pub(super) fn fail(&mut self, name: &'static str, text: &str) {
        self.add(name, CheckStatus::Fail, text);
    }

    pub(super) fn skip(&mut self, name: &'static str, text: &str) {
        self.add(name, CheckStatus::Skipped, text);
    }

    fn add(&mut self, name: &'static str, status: CheckStatus, text: &str) {
        let (text, next) = match text.split_once("\n  next: ") {
            Some((text, next)) => (text, Some(next.to_owned())),
            None => (text, None),
        };
        self.checks.push(Check {
            name,
            status,
            text: text.to_owned(),
            next,
        });
    }

    /// Whether no check failed.
    pub(super) fn passed(&self) -> bool {
        let mut all = self.checks.iter();
        all.all(|check| check.status != CheckStatus::Fail)
    }

    /// Returns a line per check, and what to do below it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let status = match check.status {
                CheckStatus::Ok => "ok",
                CheckStatus::Fail => "fail",
                CheckStatus::Warn => "warn",
                CheckStatus::Skipped => "skip",
            };
            let line_break = if text.is_empty() { "" } else { "\n" };
            let _ = write!(
                text,
                "{line_break}{status:<4}  {}: {}",
                check.name, check.text
            );
            if let Some(next) = &check.next {
                let _ = write!(text, "\n  next: {next}");
            }
        }
        text
    }

    /// Returns one JSON object in a line.
    pub(super) fn json(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("{json}\n")
    }
}
