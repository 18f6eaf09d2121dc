//! Runs contacts and sessions, a bounded number at a time, until nothing is due and nothing is held.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::blocking::blocking;
use super::outage::GaveUp;
use super::progress::Counters;
use super::service_time::service_time;
use super::session::{ReadEnd, Reader};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::session::{Claim, ContactClaim};

/// How often to look for sessions that are due: listed meanwhile, or left by other workers.
const LOOK: Duration = Duration::from_millis(500);

/// How often all that is open is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rounds {
    /// Once.
    One,
    /// Again and again, so long after the round before began.
    Every(Duration),
}

impl Rounds {
    /// For one round, longer than any lasts.
    fn interval(self) -> Duration {
        match self {
            Self::One => Duration::from_secs(24 * 365 * 3600),
            Self::Every(interval) => interval,
        }
    }
}

/// What is read.
enum Job {
    Contact(ContactClaim),
    Session(Box<Claim>),
}

/// Reads all that is due.
pub(super) struct Pool {
    reader: Reader,
    counters: Arc<Counters>,
    concurrency: u32,
    claimed: VecDeque<Job>,
    running: JoinSet<Result<Option<GaveUp>>>,
}

impl Pool {
    pub(super) fn new(reader: Reader, counters: Arc<Counters>, concurrency: u32) -> Self {
        Self {
            reader,
            counters,
            concurrency,
            claimed: VecDeque::new(),
            running: JoinSet::new(),
        }
    }

    /// Reads until this run needs nothing more, also of what other workers hold; with `Rounds::Every`, for
    /// ever. Dropping the future cancels what is being read.
    pub(super) async fn run(&mut self, rounds: Rounds) -> Result<Option<GaveUp>> {
        let mut next_round = Instant::now() + rounds.interval();
        loop {
            // What is still being read stays claimed, so that it holds up nothing else.
            if Instant::now() >= next_round {
                next_round = Instant::now() + rounds.interval();
                let run = Arc::clone(&self.reader.run);
                blocking(move || run.renew()).await?;
            }
            let has_room = self.running.len() < self.concurrency as usize;
            if has_room && self.claimed.is_empty() {
                self.claim().await?;
            }
            while self.running.len() < self.concurrency as usize
                && let Some(job) = self.claimed.pop_front()
            {
                self.start(job);
            }
            if self.running.is_empty() {
                if self.is_done().await? {
                    match rounds {
                        Rounds::One => return Ok(None),
                        Rounds::Every(_) => sleep_until(next_round).await,
                    }
                }
            } else if let Some(gave_up) = self.joined().await? {
                return Ok(Some(gave_up));
            }
        }
    }

    /// Waits until something was read, or may be due.
    async fn joined(&mut self) -> Result<Option<GaveUp>> {
        match timeout(LOOK, self.running.join_next()).await {
            Ok(Some(Ok(end))) => end,
            Ok(Some(Err(error))) if error.is_panic() => resume_unwind(error.into_panic()),
            // Cancelled, as all are when the runtime shuts down; or it is time to look.
            Ok(Some(Err(_)) | None) | Err(_) => Ok(None),
        }
    }

    /// Whether nothing is due and no other worker holds anything. Waits a while if one does.
    async fn is_done(&self) -> Result<bool> {
        self.reader.commits.flush().await;
        let run = Arc::clone(&self.reader.run);
        let counts = blocking(move || run.counts()).await?;
        if counts.due_sessions + counts.due_contacts > 0 {
            return Ok(false);
        }
        if counts.held_elsewhere + counts.held_here == 0 {
            return Ok(true);
        }
        if counts.held_here > 0 {
            // It holds what it doesn't know of. Another worker takes it over, which this process becomes.
            let message = "the ledger has claims of this worker that it doesn't know of";
            return Err(Error::new(ErrorKind::WorkerDead, message));
        }
        sleep(LOOK).await;
        let run = Arc::clone(&self.reader.run);
        blocking(move || run.declare_dead()).await?;
        Ok(false)
    }

    /// Claims contacts first: they add sessions.
    async fn claim(&mut self) -> Result<()> {
        let run = Arc::clone(&self.reader.run);
        let (limit, at) = (self.concurrency, service_time(&self.reader.client));
        let claimed = blocking(move || {
            let contacts = run.claim_contacts(limit)?;
            let sessions = if contacts.is_empty() {
                run.claim(limit, at)?
            } else {
                Vec::new()
            };
            Ok((contacts, sessions))
        });
        let (contacts, sessions) = claimed.await?;
        self.claimed.extend(contacts.into_iter().map(Job::Contact));
        let sessions = sessions.into_iter().map(Box::new);
        self.claimed.extend(sessions.map(Job::Session));
        Ok(())
    }

    fn start(&mut self, job: Job) {
        let reader = self.reader.clone();
        let counters = Arc::clone(&self.counters);
        self.running.spawn(async move {
            match job {
                Job::Contact(claim) => reader.list(claim).await,
                Job::Session(claim) => Ok(match reader.read(*claim).await? {
                    ReadEnd::Read => {
                        counters.session_ended();
                        None
                    }
                    ReadEnd::Lost => None,
                    ReadEnd::GaveUp(gave_up) => Some(gave_up),
                }),
            }
        });
    }
}
