//! What happened, to which session, and what to do next.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::time::Duration;

use journey_events::{Checkpoint, CheckpointState, Error, ErrorKind, Stats};
use journey_events_emulator::StartError;

use super::duration::rounded;
use super::shell::quoted;
#[cfg(feature = "sync")]
use crate::features;

/// Whether an interrupted run can be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resume {
    /// With `journey-events events`.
    Possible,
    /// The service ends with the program, or the command has no way to resume.
    Pointless,
}

/// Describes a session that failed after `events` written events. `step` says what to do, if that is
/// known better than from the error.
pub(crate) fn failure(session: &str, error: &Error, events: u64, step: Option<&str>) -> String {
    let mut text = reason(session, error);
    if let Some(message) = error.service_message() {
        let _ = write!(text, "\n  the service says: {message}");
    }
    let _ = write!(
        text,
        "\n  written: {} from this session",
        count(events, "event")
    );
    let step = step.map_or_else(|| next_step(error), ToOwned::to_owned);
    let _ = write!(text, "\n  next: {step}");
    text
}

/// Says which session failed, and why.
pub(crate) fn reason(session: &str, error: &Error) -> String {
    let mut text = with_causes(error);
    if !text.contains(session) {
        text.insert_str(0, &format!("session {session}: "));
    }
    text
}

/// Describes settings that aren't enough for a client.
pub(crate) fn settings(error: &Error) -> String {
    format!(
        "{}\n  next: set GENESYSCLOUD_REGION or --region (or --base-url), and either \
         GENESYSCLOUD_ACCESS_TOKEN or both GENESYSCLOUD_OAUTHCLIENT_ID and \
         GENESYSCLOUD_OAUTHCLIENT_SECRET; or set --profile; see `journey-events events --help`",
        with_causes(error)
    )
}

/// Describes a profile that can't be used.
pub(crate) fn profile(problem: &str) -> String {
    format!(
        "{problem}\n  next: fix it in ~/.gc/config.toml, choose another with --profile, or drop \
         --profile and set the GENESYSCLOUD_* variables"
    )
}

/// Warns that other programs' requests don't count.
#[cfg(feature = "sync")]
pub(crate) fn quota_not_shared(error: &journey_events_dataset::quota::QuotaError) -> String {
    format!(
        "counting only this program's requests, since the quota can't be shared: {}\n  next: fix it, \
         or set --share-quota off (and a lower --quota if other programs use the same OAuth client)",
        with_causes(error)
    )
}

/// Describes an invalid request; nothing was sent.
pub(crate) fn invalid_request(session: &str, error: &Error) -> String {
    format!(
        "session {session}: {}\n  next: {}",
        with_causes(error),
        next_step(error)
    )
}

/// Describes a failed request other than for a session's events.
pub(crate) fn refusal(error: &Error) -> String {
    let mut text = with_causes(error);
    if let Some(message) = error.service_message() {
        let _ = write!(text, "\n  the service says: {message}");
    }
    let _ = write!(text, "\n  next: {}", next_step(error));
    text
}

/// Describes a dataset that can't be used. Its errors say what to do.
#[cfg(feature = "sync")]
pub(crate) fn dataset(error: &journey_events_dataset::Error) -> String {
    if error.kind() == journey_events_dataset::ErrorKind::MissingFeature {
        return features::with_advice(error);
    }
    let text = error.to_string();
    let causes = with_causes(error);
    // The causes first, then what to do.
    match text.split_once("; next: ") {
        Some((problem, next)) => {
            let causes = causes.strip_prefix(&text).unwrap_or_default();
            format!("{problem}{causes}\n  next: {next}")
        }
        None => causes,
    }
}

/// Describes an emulator that didn't start.
pub(crate) fn emulator(error: &StartError) -> String {
    format!("can't start the emulator: {}", with_causes(error))
}

/// Sums up a run.
pub(crate) fn summary(events: u64, stats: &Stats, time: Duration, failed: usize) -> String {
    let mut text = format!(
        "{}, {}, {}, {:.2} seconds",
        count(events, "event"),
        count(stats.pages, "page"),
        count(stats.requests, "request"),
        time.as_secs_f64()
    );
    if failed > 0 {
        let _ = write!(text, "; {} failed", count(failed as u64, "session"));
    }
    text
}

fn next_step(error: &Error) -> String {
    let step = kind_step(error);
    match error.correlation_id() {
        Some(id) => format!("{step}; Genesys support can look up the request by its id {id}"),
        None => step,
    }
}

/// Says what to do about errors of this kind.
pub(crate) fn kind_step(error: &Error) -> String {
    let step = match error.kind() {
        ErrorKind::InvalidInput => "fix it; see `journey-events --help`",
        ErrorKind::Unauthorized => {
            "check GENESYSCLOUD_ACCESS_TOKEN, or the profile's: the token may have expired or belong to \
             another region"
        }
        ErrorKind::Login => {
            "check GENESYSCLOUD_OAUTHCLIENT_ID, GENESYSCLOUD_OAUTHCLIENT_SECRET and the region \
             (and --login-url, if set)"
        }
        ErrorKind::Forbidden => {
            "give the OAuth client, or the token's user, a role with that permission; see \
             `journey-events doctor`"
        }
        ErrorKind::NotFound => "check the id and the region",
        ErrorKind::Shifting => {
            "run it again; conversations of an interval that has ended shift less"
        }
        ErrorKind::RateLimited => {
            let wait = error.retry_after().map_or_else(
                || "wait a minute".to_owned(),
                |wait| format!("wait {}", rounded(wait)),
            );
            return format!(
                "{wait}, then resume; if it persists, lower --quota: other programs may share the \
                 OAuth client's quota"
            );
        }
        ErrorKind::CursorRejected => {
            "check that --after is a cursor of this session for the same --event-type, or leave out \
             --after"
        }
        ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Transport => "try again later",
        ErrorKind::Connect => {
            "check the network, the proxy (HTTPS_PROXY) and the region or --base-url, then try again"
        }
        ErrorKind::Certificate => {
            "check --base-url, and whether something on the network replaces the certificate"
        }
        ErrorKind::TooLarge => "request smaller pages with --limit, or a shorter --interval",
        ErrorKind::MalformedEvent => {
            "skip such events with --skip-malformed (of `events` and `sync`), and report them to Genesys \
             support"
        }
        ErrorKind::UnexpectedResponse => {
            "check that --base-url points to the Genesys Cloud API, not to a gateway's own page"
        }
        // Faults of the service, and kinds that a later library adds.
        _ => "try again later; if it persists, contact Genesys support",
    };
    step.to_owned()
}

/// Appends how to resume a session that began after a cursor, or at its beginning. A cursor belongs to a
/// whole page, so some events may be repeated.
pub(crate) fn push_resume(
    text: &mut String,
    session: &str,
    checkpoint: Option<&Checkpoint>,
    after: Option<&str>,
    follow: bool,
) {
    let is_done = checkpoint.is_some_and(|checkpoint| checkpoint.state() == CheckpointState::Done);
    if is_done && !follow {
        text.push_str("\n  resume: nothing to do, this session is complete");
        return;
    }
    let _ = write!(
        text,
        "\n  resume: journey-events events {}",
        quoted(session)
    );
    if follow {
        text.push_str(" --follow");
    }
    if let Some(cursor) = checkpoint.and_then(Checkpoint::cursor).or(after) {
        let _ = write!(text, " --after={}", quoted(cursor));
    }
    text.push_str(" (with your other options)");
    match checkpoint.map_or(0, Checkpoint::yielded) {
        0 => {}
        repeated => {
            let repeated = count(repeated as u64, "event");
            let _ = write!(
                text,
                "; it stopped within a page, and cursors mark only the start of a page, so the last \
                 {repeated} written will be repeated"
            );
        }
    }
}

fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

/// Returns the number with its noun, in the plural unless it is one.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
