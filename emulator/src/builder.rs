//! Settings of an emulator, checked when it starts.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::admission::Tokens;
use crate::admission::quota::QuotaWindow;
use crate::data::own_events::{self, OwnSession};
use crate::emulator::Emulator;
use crate::error::StartError;
use crate::fault::spec::Fault;
use crate::form::Form;
use crate::http::service::Service;

/// Settings of an [`Emulator`], from [`Emulator::builder`].
///
/// Nothing is checked or opened before [`start`](Self::start).
#[derive(Debug, Clone)]
#[must_use = "nothing runs before `start`"]
pub struct EmulatorBuilder {
    port: u16,
    pub(crate) sessions: u64,
    pub(crate) events: u64,
    pub(crate) seed: u64,
    pub(crate) latency: Duration,
    pub(crate) quota: Option<u32>,
    pub(crate) quota_window: Duration,
    pub(crate) quota_kind: QuotaWindow,
    pub(crate) tokens: Tokens,
    pub(crate) token_lifetime: Duration,
    pub(crate) growth: Option<Duration>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) form: Form,
    own_events: Option<String>,
}

impl EmulatorBuilder {
    /// The most [`sessions`](Self::sessions), made up or one's own: 100,000.
    pub const MOST_SESSIONS: u64 = 100_000;

    /// The most [`events`](Self::events) of a made-up session: 1,000,000,000.
    pub const MOST_EVENTS: u64 = 1_000_000_000;

    /// The longest latency, quota window, token lifetime and time between two events: 366 days.
    pub const LONGEST_PERIOD: Duration = Duration::from_hours(366 * 24);

    pub(crate) fn new() -> Self {
        Self {
            port: 0,
            sessions: 1,
            events: 10_000,
            seed: 1,
            latency: Duration::ZERO,
            quota: None,
            quota_window: Duration::from_mins(1),
            quota_kind: QuotaWindow::Fixed,
            tokens: Tokens::Any,
            token_lifetime: Duration::from_secs(86_399),
            growth: None,
            faults: Vec::new(),
            form: Form::default(),
            own_events: None,
        }
    }

    /// The port on 127.0.0.1. Default: 0, which takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How many sessions there are, from 1 to 100,000. Default: 1.
    ///
    /// Every third session is an app's, the others are a website's: ask for 3 to see all five
    /// types of event. The first sessions are the same whatever the number.
    pub fn sessions(mut self, sessions: u64) -> Self {
        self.sessions = sessions;
        self
    }

    /// How many events each session has, up to 1,000,000,000. Default: 10,000. 0 makes every
    /// session empty, and one that has ended in 1970.
    ///
    /// Events are worked out when they are asked for, so that a long session takes no memory. The
    /// first events are the same whatever the number.
    pub fn events(mut self, events: u64) -> Self {
        self.events = events;
        self
    }

    /// What sessions, events, ids and tokens are made from: the same seed makes the same ones.
    /// Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How long to hold back every answer, errors and tokens among them, up to 366 days.
    /// Default: zero.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// How many requests under `/api/` a client may make in a window of
    /// [`quota_window`](Self::quota_window); at least 1. Default: no quota.
    ///
    /// Tokens that were issued here, while they are good, share the quota of the one client; any other
    /// token has one of its own. The window begins with the client's first request. A request over the
    /// quota is answered 429, with the seconds until the window ends in `Retry-After`, and doesn't
    /// count. Requests for tokens have no quota. The service itself allows 300 a minute unless told
    /// otherwise.
    pub fn quota(mut self, requests: u32) -> Self {
        self.quota = Some(requests);
        self
    }

    /// How long a window of the quota is, from above zero to 366 days. Default: 60 s, the
    /// service's. `Retry-After` stays in whole seconds, rounded up: 1 for any shorter window.
    pub fn quota_window(mut self, window: Duration) -> Self {
        self.quota_window = window;
        self
    }

    /// Refuses tokens that this emulator didn't issue, or that have expired. Default: any bearer
    /// token will do.
    pub fn check_tokens(mut self) -> Self {
        self.tokens = Tokens::Issued;
        self
    }

    /// How the quota's window lies in time. Default: fixed.
    pub fn quota_kind(mut self, kind: QuotaWindow) -> Self {
        self.quota_kind = kind;
        self
    }

    /// Has some of the answers go wrong; may be called again. Of several faults that strike one request,
    /// the first is it. Only GET requests under `/api/` are struck: those for tokens are spared.
    /// Default: none.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Which published form is spoken. Default: both.
    pub fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// Serves these events in place of made-up ones: a JSON object a line, as `journey-events events`
    /// writes them, with an `eventType` and a `session.id`. They come as they are and in their order, a
    /// session for each id; [`sessions`](Self::sessions) and [`events`](Self::events) then do nothing.
    /// Beside these two, `session.type` of a session's first event is read (`app`, or it is a website's),
    /// its `customerId` (sessions with the same one are one contact's) and each `createdDate` that is a
    /// date-time of RFC 3339, as the service's are. Ids of sessions may be any text that can be in a path:
    /// `.`, `..` and control characters are refused.
    ///
    /// The session itself has the earliest and the latest of these dates, whatever the order of the events;
    /// if there is none, neither, and an `endedDate` in 1970.
    pub fn own_events(mut self, ndjson: impl Into<String>) -> Self {
        self.own_events = Some(ndjson.into());
        self
    }

    /// Lets every session grow while it is served. It has one event at the first request for it, be it for
    /// its events or for itself, and one more each time so long has passed since, until it has all its
    /// [`events`](Self::events) and ends. Above zero, up to 366 days. Default: all are there at once.
    pub fn growth(mut self, each: Duration) -> Self {
        self.growth = Some(each);
        self
    }

    /// How long an issued token is good for, from 1 s to 366 days. Default: 86,399 s, the
    /// service's. It only matters with [`check_tokens`](Self::check_tokens).
    ///
    /// `expires_in` has it in whole seconds, rounded down.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Opens the port and serves on it until the [`Emulator`] is shut down or dropped.
    ///
    /// Needs a tokio runtime with time and I/O, on which a task serves. Cancelling the future
    /// leaves nothing behind.
    ///
    /// # Errors
    ///
    /// [`StartError`] if a setting isn't allowed or the port can't be had.
    pub async fn start(self) -> Result<Emulator, StartError> {
        self.check()?;
        let own = self
            .own_events
            .as_deref()
            .map(own_events::sessions)
            .transpose()?;
        if let Some(own) = &own {
            check_sessions(own)?;
        }
        let at = (Ipv4Addr::LOCALHOST, self.port);
        let unavailable = |source| StartError::port(self.port, source);
        let listener = TcpListener::bind(at).await.map_err(unavailable)?;
        let address = listener.local_addr().map_err(unavailable)?;
        Ok(Emulator::serve(listener, address, Service::new(&self, own)))
    }

    fn check(&self) -> Result<(), StartError> {
        count("sessions", self.sessions, 1..=Self::MOST_SESSIONS)?;
        count("events", self.events, 0..=Self::MOST_EVENTS)?;
        if let Some(quota) = self.quota {
            count("quota", u64::from(quota), 1..=u64::from(u32::MAX))?;
        }
        let above_zero = (Duration::from_nanos(1), "above 0 s, up to 366 days");
        time("latency", self.latency, (Duration::ZERO, "0 s to 366 days"))?;
        time("quota_window", self.quota_window, above_zero)?;
        let second = (Duration::from_secs(1), "1 s to 366 days");
        time("token_lifetime", self.token_lifetime, second)?;
        if let Some(growth) = self.growth {
            time("growth", growth, above_zero)?;
        }
        self.faults.iter().try_for_each(Fault::check)
    }
}

fn count(name: &'static str, given: u64, allowed: RangeInclusive<u64>) -> Result<(), StartError> {
    if allowed.contains(&given) {
        return Ok(());
    }
    let allowed = format!("{} to {}", allowed.start(), allowed.end());
    Err(StartError::setting(name, given.to_string(), allowed))
}

/// The least that is allowed comes with the words for all that is.
fn time(
    name: &'static str,
    given: Duration,
    (least, allowed): (Duration, &str),
) -> Result<(), StartError> {
    if (least..=EmulatorBuilder::LONGEST_PERIOD).contains(&given) {
        return Ok(());
    }
    Err(StartError::setting(name, format!("{given:?}"), allowed))
}

fn check_sessions(own: &[OwnSession]) -> Result<(), StartError> {
    let most = EmulatorBuilder::MOST_SESSIONS;
    if own.len() as u64 <= most {
        return Ok(());
    }
    let given = format!("of {} sessions", own.len());
    let allowed = format!("1 to {most} sessions");
    Err(StartError::setting("own_events", given, allowed))
}
