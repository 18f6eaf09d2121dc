//! Gathers what sessions received and commits it: at most a second's worth, or 8 MB.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use journey_events::Client;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::blocking::blocking;
use super::progress::Counters;
use super::service_time::service_time;
use crate::dataset::{Run, SessionBatch};
use crate::error::Result;
use crate::ledger::ids::{Epoch, SessionKey};

/// How long a batch waits for others.
const MAX_AGE: Duration = Duration::from_secs(1);
/// How many bytes of events are committed at once.
const MAX_BYTES: usize = 8 << 20;
/// How many batches wait while others are committed: pages of at most 450 KB, typically.
const QUEUE: usize = 8;

/// Where sessions hand over what they received.
#[derive(Clone, Debug)]
pub(super) struct Commits {
    messages: mpsc::Sender<Message>,
    lost: Arc<Lost>,
}

/// Claims that are no longer this worker's, as its commits were told.
#[derive(Debug, Default)]
struct Lost(Mutex<HashSet<(SessionKey, Epoch)>>);

impl Lost {
    fn claims(&self) -> MutexGuard<'_, HashSet<(SessionKey, Epoch)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
enum Message {
    Batch(SessionBatch),
    /// Commit now, then answer.
    Flush(oneshot::Sender<()>),
}

impl Commits {
    /// Hands over a batch. Waits while the committer is behind.
    pub(super) async fn add(&self, batch: SessionBatch) {
        // Fails once the committer has, which ends the run.
        let _ = self.messages.send(Message::Batch(batch)).await;
    }

    /// Whether a claim turned out to be lost: nothing more of it is recorded.
    pub(super) fn is_lost(&self, session: SessionKey, epoch: Epoch) -> bool {
        self.lost.claims().contains(&(session, epoch))
    }

    /// Waits until everything handed over is committed.
    pub(super) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.messages.send(Message::Flush(done)).await.is_ok() {
            let _ = flushed.await;
        }
    }
}

/// Commits batches until all [`Commits`] are dropped.
pub(super) struct Committer {
    run: Arc<Run>,
    client: Client,
    counters: Arc<Counters>,
    messages: mpsc::Receiver<Message>,
    lost: Arc<Lost>,
}

/// What is committed together.
#[derive(Default)]
struct Gathered {
    batches: Vec<SessionBatch>,
    bytes: usize,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Committer {
    pub(super) fn new(run: Arc<Run>, client: Client, counters: Arc<Counters>) -> (Commits, Self) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let lost = Arc::<Lost>::default();
        let committer = Self {
            run,
            client,
            counters,
            messages: receiver,
            lost: Arc::clone(&lost),
        };
        let commits = Commits {
            messages: sender,
            lost,
        };
        (commits, committer)
    }

    pub(super) async fn run(mut self) -> Result<()> {
        while let Some(message) = self.messages.recv().await {
            let gathered = self.gather(message).await;
            self.commit(gathered).await?;
        }
        Ok(())
    }

    async fn gather(&mut self, first: Message) -> Gathered {
        let deadline = Instant::now() + MAX_AGE;
        let mut gathered = Gathered::default();
        gathered.add(first);
        while gathered.bytes < MAX_BYTES && gathered.waiting.is_empty() {
            match timeout_at(deadline, self.messages.recv()).await {
                Ok(Some(message)) => gathered.add(message),
                Ok(None) | Err(_) => break,
            }
        }
        gathered
    }

    async fn commit(&self, gathered: Gathered) -> Result<()> {
        let Gathered {
            batches, waiting, ..
        } = gathered;
        if !batches.is_empty() {
            let at = service_time(&self.client);
            let run = Arc::clone(&self.run);
            let outcome = blocking(move || run.commit(&batches, at)).await?;
            self.lost.claims().extend(&outcome.refused);
            self.counters.committed(&outcome);
        }
        for flushed in waiting {
            let _ = flushed.send(());
        }
        Ok(())
    }
}

impl Gathered {
    fn add(&mut self, message: Message) {
        match message {
            Message::Batch(batch) => {
                self.bytes += batch
                    .events
                    .iter()
                    .map(|event| event.json.len())
                    .sum::<usize>();
                self.batches.push(batch);
            }
            Message::Flush(done) => self.waiting.push(done),
        }
    }
}
