//! The service of a model walk: returns the pages of a session, and injects faults.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;

use super::super::memory::{MemoryServer, ReceivedRequest, Reply};
use super::coverage::Coverage;
use super::session::{Link, Position, Session};
use crate::fetch::failure::Cause;

/// Seconds; all longer than the client's attempt timeout.
const HANG_SECONDS: std::ops::Range<u64> = 31..7_200;

/// A fault to inject into a request.
#[derive(Clone, Copy)]
enum Fault {
    Transport(Cause),
    Status(u16),
    /// A status that says how long to wait: from least to most seconds.
    Wait(u16, WaitIn, (u64, u64)),
    TruncatedJson,
    Body(&'static str),
    Hang,
    TokenRefused,
    Link(Link),
}

#[derive(Clone, Copy)]
enum WaitIn {
    Header,
    Message,
}

/// Every fault, and the name it is counted under.
const FAULTS: [(&str, Fault); 30] = [
    ("no connection", Fault::Transport(Cause::Connect)),
    ("bad certificate", Fault::Transport(Cause::Certificate)),
    ("timeout", Fault::Transport(Cause::Timeout)),
    ("torn connection", Fault::Transport(Cause::Torn)),
    (
        "response that is not HTTP",
        Fault::Transport(Cause::Garbled),
    ),
    ("oversized response", Fault::Transport(Cause::TooLarge)),
    ("status 302", Fault::Status(302)),
    ("status 400", Fault::Status(400)),
    ("status 401", Fault::Status(401)),
    ("status 403", Fault::Status(403)),
    ("status 404", Fault::Status(404)),
    ("status 408", Fault::Status(408)),
    ("status 429", Fault::Status(429)),
    ("status 500", Fault::Status(500)),
    ("status 501", Fault::Status(501)),
    ("status 502", Fault::Status(502)),
    ("status 503", Fault::Status(503)),
    ("status 504", Fault::Status(504)),
    (
        "429, Retry-After",
        Fault::Wait(429, WaitIn::Header, (1, 170)),
    ),
    (
        "429, wait in the message",
        Fault::Wait(429, WaitIn::Message, (1, 170)),
    ),
    (
        "429, wait above the cap",
        Fault::Wait(429, WaitIn::Header, (181, 4_000)),
    ),
    (
        "503, Retry-After",
        Fault::Wait(503, WaitIn::Header, (1, 170)),
    ),
    ("truncated JSON", Fault::TruncatedJson),
    (
        "HTML with status 200",
        Fault::Body("<html><body>busy</body></html>"),
    ),
    (
        "error body with status 200",
        Fault::Body(r#"{"message":"m","code":"c","status":500}"#),
    ),
    ("other JSON with status 200", Fault::Body("{}")),
    ("hang", Fault::Hang),
    ("token refused", Fault::TokenRefused),
    ("link to the same page", Fault::Link(Link::SamePage)),
    ("link without a cursor", Fault::Link(Link::WithoutCursor)),
];

/// Every name that the service counts.
pub(super) fn all_names() -> impl Iterator<Item = &'static str> {
    let others = [
        "slow response",
        "fault in a login",
        "401 for an expired token",
    ];
    FAULTS.into_iter().map(|(name, _)| name).chain(others)
}

/// A response, and what was requested.
#[derive(Clone, Debug)]
pub(super) struct RecordedResponse {
    /// `None` for a token request.
    pub(super) page: Option<RequestedPage>,
    pub(super) fault: Option<&'static str>,
    /// The status, and how long it tells the client to wait.
    pub(super) wait: Option<(u16, Duration)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct RequestedPage {
    pub(super) consumer: usize,
    /// The consumer's stream, counted from 1.
    pub(super) stream: usize,
    pub(super) position: Position,
}

#[derive(Clone)]
pub(super) struct Service(Arc<Mutex<State>>);

struct State {
    rng: Rng,
    session: Session,
    fault_percent: u8,
    /// Limited so that every walk ends.
    faults_left: u32,
    slow_percent: u8,
    /// When each token expires; zero once refused.
    token_expiries: Vec<Duration>,
    /// Streams started so far, per consumer.
    streams: Vec<usize>,
    responses: Vec<RecordedResponse>,
    coverage: Coverage,
}

impl Service {
    pub(super) fn random(consumers: usize, rng: &mut Rng, coverage: &Coverage) -> Self {
        Self(Arc::new(Mutex::new(State {
            session: Session::random(rng),
            fault_percent: rng.choice([0, 5, 20, 40]).unwrap(),
            faults_left: rng.u32(..25),
            slow_percent: rng.choice([0, 30]).unwrap(),
            token_expiries: Vec::new(),
            streams: vec![0; consumers],
            responses: Vec::new(),
            coverage: coverage.clone(),
            rng: rng.fork(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A server of the session that injects faults.
    pub(super) fn faulty_server(&self) -> MemoryServer {
        let service = self.clone();
        MemoryServer::new(move |request| service.state().respond(request))
    }

    /// A server of the same session that injects none.
    pub(super) fn healthy_server(&self) -> MemoryServer {
        let service = self.clone();
        MemoryServer::new(move |request| {
            let mut state = service.state();
            let (position, limit) = state.position_and_limit(request);
            Reply::ok(state.page_json(position, limit, Link::Correct))
        })
    }

    pub(super) fn responses(&self) -> Vec<RecordedResponse> {
        self.state().responses.clone()
    }

    pub(super) fn start_stream(&self, consumer: usize) {
        self.state().streams[consumer] += 1;
    }

    /// How many pages the consumer's current stream has requested after the page of this event.
    pub(super) fn pages_requested_after(&self, consumer: usize, event: &str) -> usize {
        let state = self.state();
        let position = state.session.position_of(event);
        let stream = state.streams[consumer];
        let mut positions: Vec<_> = state
            .responses
            .iter()
            .filter_map(|response| response.page.as_ref())
            .filter(|page| page.consumer == consumer && page.stream == stream)
            .map(|page| page.position)
            .filter(|requested| *requested > position)
            .collect();
        // Retries of a page are consecutive.
        positions.dedup();
        positions.len()
    }

    pub(super) fn with_session<T>(&self, run: impl FnOnce(&mut Session) -> T) -> T {
        run(&mut self.state().session)
    }
}

impl State {
    fn respond(&mut self, request: &ReceivedRequest) -> Reply {
        let page = request
            .token
            .is_some()
            .then(|| self.requested_page(request));
        let (mut reply, fault, wait) = self.reply(request);
        if let Some(name) = fault {
            self.coverage.record(name);
            if page.is_none() {
                self.coverage.record("fault in a login");
            }
        }
        if fault != Some("hang") {
            let is_slow = |page: &RequestedPage| self.session.is_slow(page.position);
            let delay = match &page {
                Some(page) if is_slow(page) => Duration::from_secs(20),
                _ => self.delay(),
            };
            reply = reply.delayed_by(delay);
        }
        self.responses.push(RecordedResponse { page, fault, wait });
        reply
    }

    fn delay(&mut self) -> Duration {
        if self.rng.u8(..100) < self.slow_percent {
            self.coverage.record("slow response");
            Duration::from_millis(self.rng.u64(1_000..20_000))
        } else {
            Duration::from_millis(self.rng.u64(..300))
        }
    }

    fn requested_page(&self, request: &ReceivedRequest) -> RequestedPage {
        let consumer = request.parameter("eventType").unwrap().parse().unwrap();
        RequestedPage {
            consumer,
            stream: self.streams[consumer],
            position: self.position_and_limit(request).0,
        }
    }

    fn position_and_limit(&self, request: &ReceivedRequest) -> (Position, usize) {
        let cursor = request.parameter(self.session.direction().parameter());
        let limit = request.parameter("limit").unwrap().parse().unwrap();
        (self.session.position(cursor), limit)
    }

    fn page_json(&mut self, position: Position, limit: usize, link: Link) -> String {
        self.session.page_json(position, limit, link, &mut self.rng)
    }

    fn reply(
        &mut self,
        request: &ReceivedRequest,
    ) -> (Reply, Option<&'static str>, Option<(u16, Duration)>) {
        if request
            .token
            .as_ref()
            .is_some_and(|token| !self.accepts(token, request.at))
        {
            return (Reply::status(401), Some("401 for an expired token"), None);
        }
        let fault = self.next_fault().filter(|(_, fault)| {
            // The first page may be requested without a cursor, and a login has no links.
            !matches!(fault, Fault::Link(_)) || request.cursor().is_some()
        });
        let link = match fault {
            Some((_, Fault::Link(link))) => link,
            _ => Link::Correct,
        };
        let body = if request.token.is_none() {
            self.new_token(request.at)
        } else {
            let (position, limit) = self.position_and_limit(request);
            self.page_json(position, limit, link)
        };
        let Some((name, fault)) = fault else {
            return (Reply::ok(body), None, None);
        };
        let (reply, wait) = self.inject(fault, body);
        (reply, Some(name), wait)
    }

    fn next_fault(&mut self) -> Option<(&'static str, Fault)> {
        if self.faults_left == 0 || self.rng.u8(..100) >= self.fault_percent {
            return None;
        }
        self.faults_left -= 1;
        self.rng.choice(FAULTS)
    }

    fn inject(&mut self, fault: Fault, body: String) -> (Reply, Option<(u16, Duration)>) {
        let reply = match fault {
            Fault::Transport(cause) => Reply::fault(cause),
            Fault::Status(status) => Reply::status(status),
            Fault::Wait(status, wait_in, (least, most)) => {
                let seconds = self.rng.u64(least..=most);
                let reply = match wait_in {
                    WaitIn::Header => {
                        Reply::status(status).header("retry-after", &seconds.to_string())
                    }
                    WaitIn::Message => Reply::status(status).body(format!(
                        r#"{{"message":"Retry the request in [{seconds}] seconds"}}"#
                    )),
                };
                return (reply, Some((status, Duration::from_secs(seconds))));
            }
            Fault::TruncatedJson => Reply::ok(&body[..self.rng.usize(..body.len())]),
            Fault::Body(other) => Reply::ok(other),
            Fault::Hang => {
                Reply::ok(body).delayed_by(Duration::from_secs(self.rng.u64(HANG_SECONDS)))
            }
            Fault::TokenRefused => {
                self.token_expiries.fill(Duration::ZERO);
                Reply::status(401)
            }
            Fault::Link(_) => Reply::ok(body),
        };
        (reply, None)
    }

    fn new_token(&mut self, now: Duration) -> String {
        let seconds = self.rng.choice([60, 600, 86_400]).unwrap();
        self.token_expiries.push(now + Duration::from_secs(seconds));
        let number = self.token_expiries.len();
        format!(r#"{{"access_token":"t{number}","expires_in":{seconds}}}"#)
    }

    /// Whether a token is accepted: the fixed one always, an issued one until it expires.
    fn accepts(&self, token: &str, now: Duration) -> bool {
        match token.strip_prefix('t') {
            Some(number) => now < self.token_expiries[number.parse::<usize>().unwrap() - 1],
            None => token == "fixed",
        }
    }
}
