//! A source that answers as a script says.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep};

use crate::error::{Error, ErrorKind};
use crate::fetch::auth::source::TokenSource;
use crate::fetch::auth::token::AccessToken;

/// What the source answers, and when.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    delay: Duration,
    answer: Answer,
}

#[derive(Clone, Debug)]
enum Answer {
    /// The number of the call, as text.
    Number(Duration),
    Text(&'static str, Duration),
    Error(ErrorKind),
    Panic,
}

impl Reply {
    pub(super) fn token(lifetime: Duration) -> Self {
        Self::of(Answer::Number(lifetime))
    }

    pub(super) fn text(text: &'static str) -> Self {
        Self::text_for(text, Duration::ZERO)
    }

    pub(super) fn text_for(text: &'static str, lifetime: Duration) -> Self {
        Self::of(Answer::Text(text, lifetime))
    }

    pub(super) fn error(kind: ErrorKind) -> Self {
        Self::of(Answer::Error(kind))
    }

    pub(super) fn panic() -> Self {
        Self::of(Answer::Panic)
    }

    fn of(answer: Answer) -> Self {
        let delay = Duration::ZERO;
        Self { delay, answer }
    }

    pub(super) fn after(self, seconds: u64) -> Self {
        self.after_millis(1_000 * seconds)
    }

    pub(super) fn after_millis(mut self, millis: u64) -> Self {
        self.delay = Duration::from_millis(millis);
        self
    }
}

/// A call as the source saw it.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Since the source was made.
    at: Duration,
    refused: Option<String>,
}

#[derive(Default)]
struct Seen {
    calls: Vec<Call>,
    running: usize,
    most_at_once: usize,
}

type Script = dyn Fn(usize) -> Reply + Send + Sync;

/// Calls are numbered from 1.
#[derive(Clone)]
pub(super) struct Scripted {
    script: Arc<Script>,
    start: Instant,
    seen: Arc<Mutex<Seen>>,
}

impl Scripted {
    pub(super) fn new(script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            script: Arc::new(script),
            start: Instant::now(),
            seen: Arc::default(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.seen().calls.clone()
    }

    /// When it was called, in seconds.
    pub(super) fn call_times(&self) -> Vec<u64> {
        self.calls().iter().map(|call| call.at.as_secs()).collect()
    }

    pub(super) fn refused(&self) -> Vec<Option<String>> {
        self.calls().into_iter().map(|call| call.refused).collect()
    }

    /// Calls whose future exists.
    pub(super) fn running(&self) -> usize {
        self.seen().running
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.seen().most_at_once
    }

    pub(super) fn forget(&self) {
        *self.seen() = Seen::default();
    }
}

impl TokenSource for Scripted {
    fn token<'a>(
        &'a self,
        refused: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, Result<AccessToken, Error>> {
        let number = {
            let mut seen = self.seen();
            seen.calls.push(Call {
                at: self.start.elapsed(),
                refused: refused.map(|token| token.expose_secret().to_owned()),
            });
            seen.running += 1;
            seen.most_at_once = seen.most_at_once.max(seen.running);
            seen.calls.len()
        };
        let ends = Ends(self);
        async move {
            let _ends = ends;
            let Reply { delay, answer } = (self.script)(number);
            sleep(delay).await;
            match answer {
                Answer::Number(lifetime) => {
                    Ok(AccessToken::new(number.to_string()).expires_in(lifetime))
                }
                Answer::Text(text, lifetime) => Ok(AccessToken::new(text).expires_in(lifetime)),
                Answer::Error(kind) => Err(Error::new(kind, "scripted")),
                Answer::Panic => panic!("canary"),
            }
        }
        .boxed()
    }
}

/// Counts a call as ended when its future is dropped.
struct Ends<'a>(&'a Scripted);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.seen().running -= 1;
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}
