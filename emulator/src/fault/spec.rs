//! What goes wrong, with which requests, and how often.

use std::time::Duration;

use super::kind::{Content, Kind};
use super::scope::{Endpoint, Scope};
use crate::error::StartError;

/// Longest stall, delay and `Retry-After`: a day.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(24 * 3600);

// What `Fault::check` allows, as every error message has it.
pub(super) const ALLOWED_STATUS: &str = "200 to 599";
pub(super) const ALLOWED_COUNT: &str = "1 or more";
pub(super) const ALLOWED_RATE: &str = "0 to 1";
pub(super) const ALLOWED_WAIT: &str = "0 to 86400 s";

/// A fault in some of the responses, for [`EmulatorBuilder::fault`](crate::EmulatorBuilder::fault) and
/// [`Emulator::set_faults`](crate::Emulator::set_faults).
///
/// Parses from text, such as a command-line argument: what goes wrong, a colon, and settings.
///
/// | text | what goes wrong |
/// | --- | --- |
/// | `503` | the status, 200 to 599, with the service's error body; a body that is empty below 400 |
/// | `cut` | the connection closes halfway through the body |
/// | `drop` | the connection closes without a response |
/// | `stall`, `slow` | the body pauses halfway; the response begins late (`for=5`, in seconds) |
/// | `empty-page` | a page without items, whose `nextUri` leads to them |
/// | `cursor-loop` | `nextUri` leads to the same page again |
/// | `refused-cursor` | a cursor gets a 400 |
/// | `error-body` | an error's body, with status 200 |
/// | `malformed` | an item lacks what makes it one: `eventType`, `id`, `conversationId`, `access_token` |
/// | `half-surrogate` | a text of an item is half of a surrogate pair |
/// | `huge-number` | a number of an item is `1e999` |
/// | `numeric-id` | an item's id is a number |
/// | `late-event` | the last event but one of a page is missing; later responses have it |
///
/// | setting | which requests |
/// | --- | --- |
/// | `on=events` | only those of an endpoint: `events`, `sessions`, `conversations`, `token`. By default all but tokens |
/// | `session=ID` | only those of a session |
/// | `page=3` | only those for the third page of a walk, whatever its size and filter |
/// | `every=50` | each fiftieth of these; by default each |
/// | `rate=0.01` | this share of these, chosen by the seed |
/// | `once`, `times=3` | only the first, or the first three, of all these |
/// | `retry-after=30` | sets `Retry-After`, of a status only |
///
/// Each fault counts the requests that it could apply to. Invalid values are refused when the emulator
/// starts.
///
/// ```
/// use journey_events_emulator::{Endpoint, Fault};
///
/// let fault: Fault = "429:every=50,retry-after=2".parse()?;
/// assert_eq!(fault, Fault::status(429).every(50).retry_after(2));
/// let fault: Fault = "empty-page:on=events,page=2,once".parse()?;
/// assert_eq!(fault, Fault::empty_page().on(Endpoint::Events).page(2).once());
/// # Ok::<(), journey_events_emulator::FaultError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a fault does nothing until an emulator has it"]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(super) scope: Scope,
    pub(super) when: When,
    /// How often at most.
    pub(super) times: Option<u64>,
    pub(crate) retry_after: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum When {
    /// Requests whose number is a multiple of this.
    Every(u64),
    /// This share of the requests, chosen by the seed.
    Rate(f64),
}

/// What goes wrong.
impl Fault {
    /// Responds with a status, 200 to 599: from 400 with the service's error body, else without a body.
    /// Such a request uses no quota. A 429 has a `Retry-After` of 1 s unless
    /// [`retry_after`](Self::retry_after) sets another; a redirect leads to `https://elsewhere.invalid/`.
    pub fn status(status: u16) -> Self {
        Self::of(Kind::Status(status))
    }

    /// Closes the connection halfway through the body.
    pub fn cut() -> Self {
        Self::of(Kind::Cut)
    }

    /// Closes the connection without a response.
    pub fn drop_connection() -> Self {
        Self::of(Kind::Drop)
    }

    /// Pauses halfway through the body, a day at most.
    pub fn stall(time: Duration) -> Self {
        Self::of(Kind::Stall(time))
    }

    /// Sends nothing for this time, a day at most.
    pub fn slow(time: Duration) -> Self {
        Self::of(Kind::Slow(time))
    }

    /// Empties a page of events or of a contact's sessions; its `nextUri` leads to what would have been
    /// on it.
    pub fn empty_page() -> Self {
        Self::of(Kind::EmptyPage)
    }

    /// Makes `nextUri` lead to the same page again.
    pub fn cursor_loop() -> Self {
        Self::of(Kind::CursorLoop)
    }

    /// Refuses a cursor. Requests without one aren't affected.
    pub fn refused_cursor() -> Self {
        Self::of(Kind::RefusedCursor)
    }

    /// Responds with an error's body and status 200.
    pub fn error_body() -> Self {
        Self::of(Kind::ErrorBody)
    }

    /// Takes the `eventType` from an event, the id from a session or a conversation, or the token from
    /// a token response: from the one in the middle of a page.
    pub fn malformed() -> Self {
        Self::of(Kind::Content(Content::Malformed))
    }

    /// Replaces a text of the item in the middle by half of a surrogate pair.
    pub fn half_surrogate() -> Self {
        Self::of(Kind::Content(Content::HalfSurrogate))
    }

    /// Replaces a number of the item in the middle by `1e999`, beyond a double.
    pub fn huge_number() -> Self {
        Self::of(Kind::Content(Content::HugeNumber))
    }

    /// Replaces the id of the item in the middle by a number.
    pub fn numeric_id() -> Self {
        Self::of(Kind::Content(Content::NumericId))
    }

    /// Leaves out the last event but one of a page. Later responses have it, as with an event that
    /// arrives late.
    pub fn late_event() -> Self {
        Self::of(Kind::Content(Content::LateEvent))
    }

    pub(super) fn of(kind: Kind) -> Self {
        Self {
            kind,
            scope: Scope::default(),
            when: When::Every(1),
            times: None,
            retry_after: (kind == Kind::Status(429)).then_some(1),
        }
    }
}

/// Which requests, and how often.
impl Fault {
    /// Applies only to this endpoint. Default: to all but tokens.
    pub fn on(mut self, endpoint: Endpoint) -> Self {
        self.scope.endpoint = Some(endpoint);
        self
    }

    /// Applies only to this session and its events.
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.scope.session = Some(id.into());
        self
    }

    /// Applies only to this page of a walk, counted from 1. It is the same page when a request is
    /// repeated.
    pub fn page(mut self, number: u64) -> Self {
        self.scope.page = Some(number);
        self
    }

    /// Applies to every `requests`th request: with 3, the third, the sixth and so on. Default: 1,
    /// which means all; 0 is refused. If [`rate`](Self::rate) is called too, the last call counts.
    pub fn every(mut self, requests: u64) -> Self {
        self.when = When::Every(requests);
        self
    }

    /// Applies to this share of the requests, 0 to 1. The seed decides which ones, separately for
    /// each fault.
    pub fn rate(mut self, share: f64) -> Self {
        self.when = When::Rate(share);
        self
    }

    /// Applies only once.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Applies at most so many times, at least 1. Default: no limit.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Sets the `Retry-After` of a status, in seconds, a day at most. Other faults ignore it.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn check(&self) -> Result<(), StartError> {
        let invalid =
            |name, value: String, allowed: &str| Err(StartError::setting(name, value, allowed));
        match self.kind {
            Kind::Status(status) if !(200..=599).contains(&status) => {
                return invalid("fault status", status.to_string(), ALLOWED_STATUS);
            }
            Kind::Stall(time) if time > MAX_WAIT => {
                return invalid("fault stall", format!("{time:?}"), ALLOWED_WAIT);
            }
            Kind::Slow(time) if time > MAX_WAIT => {
                return invalid("fault slow", format!("{time:?}"), ALLOWED_WAIT);
            }
            _ => (),
        }
        match self.when {
            When::Every(0) => return invalid("fault every", "0".to_owned(), ALLOWED_COUNT),
            When::Rate(share) if !(0.0..=1.0).contains(&share) => {
                return invalid("fault rate", share.to_string(), ALLOWED_RATE);
            }
            _ => (),
        }
        if self.times == Some(0) {
            return invalid("fault times", "0".to_owned(), ALLOWED_COUNT);
        }
        if self.scope.page == Some(0) {
            return invalid("fault page", "0".to_owned(), ALLOWED_COUNT);
        }
        if let Some(seconds) = self.retry_after.filter(|wait| *wait > MAX_WAIT.as_secs()) {
            return invalid("fault retry_after", format!("{seconds}s"), ALLOWED_WAIT);
        }
        self.check_scope()
    }

    /// Refuses a fault that could never apply.
    fn check_scope(&self) -> Result<(), StartError> {
        use Endpoint::{Conversations, Events, Sessions};
        let Some(endpoint) = self.scope.endpoint else {
            return Ok(());
        };
        let (session, page) = (self.scope.session.is_some(), self.scope.page.is_some());
        let rules: [(bool, &[Endpoint], _); 3] = [
            (true, self.kind.endpoints(), "for this kind of fault"),
            (
                session,
                &[Events, Sessions],
                "if the fault is for a session",
            ),
            (
                page,
                &[Events, Sessions, Conversations],
                "if the fault is for a page",
            ),
        ];
        let is_broken = |(applies, allowed, _): &(bool, &[Endpoint], _)| {
            *applies && !allowed.contains(&endpoint)
        };
        match rules.into_iter().find(is_broken) {
            Some((_, allowed, when)) => Err(StartError::setting(
                "fault on",
                endpoint.to_string(),
                format!("{}, {when}", Endpoint::list(allowed)),
            )),
            None => Ok(()),
        }
    }
}
