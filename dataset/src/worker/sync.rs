//! A whole run, from its sources to its report.

use std::sync::Arc;

use futures::FutureExt as _;
use journey_events::Client;
use tokio::sync::watch;
use tokio::time::Instant;

use super::blocking::blocking;
use super::options::{Sources, SyncOptions};
use super::outage::GaveUp;
use super::progress::{Counters, RunProgress};
use super::report::{Ended, Failed, Report};
use super::work::{End, Worker, until_stopped};
use crate::dataset::Dataset;
use crate::error::{ErrorKind, Result};

/// Brings a dataset up to date: reads every session that is due to its present end, and publishes.
///
/// Any number of processes may do so at the same time: they share the work. When `stop` completes,
/// everything received is committed, and this returns within two seconds unless the disk is slower; the
/// next run continues. Dropping the future is as good as a kill: what wasn't committed is read again.
///
/// While the ledger's database or a bucket is unavailable, a run waits, for as long as it takes. Once `stop`
/// completes, it is an error after these two seconds, and what wasn't committed is read again.
///
/// # Errors
///
/// If the ledger or the disk fails. A session that fails is no error, but part of the report.
///
/// # Example
///
/// ```no_run
/// # async fn run(client: journey_events::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::path::Path;
///
/// use journey_events_dataset::{Dataset, LedgerOptions, Sources, SyncOptions, sync};
///
/// let dataset = Dataset::open(Path::new("data"), &LedgerOptions::default())?;
/// let (progress, _) = tokio::sync::watch::channel(Default::default());
/// let stop = std::future::pending();
/// let (sources, options) = (Sources::default(), SyncOptions::default());
/// let report = sync(&dataset, &client, &sources, options, stop, &progress).await?;
/// println!("{} new events", report.events);
/// # Ok(())
/// # }
/// ```
pub async fn sync(
    dataset: &Dataset,
    client: &Client,
    sources: &Sources,
    options: SyncOptions,
    stop: impl Future<Output = ()>,
    progress: &watch::Sender<RunProgress>,
) -> Result<Report> {
    let stop = stop.shared();
    let running = async {
        let start = Instant::now();
        let counters = Arc::new(Counters::default());
        let (requests, waited) = (client.stats().requests, client.stats().waited);
        let (mut sources, mut continued) = (Some(sources), None);
        let end = loop {
            let begun = Worker::begin(dataset, client, options, &counters, continued);
            let worker = until_stopped(begun, stop.clone(), dataset.waiting()).await?;
            continued = Some(worker.run_stamp());
            match worker.work(&mut sources, stop.clone(), progress).await {
                // This process was stopped for so long that another one declared it dead. Nothing is lost:
                // what it held is due again.
                Err(error) if error.kind() == ErrorKind::WorkerDead => {}
                end => break end?,
            }
        };
        let of_status = dataset.clone();
        let status = blocking(move || of_status.status());
        let status = until_stopped(status, stop.clone(), dataset.waiting()).await?;
        let is_complete = status.is_complete() && status.totals.failed == 0;
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
    };
    let report: Result<Report> = running.await;
    dataset.waiting().be_brief();
    keep(dataset, &report, stop).await;
    report
}

/// Keeps a run's report in the dataset, unless that would only hold up its end.
async fn keep(dataset: &Dataset, report: &Result<Report>, stop: impl Future<Output = ()>) {
    let json = match report {
        Err(error) if error.kind() == ErrorKind::StoreUnavailable => return,
        Err(error) => serde_json::to_vec(&Failed::new(error)),
        Ok(report) => serde_json::to_vec(report),
    };
    let of_report = dataset.clone();
    let kept = blocking(move || of_report.keep_last_run(&json.unwrap_or_default()));
    if let Err(error) = until_stopped(kept, stop, dataset.waiting()).await {
        // The run is what it is, whether or not it is written down.
        tracing::warn!(kind = ?error.kind(), "can't keep the report of the run");
    }
}
