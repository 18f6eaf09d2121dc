//! Keeps a dataset up to date.

use std::time::Duration;

use journey_events_dataset::{
    Counts, Ended, Malformed, Report, RunProgress, SyncOptions, sync as run_sync,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::json;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::place::{Place, Wanted};
use super::sources::sources;
use crate::argument::{Given, wrong_type};
use crate::client::Client;
use crate::entity::json::to_python;
use crate::failure;
use crate::runtime::Driver;

/// How often progress is reported.
const EVERY: Duration = Duration::from_secs(1);

/// All arguments, in the order of the documentation.
const NAMES: [&str; 16] = [
    "sessions",
    "contacts",
    "reread",
    "create",
    "format",
    "compression",
    "partition",
    "settle",
    "columns",
    "upgrade_columns",
    "skip_malformed",
    "concurrency",
    "follow",
    "ledger",
    "progress",
    "client",
];

/// Brings a dataset up to date, and returns a report: what `journey-events sync --json` prints.
///
/// >>> import journey_events
/// >>> report = journey_events.sync(folder, client=client, create=True, sessions=[session_id])
/// >>> report["events"], report["ended"]
/// (300, {'reason': 'complete'})
///
/// dataset is a folder, or s3://BUCKET/PREFIX, gs://… or az://…. Any number of processes may call it at the same time,
/// be killed at any moment and start again: every event ends up in the files once.
///
/// - client: a Client; by default, Client.from_env().
/// - sessions, contacts: ids, or objects with an id, to add. They accumulate: name them once.
/// - reread: sessions to read again from their beginning, or "all".
/// - create=True creates the dataset if there is none; format ("parquet"), compression ("zstd"), partition ("date"),
///   settle (24 h) and columns are fixed from then on. upgrade_columns=True appends those of this version.
/// - skip_malformed=True passes events that can't be decoded; concurrency (8) is how many sessions are read at a time.
/// - follow: keep running until a signal, and publish at this interval.
/// - ledger: a file, or postgres://HOST/DATABASE for many machines; JOURNEY_EVENTS_LEDGER by default.
/// - progress: a function that is called with a dict about every second. If it raises, the run stops, and it isn't
///   called again.
///
/// Raises IncompleteError with the report if not everything was read (the same call continues), DatasetSettingsError
/// for arguments that the dataset contradicts, DatasetError for a failure of the disk, ledger or store. Ctrl-C, or
/// whatever a signal handler raises, stops the run: everything received is kept.
#[pyfunction]
#[pyo3(signature = (dataset, **arguments), text_signature = "(dataset, *, sessions=(), contacts=(), reread=None, create=False, format=None, compression=None, partition=None, settle=None, columns=None, upgrade_columns=False, skip_malformed=False, concurrency=8, follow=None, ledger=None, progress=None, client=None)")]
pub(crate) fn sync<'py>(
    dataset: &Bound<'py, PyAny>,
    arguments: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = dataset.py();
    let none = PyDict::new(py);
    let given = Given::of(arguments.unwrap_or(&none), &NAMES)?;
    let client = client(&given)?;
    let client = client.get().client()?;
    let wanted = Wanted::of(&given)?;
    let options = options(&given)?;
    let mut watcher = Watcher::of(&given)?;
    let place = Place::of(dataset, given.get("ledger")?.as_ref())?;
    let sources = sources(&given, client)?;
    let driver = Driver::get()?;
    let service = client.base_url().to_owned();
    let opened = driver.blocking(py, move || place.open_with(wanted, service))?;
    let dataset = opened.map_err(|error| failure::of_dataset(py, &error))?;

    let (stop, stopped) = oneshot::channel();
    let (moments, moment) = watch::channel(RunProgress::default());
    let mut stop = Some(stop);
    // What ends the run: a signal, or an error of the callback.
    let mut raised = None;
    let stopped = async { stopped.await.unwrap_or_default() };
    let client = client.clone();
    // Not on this thread: a callback that takes its time must not keep the run from showing that it is alive.
    let running =
        async move { run_sync(&dataset, &client, &sources, options, stopped, &moments).await };
    let report = driver.run(py, running, || {
        // None until the run has reported one. Copied: as long as it is borrowed, the run can't report another one.
        let is_known = moment.has_changed().unwrap_or_default();
        let now = is_known.then(|| *moment.borrow());
        // Once the run is ending, only a signal ends it sooner.
        let now = now.filter(|_| stop.is_some());
        let looked = py.check_signals();
        let looked = looked.and_then(|()| now.map_or(Ok(()), |now| watcher.look(py, now)));
        match (looked, stop.take()) {
            (Err(error), Some(stop)) => {
                raised = Some(error);
                // Fails if the run has just ended.
                let _ = stop.send(());
            }
            // The second time: as good as a kill, so nothing committed is lost.
            (Err(error), None) => {
                error.set_context(py, raised.take());
                return Err(error);
            }
            (Ok(()), left) => stop = left,
        }
        Ok(())
    })?;
    match (report, raised) {
        (Ok(report), None) => {
            let mut last = *moment.borrow();
            (last.events, last.sessions) = (report.events, report.sessions);
            if let Some(status) = &report.status {
                last.totals = status.totals;
            }
            if let Ended::Complete | Ended::Incomplete = report.ended {
                last.counts = Counts::default();
            }
            let ended = ended(py, &report);
            match (watcher.report(py, last), &ended) {
                // What is missing from the dataset matters more.
                (Err(error), Err(incomplete)) => incomplete.set_context(py, Some(error)),
                (reported, _) => reported?,
            }
            ended
        }
        (Ok(report), Some(raised)) => {
            // Not only what stopped the run has to be known.
            if let Ended::GaveUp { .. } | Ended::Failed { .. } = &report.ended
                && let Err(incomplete) = ended(py, &report)
            {
                explain(py, &raised, incomplete);
            }
            Err(raised)
        }
        (Err(error), Some(raised)) => {
            explain(py, &raised, failure::of_dataset(py, &error));
            Err(raised)
        }
        (Err(error), None) => Err(failure::of_dataset(py, &error)),
    }
}

/// Adds what went wrong while the run was stopping, behind the causes that the exception has.
fn explain(py: Python<'_>, raised: &PyErr, failed: PyErr) {
    match raised.cause(py) {
        Some(cause) => explain(py, &cause, failed),
        None => raised.set_cause(py, Some(failed)),
    }
}

fn client<'py>(given: &Given<'_, 'py>) -> PyResult<Bound<'py, Client>> {
    match given.get("client")? {
        None => Bound::new(given.py(), Client::of_environment(given.py(), None)?),
        Some(client) => {
            let cast = client.cast_into::<Client>();
            cast.map_err(|error| wrong_type("client", &error.into_inner(), "expected a Client"))
        }
    }
}

fn options(given: &Given<'_, '_>) -> PyResult<SyncOptions> {
    let mut options = SyncOptions::default();
    if let Some(sessions) = given.number_from(1, "concurrency")? {
        options.concurrency = sessions;
    }
    if given.flag("skip_malformed")? {
        options.malformed = Malformed::Skip;
    }
    options.follow = given.duration("follow")?;
    Ok(options)
}

fn ended<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyAny>> {
    let object = to_python(py, report)?;
    let text = match &report.ended {
        Ended::Complete => return Ok(object),
        Ended::GaveUp { error } => format!("gave up, everything received is kept: {error}"),
        Ended::Failed { error } => format!("failed, what was committed is kept: {error}"),
        _ => match &report.status {
            Some(status) => format!(
                "{} sessions or contacts failed; the rest is complete, and the same call reads them again",
                status.totals.failed
            ),
            None => "not every session was read; the same call continues".to_owned(),
        },
    };
    let incomplete = failure::incomplete(&text, &object);
    if let Some(error) = &report.error {
        incomplete.set_cause(py, Some(failure::raise(py, error)));
    }
    Err(incomplete)
}

/// Reports progress to a function.
struct Watcher<'py> {
    call: Option<Bound<'py, PyAny>>,
    last: Instant,
}

impl<'py> Watcher<'py> {
    fn of(given: &Given<'_, 'py>) -> PyResult<Self> {
        let call = given.get("progress")?;
        if let Some(call) = &call
            && !call.is_callable()
        {
            return Err(wrong_type("progress", call, "expected a function"));
        }
        Ok(Self {
            call,
            last: Instant::now(),
        })
    }

    /// Reports a moment of the run, unless the last one was reported just before.
    fn look(&mut self, py: Python<'_>, moment: RunProgress) -> PyResult<()> {
        if self.last.elapsed() < EVERY {
            return Ok(());
        }
        self.last = Instant::now();
        self.report(py, moment)
    }

    fn report(&self, py: Python<'_>, moment: RunProgress) -> PyResult<()> {
        let Some(call) = &self.call else {
            return Ok(());
        };
        let progress = json!({
            "events": moment.events,
            "sessions": moment.sessions,
            "sessions_left": moment.counts.sessions_left(),
            "is_outage": moment.is_outage,
            "totals": moment.totals,
        });
        call.call1((to_python(py, &progress)?,))?;
        Ok(())
    }
}
