//! The checks.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use journey_events::{Client, Error, Waiting};

use super::answer::Answer;
use super::check::Checks;
use super::proxy;
use crate::options::connection::{Connection, ConnectionArgs};
use crate::options::quota::Counted;
use crate::terminal::advice;

/// An id that no session, contact or conversation has.
const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";
/// A clock that is further off misplaces `--since 24h` and dates of the service.
const LARGEST_SKEW: Duration = Duration::from_secs(30);

/// What a permission is needed for.
struct Permission {
    check: &'static str,
    name: &'static str,
    needed_by: &'static str,
}

const EVENTS: Permission = Permission {
    check: "events",
    name: "journey:event:view",
    needed_by: "every command that reads events",
};
const CONTACT_SESSIONS: Permission = Permission {
    check: "contact-sessions",
    name: "externalContacts:session:view",
    needed_by: "--contact and --contacts",
};
const CONVERSATIONS: Permission = Permission {
    check: "conversations",
    name: "analytics:conversationDetail:view",
    needed_by: "--conversation and --interval",
};

/// Makes all checks; `args` are what the connection was made from.
pub(super) async fn run(
    args: &ConnectionArgs,
    connection: &Connection,
    session_id: Option<&str>,
) -> Checks {
    let client = &connection.client;
    let mut checks = Checks::default();
    let base_url = client.base_url();
    let source = match &args.profile {
        Some(name) => format!("profile {name:?}"),
        None => "GENESYSCLOUD_* variables".to_owned(),
    };
    checks.ok("settings", &format!("{base_url}, credentials of {source}"));
    let proxy = proxy::in_use(base_url, connection.proxy.as_deref());
    checks.ok("proxy", &proxy);
    let events = client
        .session_events(UNKNOWN)
        .limit(1)
        .page()
        .await
        .map(drop);
    let answer = Answer::of(&events);
    service(&mut checks, &answer, events.as_ref().err(), base_url);
    let is_permitted = matches!(answer, Answer::NotFound | Answer::Listing);
    if let Some(id) = session_id {
        if is_permitted {
            session(&mut checks, client, id).await;
        } else {
            checks.skip("session", AFTER_FAILURE);
        }
    }
    let has_token = is_permitted || answer == Answer::PermissionMissing;
    if has_token && client.activity().permits_left != Some(0) {
        contact_sessions(&mut checks, client).await;
        conversations(&mut checks, client).await;
        clock(&mut checks, client);
    } else {
        let why = if has_token { NO_PERMIT } else { AFTER_FAILURE };
        for name in [CONTACT_SESSIONS.check, CONVERSATIONS.check, "clock"] {
            checks.skip(name, why);
        }
    }
    if let (Answer::RateLimited, Some(error)) = (&answer, events.as_ref().err()) {
        checks.fail("quota", &advice::refusal(error));
    } else {
        quota(&mut checks, connection);
    }
    checks
}

const AFTER_FAILURE: &str = "not checked, since an earlier check failed";
const NO_PERMIT: &str = "not checked: the quota has no request left in this minute";

/// Checks connection, token and the permission for events, by what the request for them proves.
fn service(checks: &mut Checks, answer: &Answer, error: Option<&Error>, base_url: &str) {
    let advice = error.map(advice::refusal).unwrap_or_default();
    let connected = format!("{base_url} answers as the Genesys Cloud API does");
    match answer {
        Answer::NoToken => {
            checks.skip("connection", "not checked: no token to send a request with");
            checks.fail("token", &no_token(error));
        }
        Answer::Unreachable | Answer::Unavailable => checks.fail("connection", &advice),
        Answer::Foreign => checks.fail("connection", &foreign(base_url, error)),
        Answer::Listing => checks.warn(
            "connection",
            &format!(
                "{base_url} sent a listing for a session that can't exist, so it may not be the Genesys \
                 Cloud API\n  next: check --base-url, unless it is a test server"
            ),
        ),
        Answer::NotFound
        | Answer::TokenRefused
        | Answer::PermissionMissing
        | Answer::RateLimited => checks.ok("connection", &connected),
    }
    match answer {
        Answer::NoToken => {}
        Answer::TokenRefused => checks.fail("token", &advice),
        Answer::NotFound | Answer::Listing | Answer::PermissionMissing => {
            checks.ok("token", "accepted");
        }
        _ => checks.skip("token", AFTER_FAILURE),
    }
    match (answer, error) {
        (Answer::NotFound | Answer::Listing, _) => checks.ok(EVENTS.check, &granted(&EVENTS)),
        (Answer::PermissionMissing, Some(error)) => {
            checks.fail(EVENTS.check, &missing(&EVENTS, error));
        }
        _ => checks.skip(EVENTS.check, AFTER_FAILURE),
    }
}

/// Describes a login without a token. The login service itself names a reason, such as `invalid_client`.
fn no_token(error: Option<&Error>) -> String {
    match error {
        Some(error) if error.code().is_some() => advice::refusal(error),
        _ => {
            let status = error.and_then(Error::status);
            let status = status.map_or_else(String::new, |status| format!(" (status {status})"));
            format!(
                "the login URL's response{status} isn't the Genesys Cloud login's\n  next: check the region, \
                 --login-url and the gateway, the proxy, and whether a browser on this network shows a \
                 sign-in page"
            )
        }
    }
}

/// Describes a response that isn't the API's.
fn foreign(base_url: &str, error: Option<&Error>) -> String {
    let status = error.and_then(Error::status).unwrap_or_default();
    let what = match status {
        300..=399 => "a redirect",
        200..=299 => "a page",
        _ => "a refusal",
    };
    format!(
        "{base_url} answered with {what} (status {status}) that isn't the Genesys Cloud API's: a web \
         server, a gateway or a sign-in page of the network\n  next: check the region or --base-url, the \
         proxy, and whether a browser on this network shows a sign-in page"
    )
}

/// Checks a session that should exist.
async fn session(checks: &mut Checks, client: &Client, id: &str) {
    match client.session_events(id).limit(1).page().await {
        Ok(page) => {
            let found = advice::count(page.events().len() as u64, "event");
            checks.ok("session", &format!("{id}: {found} on a page of one"));
        }
        Err(error) => checks.fail("session", &advice::refusal(&error)),
    }
}

async fn contact_sessions(checks: &mut Checks, client: &Client) {
    let page = client.contact_sessions(UNKNOWN).limit(1).page().await;
    optional(checks, &CONTACT_SESSIONS, &page.map(drop));
}

async fn conversations(checks: &mut Checks, client: &Client) {
    let found = client.conversation_sessions(UNKNOWN).try_next().await;
    optional(checks, &CONVERSATIONS, &found.map(drop));
}

/// Judges a request that only some commands make, by what it got of something that can't exist.
fn optional(checks: &mut Checks, permission: &Permission, result: &Result<(), Error>) {
    match (Answer::of(result), result) {
        (Answer::NotFound | Answer::Listing, _) => {
            checks.ok(permission.check, &granted(permission));
        }
        (Answer::PermissionMissing, Err(error)) => {
            checks.warn(permission.check, &missing(permission, error));
        }
        (_, Err(error)) => checks.warn(permission.check, &advice::refusal(error)),
        (_, Ok(())) => {}
    }
}

fn granted(permission: &Permission) -> String {
    format!("permission {}", permission.name)
}

fn missing(permission: &Permission, error: &Error) -> String {
    let Permission {
        name, needed_by, ..
    } = permission;
    let mut text = format!("permission {name} is missing; needed by {needed_by}");
    if let Some(message) = error.service_message() {
        let _ = write!(text, "\n  the service says: {message}");
    }
    let _ = write!(
        text,
        "\n  next: give the OAuth client, or the token's user, a role with the permission {name}"
    );
    text
}

/// Compares this machine's clock with the `Date` of the service's last response.
fn clock(checks: &mut Checks, client: &Client) {
    let Some(theirs) = client.service_time() else {
        return checks.skip("clock", "the service's responses have no date");
    };
    let ours = SystemTime::now();
    let (skew, direction) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let seconds = skew.as_secs();
    if skew > LARGEST_SKEW {
        return checks.warn(
            "clock",
            &format!(
                "this machine's clock is {seconds} s {direction} the service's\n  next: set it, such as by \
                 NTP; --since and --until would be off, and certificates may count as expired"
            ),
        );
    }
    checks.ok(
        "clock",
        &format!("within {} s of the service's", seconds + 1),
    );
}

/// Reports what is left of the quota, and who counts.
fn quota(checks: &mut Checks, connection: &Connection) {
    let activity = connection.client.activity();
    let left = activity.permits_left.unwrap_or_default();
    let whose = match &connection.counted {
        Counted::Machine { file, programs } => format!(
            "counting all your programs on this machine ({programs} at the moment) in {}",
            file.display()
        ),
        Counted::Database { url, programs } => {
            format!("counting all programs that name {url} ({programs} at the moment)")
        }
        Counted::Program | Counted::ProgramForWant => "counting only this program's".to_owned(),
    };
    let left = format!(
        "{} left in this minute, {whose}",
        advice::count(left.into(), "request")
    );
    match activity.waiting {
        Some(Waiting::RetryAfter(wait)) => checks.warn(
            "quota",
            &format!(
                "the service asks to wait {} s; {left}\n  next: wait; if it persists, lower --quota: other \
                 programs may use the same OAuth client",
                wait.as_secs_f64().ceil()
            ),
        ),
        _ if connection.counted == Counted::ProgramForWant => checks.warn(
            "quota",
            &format!("{left}\n  next: fix what the message above reports"),
        ),
        _ if activity.permits_left == Some(0) => checks.warn(
            "quota",
            &format!("{left}\n  next: wait a minute, or stop the other programs"),
        ),
        _ => checks.ok("quota", &left),
    }
}
