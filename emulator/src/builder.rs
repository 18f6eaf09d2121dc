//! The settings as a user writes them.

use std::net::IpAddr;
use std::time::Duration;

use crate::emulator::Emulator;
use crate::error::StartError;
use crate::fault::Fault;
use crate::form::Form;
use crate::settings::{
    AcceptedTokens, Ending, MAX_CLIENTS, MAX_EVENTS, MAX_PERIOD, MAX_SESSIONS, QuotaWindow,
    Settings,
};

/// Settings of an [`Emulator`], from [`Emulator::builder`].
///
/// Nothing is checked or opened before [`start`](Self::start).
///
/// ```
/// # use journey_events_emulator::Emulator;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// let emulator = Emulator::builder()
///     .sessions(6)
///     .events(1_000)
///     .latency(Duration::from_millis(20))
///     .quota(300)
///     .check_tokens()
///     .fault("503:rate=0.01".parse()?)
///     .start()
///     .await?;
/// assert_eq!((emulator.sessions().len(), emulator.contacts().len()), (6, 2));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing runs before `start`"]
pub struct EmulatorBuilder {
    settings: Settings,
}

// Here, so that the handle doesn't import its builder.
impl Emulator {
    /// Returns a builder with every setting at its default.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder {
            settings: Settings::default(),
        }
    }
}

impl EmulatorBuilder {
    /// The most [`sessions`](Self::sessions), generated or your own: 100,000.
    pub const MOST_SESSIONS: u64 = MAX_SESSIONS;

    /// The most [`clients`](Self::clients): 1,000.
    pub const MOST_CLIENTS: u64 = MAX_CLIENTS;

    /// The most [`events`](Self::events) of a generated session: 1,000,000,000.
    pub const MOST_EVENTS: u64 = MAX_EVENTS;

    /// The longest latency, quota window, token lifetime and growth interval: 366 days.
    pub const LONGEST_PERIOD: Duration = MAX_PERIOD;

    /// Sets the address to listen on. Default: 127.0.0.1, which only this machine reaches.
    ///
    /// With another one, such as `0.0.0.0` in a container, anyone on the network reaches it. Requests
    /// must name an address, `localhost` or an [allowed name](Self::allow_host).
    pub fn host(mut self, address: IpAddr) -> Self {
        self.settings.host = address;
        self
    }

    /// Allows a name in `Host`, without a port, such as that of a container; may be called several
    /// times. `localhost` and IP addresses are always allowed.
    ///
    /// Other names are refused with a 421: a web page could point its own name here and read the
    /// responses (DNS rebinding).
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.settings.allowed_hosts.push(name.into());
        self
    }

    /// Sets the port. Default: 0, which picks a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// Sets the number of sessions, 1 to 100,000. Default: 1.
    ///
    /// Every third session is an app session, the others are web sessions: three include all five
    /// event types. The first sessions are the same whatever the number.
    pub fn sessions(mut self, sessions: u64) -> Self {
        self.settings.sessions = sessions;
        self
    }

    /// Sets how many generated sessions in a row belong to one contact, 1 to 100,000. Default: 3.
    ///
    /// They have one visitor: the same customer, location and language, with a device each. Of each four
    /// contacts, the last two were merged: `includeMerged` lists the sessions of both.
    pub fn sessions_per_contact(mut self, sessions: u64) -> Self {
        self.settings.sessions_per_contact = sessions;
        self
    }

    /// Keeps sessions open until [`Emulator::end_session`]. Default: a session ends as soon as it has
    /// all its events.
    pub fn open(mut self) -> Self {
        self.settings.ending = Ending::Open;
        self
    }

    /// Sets the number of events in each session, 0 to 1,000,000,000. Default: 10,000. With 0,
    /// sessions are empty and ended in 1970.
    ///
    /// Events are generated on request, so a long session takes no memory. The first events are the
    /// same whatever the number.
    pub fn events(mut self, events: u64) -> Self {
        self.settings.events = events;
        self
    }

    /// Sets the seed of sessions, events, ids and tokens: the same seed generates the same ones.
    /// Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Delays every response, errors and tokens included, up to 366 days. Default: zero.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.settings.latency = latency;
        self
    }

    /// Sets the number of OAuth clients, 1 to 1,000. Default: 1. Each has its own id, secret and
    /// [`quota`](Self::quota); the first is the same whatever the number.
    pub fn clients(mut self, clients: u64) -> Self {
        self.settings.clients = clients;
        self
    }

    /// Sets how many requests under `/api/` a client may make per
    /// [`quota_window`](Self::quota_window), at least 1. Default: no quota. The service allows 300
    /// a minute by default.
    ///
    /// Valid tokens issued here share the quota of their client; every other token has its own
    /// quota. A request over the quota gets a 429 with the seconds until the window ends in
    /// `Retry-After`, and doesn't count. Token requests have no quota.
    pub fn quota(mut self, requests: u32) -> Self {
        self.settings.quota = Some(requests);
        self
    }

    /// Sets the length of the quota window, above zero and up to 366 days. Default: 60 s, as the
    /// service has it. `Retry-After` is in whole seconds, rounded up: 1 for any shorter window.
    pub fn quota_window(mut self, window: Duration) -> Self {
        self.settings.quota_window = window;
        self
    }

    /// Refuses tokens that this emulator didn't issue or that have expired. Default: any bearer
    /// token is accepted.
    pub fn check_tokens(mut self) -> Self {
        self.settings.accepted_tokens = AcceptedTokens::Issued;
        self
    }

    /// Sets how quota windows are placed in time. Default: fixed.
    pub fn quota_kind(mut self, kind: QuotaWindow) -> Self {
        self.settings.quota_kind = kind;
        self
    }

    /// Adds a fault; may be called up to 1,000 times. If several apply to one request, the first added
    /// wins. Default: none. [`Emulator::set_faults`] replaces them at run time.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.settings.faults.push(fault);
        self
    }

    /// Sets the published form of the endpoint. Default: both.
    pub fn form(mut self, form: Form) -> Self {
        self.settings.form = form;
        self
    }

    /// Serves your own events instead of generated ones, one JSON object per line, as
    /// `journey-events events` writes them. Each needs an `eventType` and a `session.id`.
    ///
    /// Events are served unchanged and in their order, as one session per id;
    /// [`sessions`](Self::sessions) and [`events`](Self::events) are ignored. Besides those two
    /// members, a session's first event supplies `session.type` (`app`, anything else means web)
    /// and `customerId`: sessions with the same one belong to one contact. Session ids may be any
    /// text that can be in a path: `.`, `..` and control characters are refused.
    ///
    /// A session's dates are its earliest and latest `createdDate`, whatever the order of its
    /// events, in UTC. A `createdDate` counts if it is a date-time with an offset as RFC 3339 has
    /// it, with at most nine fractional digits; close variants are read too. Others are ignored.
    /// Without any, a session has only an `endedDate` in 1970.
    ///
    /// ```
    /// # use journey_events_emulator::Emulator;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let export = r#"{"eventType":"custom","session":{"id":"mine"},"createdDate":"2026-01-02T03:04:05Z"}"#;
    /// let emulator = Emulator::builder().own_events(export).start().await?;
    /// assert_eq!(emulator.sessions()[0].id(), "mine");
    ///
    /// let problem = Emulator::builder().own_events("{}").start().await.unwrap_err();
    /// assert!(problem.to_string().contains("line 1: no eventType"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn own_events(mut self, ndjson: impl Into<String>) -> Self {
        self.settings.own_events = Some(ndjson.into());
        self
    }

    /// Lets sessions grow while they are served, by one event per interval: above zero, up to 366
    /// days. Default: all events are there from the start.
    ///
    /// A session has one event at the first request for it or for its events. When it has all its
    /// [`events`](Self::events), it ends.
    pub fn growth(mut self, interval: Duration) -> Self {
        self.settings.growth = Some(interval);
        self
    }

    /// Sets how long issued tokens are valid, 1 s to 366 days. Default: 86,399 s, as the service
    /// has it. `expires_in` has it in whole seconds, rounded down. At most 100,000 tokens are valid at
    /// a time; the oldest makes room for another.
    ///
    /// It only matters with [`check_tokens`](Self::check_tokens).
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token_lifetime = lifetime;
        self
    }

    /// Opens the port and serves on it until the [`Emulator`] is shut down or dropped.
    ///
    /// Needs a tokio runtime with time and I/O, on which it spawns the server's task. If the future
    /// is cancelled, nothing keeps running.
    ///
    /// # Errors
    ///
    /// [`StartError`] if a setting is invalid or the port isn't available.
    pub async fn start(self) -> Result<Emulator, StartError> {
        Emulator::start(self.settings).await
    }
}
