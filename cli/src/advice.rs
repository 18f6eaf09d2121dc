//! What happened, to which session, and what to do next, in words.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use journey_events::{Checkpoint, CheckpointState, Error, ErrorKind, Stats};
use journey_events_emulator::StartError;

use crate::output::Reached;
use crate::profile;
use crate::signals::Signal;

/// Whether there is a way to go on after an early end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restart {
    /// By `journey-events events`.
    Possible,
    /// The service ends with the program.
    Pointless,
}

/// How well it is known how many events were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Exactly,
    /// The last write was still under way.
    AtLeast,
}

/// An end by a signal.
#[derive(Debug)]
pub(crate) struct Interruption {
    pub(crate) signal: Signal,
    pub(crate) known: Known,
    pub(crate) reached: Reached,
    /// The session that was being written.
    pub(crate) session: Option<String>,
    pub(crate) not_begun: usize,
}

impl Interruption {
    pub(crate) fn in_words(self, restart: Restart) -> String {
        let Self {
            signal,
            known,
            reached,
            session,
            not_begun,
        } = self;
        let mut text = format!(
            "ended by {}: {}{} written",
            signal.name(),
            match known {
                Known::Exactly => "",
                Known::AtLeast => "at least ",
            },
            count(reached.events, "event")
        );
        let Some(session) = session else { return text };
        // The lines may all be of the session before.
        let checkpoint = reached
            .checkpoint
            .filter(|place| place.session_id() == session);
        let of_session = checkpoint.as_ref().map_or(0, |_| reached.events_of_session);
        let _ = write!(text, ", {of_session} of them of session {session}");
        if restart == Restart::Possible {
            go_on(&mut text, &session, checkpoint.as_ref());
            if not_begun > 0 {
                let left = count(not_begun as u64, "session");
                let _ = write!(text, "\n  not begun: the last {left}");
            }
        }
        text
    }
}

/// A session that failed after `events` written events.
pub(crate) fn failure(session: &str, error: &Error, events: u64, restart: Restart) -> String {
    let mut text = with_sources(error);
    if !text.contains(session) {
        text.insert_str(0, &format!("session {session}: "));
    }
    if let Some(message) = error.service_message() {
        let _ = write!(text, "\n  the service says: {message}");
    }
    let _ = write!(
        text,
        "\n  written: {} of this session",
        count(events, "event")
    );
    let _ = write!(text, "\n  next: {}", next_step(error));
    if restart == Restart::Possible && events > 0 {
        go_on(&mut text, session, error.checkpoint());
    }
    text
}

/// Settings that no client can be made of.
pub(crate) fn settings(error: &Error) -> String {
    format!(
        "{}\n  next: correct it; needed are GENESYSCLOUD_REGION or --region (or --base-url), and either \
         GENESYSCLOUD_ACCESS_TOKEN or both of GENESYSCLOUD_OAUTHCLIENT_ID and \
         GENESYSCLOUD_OAUTHCLIENT_SECRET; `journey-events events --help` says more",
        with_sources(error)
    )
}

/// A profile that no client can be made of.
pub(crate) fn profile(problem: &str) -> String {
    format!(
        "{problem}\n  next: correct it in {}, name another with --profile, or leave it away and set the \
         GENESYSCLOUD_* variables",
        profile::place().display()
    )
}

/// A request that is not allowed; nothing was sent.
pub(crate) fn not_allowed(session: &str, error: &Error) -> String {
    format!(
        "session {session}: {}\n  next: {}",
        with_sources(error),
        next_step(error)
    )
}

/// What the service refused, beside a session's events.
pub(crate) fn refusal(error: &Error) -> String {
    let mut text = with_sources(error);
    if let Some(message) = error.service_message() {
        let _ = write!(text, "\n  the service says: {message}");
    }
    let _ = write!(text, "\n  next: {}", next_step(error));
    text
}

/// An emulator that didn't start.
pub(crate) fn no_emulator(error: &StartError) -> String {
    format!("the emulator didn't start: {}", with_sources(error))
}

/// Stdout that can't be written to.
pub(crate) fn unwritable(session: &str, error: &io::Error, reached: &Reached) -> String {
    format!(
        "session {session}: stdout can't be written to: {error}\n  written: at least {}; the last \
         line may be cut short\n  next: make room or write elsewhere, and run it again",
        count(reached.events, "event")
    )
}

/// What a run came to.
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
    let advice = match error.kind() {
        ErrorKind::InvalidInput => {
            "correct it; `journey-events events --help` says what is allowed"
        }
        ErrorKind::Unauthorized => {
            "check GENESYSCLOUD_ACCESS_TOKEN: the token may have ended, or be of another region"
        }
        ErrorKind::Login => {
            "check GENESYSCLOUD_OAUTHCLIENT_ID, GENESYSCLOUD_OAUTHCLIENT_SECRET and the region \
             (and --login-url, if given)"
        }
        ErrorKind::Forbidden => {
            "give the OAuth client, or the token's user, a role with the permission \
             journey:event:view"
        }
        ErrorKind::NotFound => "check the session id, and that the region is the one it is in",
        ErrorKind::RateLimited => {
            let wait = error.retry_after().map_or_else(
                || "wait a minute".to_owned(),
                |wait| format!("wait {} seconds", wait.as_secs_f64().ceil()),
            );
            return format!(
                "{wait}, then go on; if it comes again, lower --quota: other programs share the \
                 OAuth client's quota"
            );
        }
        ErrorKind::CursorRejected => {
            "check that --after is a cursor of this session, for the same --event-type; else start \
             again without it"
        }
        ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Transport => "try again later",
        ErrorKind::Connect => {
            "check the network, the proxy (HTTPS_PROXY) and the region or --base-url, and try again"
        }
        ErrorKind::Certificate => {
            "check that --base-url is right and that nothing on the way replaces the certificate"
        }
        ErrorKind::TooLarge => "ask for smaller pages with --limit",
        ErrorKind::MalformedEvent => {
            "tell Genesys support; a program can go on past the event with Checkpoint::skip of the \
             journey-events library"
        }
        ErrorKind::UnexpectedResponse => {
            "check that --base-url leads to the Genesys Cloud API and not to a gateway's own page"
        }
        // Also what only a fault of the service explains, and kinds of a later library.
        _ => "try again later; if it stays, tell Genesys support",
    };
    match error.correlation_id() {
        Some(id) => format!("{advice}; Genesys support finds the request by {id}"),
        None => advice.to_owned(),
    }
}

/// Adds how to go on. A cursor is of a whole page, so some events may come again.
fn go_on(text: &mut String, session: &str, checkpoint: Option<&Checkpoint>) {
    if checkpoint.is_some_and(|place| place.state() == CheckpointState::Done) {
        text.push_str("\n  go on: all of this session is written");
        return;
    }
    let _ = write!(text, "\n  go on: journey-events events {session}");
    if let Some(cursor) = checkpoint.and_then(Checkpoint::cursor) {
        let _ = write!(text, " --after {}", quoted(cursor));
    }
    text.push_str(" (and the other options as before)");
    match checkpoint.map_or(0, Checkpoint::yielded) {
        0 => {}
        again => {
            let again = count(again as u64, "event");
            let _ = write!(
                text,
                "; it ended within a page and a cursor is where a page begins, so the last {again} \
                 written will come again"
            );
        }
    }
}

/// The text as one word of a shell.
fn quoted(cursor: &str) -> String {
    format!("'{}'", cursor.replace('\'', r"'\''"))
}

fn with_sources(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
