//! A whole run, from its sources to its report.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::Shared;
use journey_events::Client;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::blocking::blocking;
use super::options::{Sources, SyncOptions};
use super::outage::GaveUp;
use super::progress::{Counters, RunProgress};
use super::report::{Ended, Failed, Report};
use super::work::{End, Worker};
use crate::dataset::Dataset;
use crate::error::{Error, ErrorKind, Result};

/// How long a run that is stopped waits for a database or a store that is unavailable. What is under way then has half
/// a second more, and so has the attempt to end the worker in the ledger: two seconds in all.
const LAST_TRIES: Duration = Duration::from_secs(1);
/// After how long from then on it ends in any case.
const LAST: Duration = Duration::from_millis(1_500);

/// Brings a dataset up to date: reads every session that is due to its present end, and publishes.
///
/// Any number of processes may do so at the same time: they share the work. When `stop` completes,
/// everything received is committed, and this returns within two seconds unless the disk is slower; the
/// next run continues. Dropping the future is as good as a kill: what wasn't committed is read again.
///
/// While the ledger's database or a bucket is unavailable, a run waits, for as long as it takes. Once `stop`
/// completes, it is an error after these two seconds, also if they are only slow, and what wasn't committed is read
/// again. A dataset and its clones wait together: stop all runs of one at the same time.
///
/// # Errors
///
/// If the ledger or the disk fails, or a store refuses;
/// [`DatabaseUnavailable`](crate::ErrorKind::DatabaseUnavailable) and
/// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) after `stop` alone. A session that fails is no error, but
/// part of the report.
///
/// # Example
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/documented.rs")); }
/// # documented::emulated(|client, [session, ..]| async move {
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path().join("journeys");
/// use journey_events_dataset::format::Format;
/// use journey_events_dataset::{Dataset, Ended, LedgerOptions, RunProgress, Settings, Sources, SyncOptions, sync};
///
/// let settings = Settings::new(Format::Ndjson, client.base_url());
/// let dataset = Dataset::create(folder.as_path(), settings, &LedgerOptions::default())?;
/// let mut sources = Sources::default();
/// sources.sessions.push(session);
///
/// let (progress, _) = tokio::sync::watch::channel(RunProgress::default());
/// let stop = std::future::pending(); // such as a signal
/// let report = sync(&dataset, &client, &sources, SyncOptions::default(), stop, &progress).await?;
/// assert_eq!(report.ended, Ended::Complete);
/// assert_eq!((report.sessions, report.events), (1, 450));
/// # Ok(()) });
/// ```
pub async fn sync(
    dataset: &Dataset,
    client: &Client,
    sources: &Sources,
    options: SyncOptions,
    stop: impl Future<Output = ()>,
    progress: &watch::Sender<RunProgress>,
) -> Result<Report> {
    let (stop, waiting) = (stop.shared(), dataset.waiting());
    let running = async {
        let endless = waiting.endless();
        let report = run(dataset, client, sources, options, stop.clone(), progress).await;
        drop(endless);
        keep(dataset, &report).await;
        report
    };
    let given_up = async {
        stop.clone().await;
        sleep(LAST_TRIES).await;
        waiting.give_up()
    };
    tokio::pin!(running);
    let _given_up = tokio::select! {
        biased;
        report = &mut running => return report,
        given_up = given_up => given_up,
    };
    // Each attempt ends soon now. There may be many, of a service that is slow.
    timeout(LAST, running).await.unwrap_or_else(|_| {
        let message = "the ledger's database or the dataset's store is too slow to end the run in time; next: run it \
                       again: what was committed is kept";
        Err(Error::new(ErrorKind::DatabaseUnavailable, message))
    })
}

/// Runs workers, one after the other, until one ends by itself.
async fn run(
    dataset: &Dataset,
    client: &Client,
    sources: &Sources,
    options: SyncOptions,
    stop: Shared<impl Future<Output = ()>>,
    progress: &watch::Sender<RunProgress>,
) -> Result<Report> {
    let start = Instant::now();
    let counters = Arc::new(Counters::default());
    let (requests, waited) = (client.stats().requests, client.stats().waited);
    let (mut sources, mut continued) = (Some(sources), None);
    let end = loop {
        let worker = Worker::begin(dataset, client, options, &counters, continued).await?;
        continued = Some(worker.run_stamp());
        match worker.work(&mut sources, stop.clone(), progress).await {
            // This process was stopped for so long that another one declared it dead. Nothing is lost:
            // what it held is due again.
            Err(error) if error.kind() == ErrorKind::WorkerDead => {
                if stop.peek().is_some() {
                    break End::Stopped;
                }
            }
            end => break end?,
        }
    };
    let of_status = dataset.clone();
    let status = match blocking(move || of_status.status()).await {
        Ok(status) => Some(status),
        // What it took too long to look at is no failure of a run that ended as it was told to.
        Err(error) if matches!(end, End::Stopped) && is_away(&error) => None,
        Err(error) => return Err(error),
    };
    let is_complete =
        (status.as_ref()).is_some_and(|status| status.is_complete() && status.totals.failed == 0);
    let (ended, error) = match end {
        End::Done if is_complete => (Ended::Complete, None),
        End::Done => (Ended::Incomplete, None),
        End::Stopped => (Ended::Stopped, None),
        End::GaveUp(GaveUp(error)) => {
            let text = error.to_string();
            (Ended::GaveUp { error: text }, Some(error))
        }
    };
    Ok(Report {
        ended,
        sessions: counters.sessions(),
        settled: counters.settled(),
        events: counters.events(),
        files: counters.files(),
        requests: client.stats().requests - requests,
        waited_seconds: Report::seconds(client.stats().waited.saturating_sub(waited)),
        seconds: Report::seconds(start.elapsed()),
        status,
        error,
    })
}

fn is_away(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DatabaseUnavailable | ErrorKind::StoreUnavailable
    )
}

/// Keeps a run's report in the dataset, unless that would only hold up its end.
async fn keep(dataset: &Dataset, report: &Result<Report>) {
    if dataset.waiting().is_given_up() {
        return;
    }
    let json = match report {
        Err(error) if error.kind() == ErrorKind::StoreUnavailable => return,
        Err(error) => serde_json::to_vec(&Failed::new(error)),
        Ok(report) => serde_json::to_vec(report),
    };
    let dataset = dataset.clone();
    let kept = blocking(move || dataset.keep_last_run(&json.unwrap_or_default()));
    if let Err(error) = kept.await {
        // The run is what it is, whether or not it is written down.
        tracing::warn!(kind = ?error.kind(), "can't keep the report of the run");
    }
}
