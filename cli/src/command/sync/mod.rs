//! `sync`: keeps a dataset up to date.
//!
//! ```text
//! args ──► (dataset, sources, client) ──► sync ──► report ──► (stderr, or JSON on stdout)
//!                                           └────► progress ──► (stderr)
//! ```

mod args;
mod progress;
mod report;

use journey_events_dataset::format::{Compression, Format};
use journey_events_dataset::{
    Dataset, Ended, Error, ErrorKind, Failed, Given, Malformed, RunProgress, Settings, Sources,
    SyncOptions, sync,
};
use serde::Serialize;
use tokio::sync::{oneshot, watch};
use tokio::task::spawn_blocking;

use self::args::OutputArgs;
pub(crate) use self::args::SyncArgs;
pub(super) use self::report::status as status_text;
use super::print::print;
use crate::exit::Status;
use crate::options::dataset::ledger;
use crate::options::id_list::{self, IdsOf};
use crate::options::roles::Roles;
use crate::options::sources::{SourcesError, ids};
use crate::terminal::advice;
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::Signals;

pub(super) async fn run(args: SyncArgs, signals: &mut Signals) -> Status {
    match prepare(args, signals).await {
        Ok(prepared) => prepared.run(signals).await,
        Err((status, problem)) => {
            if !problem.is_empty() {
                messages::say(problem).await;
            }
            status
        }
    }
}

/// All that a run needs.
struct Prepared {
    client: journey_events::Client,
    dataset: Dataset,
    sources: Sources,
    options: SyncOptions,
    output: OutputArgs,
}

/// Reads the lists, then opens or creates the dataset, then finds the sessions of conversations.
async fn prepare(args: SyncArgs, signals: &mut Signals) -> Result<Prepared, (Status, String)> {
    let client = args.connection.client().await;
    let client = client.map_err(|error| (Status::Usage, error.advice()))?;
    check_roles(&args).map_err(|problem| (Status::Usage, problem))?;
    let mut sources = tokio::select! {
        biased;
        signal = signals.next() => return Err((Status::Stopped(signal), String::new())),
        sources = sources(&args) => sources.map_err(unresolved)?,
    };
    let mut options = SyncOptions::default();
    options.concurrency = args.reading.concurrency;
    options.follow = args.follow.then_some(args.publish_every);
    if args.reading.skip_malformed {
        options.malformed = Malformed::Skip;
    }
    let output = args.output;
    let conversation = args.conversation.clone();
    let service = client.base_url().to_owned();
    let opening = spawn_blocking(move || open(&args, service));
    let dataset = tokio::select! {
        biased;
        // What is half made is completed by the same command.
        signal = signals.next() => return Err((Status::Stopped(signal), String::new())),
        opened = opening => match opened {
            Ok(dataset) => dataset.map_err(|error| (status_of(&error), advice::dataset(&error)))?,
            Err(error) => return Err((Status::Failed, format!("can't open the dataset: {error}"))),
        },
    };
    let found = tokio::select! {
        biased;
        signal = signals.next() => return Err((Status::Stopped(signal), String::new())),
        found = ids(conversation.find(&client)) => found.map_err(unresolved)?,
    };
    sources.sessions.extend(found);
    Ok(Prepared {
        client,
        dataset,
        sources,
        options,
        output,
    })
}

fn unresolved(error: SourcesError) -> (Status, String) {
    match error {
        SourcesError::Invalid(problem) => (Status::Usage, problem),
        SourcesError::Failed(problem) => (Status::Failed, problem),
    }
}

/// Refuses a file that is named twice.
fn check_roles(args: &SyncArgs) -> Result<(), String> {
    let mut roles = Roles::default();
    roles.add_if("--sessions", args.session_list.as_ref())?;
    roles.add_if("--contacts", args.contact_list.as_ref())?;
    roles.add_if("--ledger", args.dataset.ledger.as_ref())?;
    args.connection.add_roles(&mut roles)
}

async fn sources(args: &SyncArgs) -> Result<Sources, SourcesError> {
    let mut sources = Sources {
        sessions: args.sessions.clone(),
        contacts: args.contacts.clone(),
        reread: args.reread.which(),
    };
    if let Some(list) = &args.session_list {
        let ids = id_list::read(list, IdsOf::Sessions);
        sources.sessions.extend(ids.await?);
    }
    if let Some(list) = &args.contact_list {
        let ids = id_list::read(list, IdsOf::Contacts);
        sources.contacts.extend(ids.await?);
    }
    Ok(sources)
}

fn open(args: &SyncArgs, service: String) -> journey_events_dataset::Result<Dataset> {
    let ledger = ledger(&args.dataset);
    let path = &args.dataset.dataset;
    let format = args.format.map(Format::from);
    let compression = args.compress.map(Compression::from);
    let partition = args.partition.map(Into::into);
    if args.create {
        let mut settings = Settings::new(format.unwrap_or(Format::Parquet), service);
        settings.compression = compression.unwrap_or_default();
        settings.partition = partition.unwrap_or_default();
        if let Some(settle) = args.settle {
            settings.settle_seconds = settle.as_secs();
        }
        return Dataset::create(path, settings, &ledger);
    }
    let dataset = Dataset::open(path, &ledger)?;
    dataset.check(&Given {
        format,
        compression,
        partition,
        settle: args.settle,
        columns: None,
        region: Some(service),
    })?;
    if args.upgrade_columns {
        dataset.upgrade_columns()?;
        return Dataset::open(path, &ledger);
    }
    Ok(dataset)
}

impl Prepared {
    async fn run(self, signals: &mut Signals) -> Status {
        let (stop, stopped) = oneshot::channel();
        let (moments, moment) = watch::channel(RunProgress::default());
        let verbosity = self.output.verbosity();
        let progress = progress::show(moment, self.client.clone(), verbosity);
        let stopped = async { stopped.await.unwrap_or_default() };
        let running = sync(
            &self.dataset,
            &self.client,
            &self.sources,
            self.options,
            stopped,
            &moments,
        );
        let mut running = std::pin::pin!(running);
        let mut stop = Some(stop);
        let mut signalled = None;
        let report = loop {
            tokio::select! {
                biased;
                signal = signals.next() => match stop.take() {
                    Some(stop) => {
                        signalled = Some(signal);
                        // Fails if the run has just ended.
                        let _ = stop.send(());
                    }
                    // The second one: as good as a kill, so nothing committed is lost.
                    None => return Status::Stopped(signal),
                },
                report = &mut running => break report,
            }
        };
        drop(progress);
        let report = match report {
            Ok(report) => report,
            Err(error) => {
                self.print_json(&Failed::new(&error)).await;
                return dataset_failure(&error).await;
            }
        };
        let printed = self.print_json(&report).await;
        let is_failure = !matches!(report.ended, Ended::Complete | Ended::Stopped);
        if verbosity > Verbosity::Quiet || is_failure {
            messages::say_last(report::text(&report)).await;
        }
        match (&report.ended, signalled) {
            (Ended::Stopped, Some(signal)) => Status::Stopped(signal),
            (Ended::Complete, _) => printed,
            _ => Status::Failed,
        }
    }

    async fn print_json(&self, report: &impl Serialize) -> Status {
        if !self.output.json {
            return Status::Complete;
        }
        let json = serde_json::to_string(report).unwrap_or_default();
        print(format!("{json}\n").as_bytes()).await
    }
}

/// Reports an error of a dataset.
pub(super) async fn dataset_failure(error: &Error) -> Status {
    messages::say(advice::dataset(error)).await;
    status_of(error)
}

fn status_of(error: &Error) -> Status {
    match error.kind() {
        ErrorKind::NoDataset | ErrorKind::DatasetExists | ErrorKind::Settings => Status::Usage,
        _ => Status::Failed,
    }
}
