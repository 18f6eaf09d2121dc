//! The service of a model walk: answers as a session says, unless it is in trouble.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;

use super::super::memory::{Asked, Memory, Reply};
use super::seen::Seen;
use super::session::{Link, Position, Session};
use crate::fetch::failure::Cause;

/// Longer than the library waits for an answer.
const HANGS: std::ops::Range<u64> = 31..7_200;

/// What can happen to a request.
#[derive(Clone, Copy)]
enum Trouble {
    Broken(Cause),
    Status(u16),
    /// A status that says how long to wait, in seconds.
    Wait(u16, WaitIn, (u64, u64)),
    CutJson,
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

/// Every trouble, by the name it is counted under.
const TROUBLES: [(&str, Trouble); 30] = [
    ("no connection", Trouble::Broken(Cause::Connect)),
    ("bad certificate", Trouble::Broken(Cause::Certificate)),
    ("connection times out", Trouble::Broken(Cause::Timeout)),
    ("torn connection", Trouble::Broken(Cause::Torn)),
    ("garbled answer", Trouble::Broken(Cause::Garbled)),
    ("too large an answer", Trouble::Broken(Cause::TooLarge)),
    ("status 302", Trouble::Status(302)),
    ("status 400", Trouble::Status(400)),
    ("status 401", Trouble::Status(401)),
    ("status 403", Trouble::Status(403)),
    ("status 404", Trouble::Status(404)),
    ("status 408", Trouble::Status(408)),
    ("status 429", Trouble::Status(429)),
    ("status 500", Trouble::Status(500)),
    ("status 501", Trouble::Status(501)),
    ("status 502", Trouble::Status(502)),
    ("status 503", Trouble::Status(503)),
    ("status 504", Trouble::Status(504)),
    (
        "429, Retry-After",
        Trouble::Wait(429, WaitIn::Header, (1, 170)),
    ),
    (
        "429, wait in the message",
        Trouble::Wait(429, WaitIn::Message, (1, 170)),
    ),
    (
        "429, wait above the cap",
        Trouble::Wait(429, WaitIn::Header, (181, 4_000)),
    ),
    (
        "503, Retry-After",
        Trouble::Wait(503, WaitIn::Header, (1, 170)),
    ),
    ("JSON cut", Trouble::CutJson),
    (
        "HTML with status 200",
        Trouble::Body("<html><body>busy</body></html>"),
    ),
    (
        "error body with status 200",
        Trouble::Body(r#"{"message":"m","code":"c","status":500}"#),
    ),
    ("other JSON with status 200", Trouble::Body("{}")),
    ("hang", Trouble::Hang),
    ("token refused", Trouble::TokenRefused),
    ("link to its own page", Trouble::Link(Link::ToItself)),
    ("link without a cursor", Trouble::Link(Link::WithoutCursor)),
];

/// What must have happened for the model to have tested all that the service can do.
pub(super) fn all_troubles() -> impl Iterator<Item = &'static str> {
    let others = [
        "slow answer",
        "login in trouble",
        "401 for a token that ended",
    ];
    TROUBLES.into_iter().map(|(name, _)| name).chain(others)
}

/// What was answered to a request.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// What was asked for; `None` for a token.
    pub(super) page: Option<PageAsked>,
    pub(super) trouble: Option<&'static str>,
    /// How long the client shall wait, and with which status it was told so.
    pub(super) wait: Option<(u16, Duration)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct PageAsked {
    pub(super) consumer: usize,
    /// Which of the consumer's streams, counted from 1.
    pub(super) stream: usize,
    pub(super) position: Position,
}

#[derive(Clone)]
pub(super) struct Service(Arc<Mutex<State>>);

struct State {
    rng: Rng,
    session: Session,
    trouble_percent: u8,
    /// When it reaches 0 the service is and stays healthy, so that every walk ends.
    troubles_left: u32,
    slow_percent: u8,
    /// When each token ends, unless it was refused.
    tokens: Vec<Duration>,
    /// Streams begun so far, by consumer.
    streams: Vec<usize>,
    said: Vec<Said>,
    seen: Seen,
}

impl Service {
    pub(super) fn random(consumers: usize, rng: &mut Rng, seen: &Seen) -> Self {
        Self(Arc::new(Mutex::new(State {
            session: Session::random(rng),
            trouble_percent: rng.choice([0, 5, 20, 40]).unwrap(),
            troubles_left: rng.u32(..25),
            slow_percent: rng.choice([0, 30]).unwrap(),
            tokens: Vec::new(),
            streams: vec![0; consumers],
            said: Vec::new(),
            seen: seen.clone(),
            rng: rng.fork(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The service on the wire.
    pub(super) fn memory(&self) -> Memory {
        let service = self.clone();
        Memory::new(move |asked| service.state().answer(asked))
    }

    /// The same session, without trouble.
    pub(super) fn healthy_memory(&self) -> Memory {
        let service = self.clone();
        Memory::new(move |asked| {
            let mut state = service.state();
            let (position, limit) = state.asked_for(asked);
            Reply::ok(state.listing(position, limit, Link::True))
        })
    }

    pub(super) fn said(&self) -> Vec<Said> {
        self.state().said.clone()
    }

    pub(super) fn begin_stream(&self, consumer: usize) {
        self.state().streams[consumer] += 1;
    }

    /// How many pages behind the one with the event the consumer's stream has asked for.
    pub(super) fn pages_asked_beyond(&self, consumer: usize, event: &str) -> usize {
        let state = self.state();
        let position = state.session.position_of(event);
        let stream = state.streams[consumer];
        let mut beyond: Vec<_> = state
            .said
            .iter()
            .filter_map(|said| said.page.as_ref())
            .filter(|page| page.consumer == consumer && page.stream == stream)
            .map(|page| page.position)
            .filter(|asked| *asked > position)
            .collect();
        // Attempts at one page follow one another.
        beyond.dedup();
        beyond.len()
    }

    pub(super) fn with_session<T>(&self, look: impl FnOnce(&mut Session) -> T) -> T {
        look(&mut self.state().session)
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Reply {
        let page = asked.token.is_some().then(|| self.page_asked(asked));
        let (mut reply, trouble, wait) = self.reply(asked);
        if let Some(name) = trouble {
            self.seen.note(name);
            if page.is_none() {
                self.seen.note("login in trouble");
            }
        }
        if trouble != Some("hang") {
            reply = reply.after(self.delay());
        }
        self.said.push(Said {
            page,
            trouble,
            wait,
        });
        reply
    }

    fn delay(&mut self) -> Duration {
        if self.rng.u8(..100) < self.slow_percent {
            self.seen.note("slow answer");
            Duration::from_millis(self.rng.u64(1_000..20_000))
        } else {
            Duration::from_millis(self.rng.u64(..300))
        }
    }

    fn page_asked(&self, asked: &Asked) -> PageAsked {
        let consumer = asked.parameter("eventType").unwrap().parse().unwrap();
        PageAsked {
            consumer,
            stream: self.streams[consumer],
            position: self.asked_for(asked).0,
        }
    }

    fn asked_for(&self, asked: &Asked) -> (Position, usize) {
        let cursor = asked.parameter(self.session.direction().parameter());
        let limit = asked.parameter("limit").unwrap().parse().unwrap();
        (self.session.position(cursor), limit)
    }

    fn listing(&mut self, position: Position, limit: usize, link: Link) -> String {
        self.session.listing(position, limit, link, &mut self.rng)
    }

    fn reply(&mut self, asked: &Asked) -> (Reply, Option<&'static str>, Option<(u16, Duration)>) {
        if asked
            .token
            .as_ref()
            .is_some_and(|token| !self.takes(token, asked.at))
        {
            return (Reply::status(401), Some("401 for a token that ended"), None);
        }
        let trouble = self.next_trouble().filter(|(_, trouble)| {
            // The first page may be asked for without a cursor, and a login has no links.
            !matches!(trouble, Trouble::Link(_)) || asked.cursor().is_some()
        });
        let link = match trouble {
            Some((_, Trouble::Link(link))) => link,
            _ => Link::True,
        };
        let body = if asked.token.is_none() {
            self.new_token(asked.at)
        } else {
            let (position, limit) = self.asked_for(asked);
            self.listing(position, limit, link)
        };
        let Some((name, trouble)) = trouble else {
            return (Reply::ok(body), None, None);
        };
        let (reply, wait) = self.in_trouble(trouble, body);
        (reply, Some(name), wait)
    }

    fn next_trouble(&mut self) -> Option<(&'static str, Trouble)> {
        if self.troubles_left == 0 || self.rng.u8(..100) >= self.trouble_percent {
            return None;
        }
        self.troubles_left -= 1;
        self.rng.choice(TROUBLES)
    }

    fn in_trouble(&mut self, trouble: Trouble, body: String) -> (Reply, Option<(u16, Duration)>) {
        let reply = match trouble {
            Trouble::Broken(cause) => Reply::fault(cause),
            Trouble::Status(status) => Reply::status(status),
            Trouble::Wait(status, wait_in, (least, most)) => {
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
            Trouble::CutJson => Reply::ok(&body[..self.rng.usize(..body.len())]),
            Trouble::Body(other) => Reply::ok(other),
            Trouble::Hang => Reply::ok(body).after(Duration::from_secs(self.rng.u64(HANGS))),
            Trouble::TokenRefused => {
                self.tokens.fill(Duration::ZERO);
                Reply::status(401)
            }
            Trouble::Link(_) => Reply::ok(body),
        };
        (reply, None)
    }

    fn new_token(&mut self, now: Duration) -> String {
        let seconds = self.rng.choice([60, 600, 86_400]).unwrap();
        self.tokens.push(now + Duration::from_secs(seconds));
        let number = self.tokens.len();
        format!(r#"{{"access_token":"t{number}","expires_in":{seconds}}}"#)
    }

    /// Whether the service takes a token: a fixed one always, one of its own until it ends.
    fn takes(&self, token: &str, now: Duration) -> bool {
        match token.strip_prefix('t') {
            Some(number) => now < self.tokens[number.parse::<usize>().unwrap() - 1],
            None => token == "fixed",
        }
    }
}
