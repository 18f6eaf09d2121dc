//! One worker of the ledger: this process, until it ends or is declared dead.

use std::convert::Infallible;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use journey_events::Client;
use tokio::sync::watch;
use tokio::task::JoinError;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::activity::ActivityLog;
use super::blocking::blocking;
use super::committer::Committer;
use super::options::{Sources, SyncOptions};
use super::outage::{GaveUp, Outage};
use super::pool::{Pool, Rounds};
use super::progress::{Counters, RunProgress};
use super::publisher::{publish, publish_regularly};
use super::session::Reader;
use crate::dataset::{Dataset, Run, heartbeat_interval};
use crate::error::{ErrorKind, Result};
use crate::ledger::file::SealScope;
use crate::ledger::ids::RunStamp;
use crate::ledger::session::{Listed, Reread};
use crate::ledger::totals::{Counts, Totals};

/// How often progress is updated.
const PROGRESS: Duration = Duration::from_secs(1);
/// Of how much time reading the whole ledger for progress takes one part, at most: other workers may do so too.
const LEDGER_SHARE: u32 = 100;
/// How long reading it is thought to take at most.
const LONGEST_READ: Duration = Duration::from_secs(30);
/// With `follow`, the time from the start of a round to that of the next, unless everything is published more
/// often.
const ROUND: Duration = Duration::from_secs(60);
/// The least such time, however often everything is published.
const SHORTEST_ROUND: Duration = Duration::from_secs(1);
/// How often to look whether other workers have published their files.
const LOOK: Duration = Duration::from_millis(500);

/// An outage that lasts longer ends the run.
const LONGEST_OUTAGE: Duration = Duration::from_secs(30 * 60);
/// How many sources are added in one transaction.
const CHUNK: usize = 1_000;

/// How a worker ended.
pub(super) enum End {
    Done,
    Stopped,
    GaveUp(GaveUp),
}

/// One worker of the ledger.
pub(super) struct Worker<'a> {
    run: Arc<Run>,
    client: &'a Client,
    options: SyncOptions,
    counters: Arc<Counters>,
}

impl<'a> Worker<'a> {
    /// Registers it, for a new run or to continue one.
    pub(super) async fn begin(
        dataset: &Dataset,
        client: &'a Client,
        options: SyncOptions,
        counters: &Arc<Counters>,
        continued: Option<RunStamp>,
    ) -> Result<Self> {
        let dataset = dataset.clone();
        let run = blocking(move || match continued {
            Some(run) => dataset.continue_run(run),
            None => dataset.begin_run(),
        });
        Ok(Self {
            run: Arc::new(run.await?),
            client,
            options,
            counters: Arc::clone(counters),
        })
    }

    /// The run that it works for.
    pub(super) fn run_stamp(&self) -> RunStamp {
        self.run.stamp()
    }

    /// Reads, commits and publishes until nothing is left or `stop` completes.
    pub(super) async fn work(
        self,
        sources: &mut Option<&Sources>,
        stop: impl Future<Output = ()>,
        progress: &watch::Sender<RunProgress>,
    ) -> Result<End> {
        let (commits, committer) = Committer::new(
            Arc::clone(&self.run),
            self.client.clone(),
            Arc::clone(&self.counters),
        );
        let mut committer = tokio::spawn(committer.run());
        // One that follows ends for a signal alone.
        let longest = self.options.follow.is_none().then_some(LONGEST_OUTAGE);
        let counters = Arc::clone(&self.counters);
        let outage = Outage::new(self.client.clone(), counters, longest);
        let reader = Reader {
            client: self.client.clone(),
            run: Arc::clone(&self.run),
            outage: Arc::new(outage),
            commits,
            malformed: self.options.malformed,
        };
        let publishing = publish_regularly(
            Arc::clone(&self.run),
            Arc::clone(&self.counters),
            self.options.follow,
        );
        // Whatever is not chosen is dropped: then no one hands over batches any more.
        let worked = tokio::select! {
            biased;
            () = stop => Ok(Some(End::Stopped)),
            // Without an error it doesn't end before the reads do, unless its runtime ends.
            ended = &mut committer => joined(ended).map(|()| None),
            end = self.read(sources, reader) => end.map(Some),
            Err(error) = publishing => Err(error),
            Err(error) = self.heartbeat() => Err(error),
            never = self.show(progress) => match never {},
        };
        let finished = match worked {
            Ok(Some(end)) => joined(committer.await).map(|()| end),
            Ok(None) => Ok(End::Stopped),
            Err(error) => Err(error),
        };
        match finished {
            Ok(end) => end_run(&self.run).await.map(|()| end),
            // What was in hand is read again by whoever declared this worker dead.
            Err(error) if error.kind() == ErrorKind::WorkerDead => Err(error),
            Err(error) => {
                // The ledger may well be available: others continue at once. What failed first is reported.
                let _ = end_run(&self.run).await;
                Err(error)
            }
        }
    }

    /// Reads all that is due, and publishes it.
    async fn read(&self, sources: &mut Option<&Sources>, reader: Reader) -> Result<End> {
        if let Some(added) = *sources {
            self.add(added).await?;
            // Not before: if this worker is declared dead, the next one adds them.
            *sources = None;
        }
        let concurrency = self.options.concurrency.max(1);
        let rounds = match self.options.follow {
            Some(publish) => Rounds::Every(ROUND.min(publish.max(SHORTEST_ROUND))),
            None => Rounds::One,
        };
        let mut pool = Pool::new(reader.clone(), Arc::clone(&self.counters), concurrency);
        let gave_up = pool.run(rounds).await?;
        drop(pool);
        reader.commits.flush().await;
        self.publish_everything().await?;
        Ok(gave_up.map_or(End::Done, End::GaveUp))
    }

    /// Adds sources, in chunks, so that the ledger is never locked for long.
    async fn add(&self, sources: &Sources) -> Result<()> {
        let listed = |id: &String| Listed {
            id: id.clone(),
            ..Listed::default()
        };
        for chunk in sources.sessions.chunks(CHUNK) {
            let (run, chunk) = (Arc::clone(&self.run), chunk.iter().map(listed));
            let chunk: Vec<_> = chunk.collect();
            blocking(move || run.add_sessions(&chunk, None)).await?;
        }
        for chunk in sources.contacts.chunks(CHUNK) {
            let (run, chunk) = (Arc::clone(&self.run), chunk.to_vec());
            blocking(move || run.add_contacts(&chunk)).await?;
        }
        let reread = match &sources.reread {
            None => Vec::new(),
            Some(Reread::All) => vec![Reread::All],
            Some(Reread::Sessions(ids)) => ids
                .chunks(CHUNK)
                .map(|chunk| Reread::Sessions(chunk.to_vec()))
                .collect(),
        };
        for which in reread {
            let run = Arc::clone(&self.run);
            blocking(move || run.reread(&which)).await?;
        }
        Ok(())
    }

    /// Shows that this worker is alive and what it did, until the ledger says that it isn't.
    async fn heartbeat(&self) -> Result<Infallible> {
        let done = || (self.client.stats().requests, self.counters.sessions());
        let (requests, sessions) = done();
        let mut log = ActivityLog::new(requests, sessions);
        let mut ticks = interval(heartbeat_interval());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let (requests, sessions) = done();
            let activity = log.add(Instant::now(), requests, sessions);
            let run = Arc::clone(&self.run);
            blocking(move || run.report_activity(&activity)).await?;
        }
    }

    /// Shows progress. What can't be read of the ledger is shown as it was: that ends no run.
    async fn show(&self, progress: &watch::Sender<RunProgress>) -> Infallible {
        let mut due = Instant::now();
        let (mut totals, mut counts) = (Totals::default(), Counts::default());
        loop {
            sleep(PROGRESS).await;
            if progress.receiver_count() == 0 {
                continue;
            }
            if Instant::now() >= due {
                let (run, began) = (Arc::clone(&self.run), Instant::now());
                match blocking(move || run.totals().and_then(|totals| Ok((totals, run.counts()?))))
                    .await
                {
                    Ok(read) => (totals, counts) = read,
                    Err(error) => tracing::warn!(kind = ?error.kind(), "can't read the totals"),
                }
                // Longer, it has waited for a database that was away.
                let took = began.elapsed().min(LONGEST_READ);
                due = Instant::now() + took * LEDGER_SHARE;
            }
            progress.send_replace(RunProgress {
                totals,
                counts,
                sessions: self.counters.sessions(),
                events: self.counters.events(),
                is_outage: self.counters.is_outage(),
            });
        }
    }

    /// Publishes everything committed so far, also what other workers have sealed: those that live do so
    /// themselves, and are waited for.
    async fn publish_everything(&self) -> Result<()> {
        publish(&self.run, &self.counters, SealScope::Everything).await?;
        loop {
            let run = Arc::clone(&self.run);
            let unpublished = blocking(move || {
                run.declare_dead()?;
                Ok(run.counts()?.unpublished)
            });
            if unpublished.await? == 0 {
                return Ok(());
            }
            sleep(LOOK).await;
            let run = Arc::clone(&self.run);
            self.counters
                .published(blocking(move || run.publish()).await?);
        }
    }
}

async fn end_run(run: &Arc<Run>) -> Result<()> {
    let run = Arc::clone(run);
    match blocking(move || run.end()).await {
        // All is done, whatever another process thought of this one.
        Err(error) if error.kind() == ErrorKind::WorkerDead => Ok(()),
        ended => ended,
    }
}

/// A task's result. Its panic is resumed.
fn joined(ended: Result<Result<()>, JoinError>) -> Result<()> {
    match ended {
        Ok(result) => result,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        // Cancelled: the runtime is shutting down.
        Err(_) => Ok(()),
    }
}
