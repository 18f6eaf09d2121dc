//! Runs contacts and sessions, a bounded number at a time, until nothing is due and nothing is held.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::blocking::blocking;
use super::outage::GaveUp;
use super::progress::Counters;
use super::service_time::service_time;
use super::session::{ReadEnd, Reader};
use crate::error::Result;
use crate::ledger::session::{Claim, ContactClaim};

/// How often it is looked whether sessions that other workers hold are due again.
const LOOK: Duration = Duration::from_millis(500);

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

    /// Reads until this run needs nothing more, also of what other workers hold. Dropping the future
    /// cancels what is being read.
    pub(super) async fn run(&mut self) -> Result<Option<GaveUp>> {
        loop {
            if self.claimed.is_empty() {
                self.claim().await?;
            }
            while self.running.len() < self.concurrency as usize
                && let Some(job) = self.claimed.pop_front()
            {
                self.start(job);
            }
            match self.running.join_next().await {
                Some(Ok(end)) => {
                    if let Some(gave_up) = end? {
                        return Ok(Some(gave_up));
                    }
                }
                Some(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
                // Cancelled, as all are when the runtime shuts down.
                Some(Err(_)) => {}
                None => {
                    self.reader.commits.flush().await;
                    let run = Arc::clone(&self.reader.run);
                    let counts = blocking(move || run.counts()).await?;
                    if counts.due_sessions + counts.due_contacts > 0 {
                        continue;
                    }
                    if counts.held_elsewhere == 0 {
                        return Ok(None);
                    }
                    sleep(LOOK).await;
                    let run = Arc::clone(&self.reader.run);
                    blocking(move || run.declare_dead()).await?;
                }
            }
        }
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
