//! What an operation meets before it succeeds: what to repeat, for how long, and what to report meanwhile.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::PostgresUrl;
use crate::postgres::failure::{Failed, Failure};
use crate::waiting::{Absence, Delay, Service, Waiting};

/// How often a transaction is repeated at once after a conflict with another one.
const CONFLICTS: u32 = 20;

/// The server, when it is unavailable.
const SERVER: Service = Service {
    name: "database",
    brief: if cfg!(test) {
        Duration::from_millis(300)
    } else {
        Duration::from_secs(10)
    },
};

/// What an operation has met so far.
pub(super) struct Troubles<'w> {
    absence: Absence<'w>,
    pub(super) may_be_committed: bool,
    conflicts: u32,
    last: Option<Failed>,
}

impl<'w> Troubles<'w> {
    pub(super) fn start(waiting: &'w Waiting) -> Self {
        Self {
            absence: waiting.absence(&SERVER),
            may_be_committed: false,
            conflicts: 0,
            last: None,
        }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    ///
    /// If it isn't worth another attempt, or that was long enough.
    pub(super) async fn failed(&mut self, failed: Failed, url: &PostgresUrl) -> Result<()> {
        match failed.failure {
            Failure::Conflict if self.conflicts < CONFLICTS => {
                self.conflicts += 1;
                Ok(())
            }
            Failure::Unreachable | Failure::Locked => {
                self.last = Some(failed);
                let delay = self.delay();
                if self.absence.wait(delay).await {
                    Ok(())
                } else {
                    Err(self.gave_up(url))
                }
            }
            _ => Err(failed.into_error()),
        }
    }

    /// What failed before was overcome.
    pub(super) fn connected(&mut self) {
        self.last = None;
    }

    /// The server has been silent since a moment.
    pub(super) fn silent_since(&mut self, at: Instant) {
        self.absence.began(at);
    }

    /// Reports that an attempt waits which began at a moment, if it is time to.
    pub(super) fn report(&self, attempt: Instant) {
        self.absence.report(attempt, self.delay());
    }

    fn delay(&self) -> impl FnOnce(Duration) -> Delay + use<> {
        let cause = self.cause("it hasn't answered yet");
        let next = self.next("wait");
        |waited| Delay::DatabaseUnavailable {
            waited,
            cause,
            next,
        }
    }

    /// The error of an operation that waits no longer.
    pub(super) fn gave_up(&self, url: &PostgresUrl) -> Error {
        let message = format!(
            "the ledger's database {url} can't be used: {}; next: {}, then run it again: what was committed is \
             kept",
            self.cause("it didn't answer in time"),
            self.next("wait until it can be")
        );
        Error::new(ErrorKind::DatabaseUnavailable, message)
    }

    fn cause(&self, otherwise: &str) -> String {
        let last = self.last.as_ref().map(Failed::cause);
        last.unwrap_or_else(|| otherwise.to_owned())
    }

    fn next(&self, otherwise: &str) -> String {
        let next = self.last.as_ref().map(|failed| failed.next);
        let next = next.filter(|next| !next.is_empty());
        next.unwrap_or(otherwise).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn failed(failure: Failure) -> Failed {
        Failed::new(failure, "the cause".to_owned(), "do this")
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_repeated_as_long_as_it_is_worth_it() {
        let url = "postgres://u@db/d".parse().unwrap();
        for failure in [Failure::Unreachable, Failure::Locked] {
            let waiting = Waiting::new(Arc::new(|_| ()));
            let mut troubles = Troubles::start(&waiting);
            let start = Instant::now();
            let error = loop {
                if let Err(error) = troubles.failed(failed(failure), &url).await {
                    break error;
                }
            };
            assert!(start.elapsed() >= SERVER.brief, "{:?}", start.elapsed());
            assert_eq!(error.kind(), ErrorKind::DatabaseUnavailable);
            let text = error.to_string();
            assert!(text.contains("the cause; next: do this, then"), "{text}");
            let _endless = waiting.endless();
            for _ in 0..100 {
                troubles.failed(failed(failure), &url).await.unwrap();
            }
            let _given_up = waiting.give_up();
            troubles.failed(failed(failure), &url).await.unwrap_err();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn conflicts_are_repeated_at_once_and_end_with_what_to_do() {
        let url = "postgres://u@db/d".parse().unwrap();
        let waiting = Waiting::new(Arc::new(|_| ()));
        let mut troubles = Troubles::start(&waiting);
        let start = Instant::now();
        for _ in 0..CONFLICTS {
            troubles
                .failed(failed(Failure::Conflict), &url)
                .await
                .unwrap();
        }
        let error = troubles.failed(failed(Failure::Conflict), &url).await;
        assert_eq!(error.unwrap_err().to_string(), "the cause; next: do this");
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
