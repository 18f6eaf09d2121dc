//! `sync`: keeps a dataset up to date.
//!
//! ```text
//! args, search ──► (dataset, sources, client) ──► sync ──► report ──► (stderr, or JSON on stdout)
//!                                                   └────► progress ──► (stderr)
//! ```

mod args;
mod open;
mod progress;
mod report;
mod search;

use std::sync::Arc;

use journey_events::{Client, Error};
use journey_events_dataset::{
    Dataset, Ended, ErrorKind, Failed, LedgerLocation, Malformed, RunProgress, Sources,
    Status as DatasetStatus, SyncOptions, sync,
};
use serde::Serialize;
use tokio::sync::{oneshot, watch};

use self::args::OutputArgs;
pub(crate) use self::args::SyncArgs;
use self::open::{exists, opened};
pub(super) use self::report::{process, status as status_text};
use super::once::{dataset_failure, status_of};
use crate::command::other_kind::{self, Known};
use crate::command::print::print;
use crate::exit::Status;
use crate::options::id_list::{self, IdsOf, ListError};
use crate::options::roles::Roles;
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
    client: Client,
    dataset: Dataset,
    sources: Sources,
    /// A conversation couldn't be looked up, which was reported.
    lacks_some: bool,
    /// Ids given as arguments, which may be of another kind.
    typed: Vec<String>,
    options: SyncOptions,
    output: OutputArgs,
}

/// Reads the lists, finds the sessions of conversations, and opens or creates the dataset. An error or a
/// signal before then leaves no dataset behind.
async fn prepare(args: SyncArgs, signals: &mut Signals) -> Result<Prepared, (Status, String)> {
    let usage = |problem| (Status::Usage, problem);
    let refused = |error| (status_of(&error), advice::dataset(&error));
    let client = args.connection.client().await;
    let client = client.map_err(|error| usage(error.advice()))?;
    let named = args.dataset.named();
    let named = Arc::new(named.map_err(refused)?);
    check_roles(&args, &named.ledger.location).map_err(usage)?;
    let mut options = SyncOptions::default();
    options.concurrency = args.reading.concurrency;
    options.follow = args.follow.then_some(args.publish_every);
    if args.reading.skip_malformed {
        options.malformed = Malformed::Skip;
    }
    let (output, typed) = (args.output, args.sessions.clone());
    let preparing = async {
        let mut sources = sources(&args)
            .await
            .map_err(|error| usage(error.to_string()))?;
        let args = Arc::new(args);
        // A new dataset is made once its sessions are found.
        let mut dataset = None;
        if !args.create || exists(&named).await.map_err(refused)? {
            dataset = Some(opened(&args, &named, &client).await.map_err(refused)?);
        }
        let mut lacks_some = false;
        if !args.conversation.is_empty() {
            let (found, errors) =
                search::sessions(&args.conversation, &client, output.verbosity()).await;
            // The run would fail as well, and would leave a dataset behind.
            if dataset.is_none() && errors.iter().any(Error::concerns_client) {
                return Err((Status::Failed, String::new()));
            }
            lacks_some = !errors.is_empty();
            sources.sessions.extend(found);
        }
        let dataset = match dataset {
            Some(dataset) => dataset,
            None => opened(&args, &named, &client).await.map_err(refused)?,
        };
        Ok((dataset, sources, lacks_some))
    };
    let (dataset, sources, lacks_some) = tokio::select! {
        biased;
        // What is half made is completed by the same command.
        signal = signals.next() => {
            let text = format!("stopped by {}: no session was read yet", signal.name());
            return Err((Status::Stopped(signal), text));
        }
        prepared = preparing => prepared?,
    };
    Ok(Prepared {
        client,
        dataset,
        sources,
        lacks_some,
        typed,
        options,
        output,
    })
}

/// Refuses a file that is named twice.
fn check_roles(args: &SyncArgs, ledger: &LedgerLocation) -> Result<(), String> {
    let mut roles = Roles::default();
    roles.add_if("--sessions", args.session_list.as_ref())?;
    roles.add_if("--contacts", args.contact_list.as_ref())?;
    if let LedgerLocation::File(file) = ledger {
        roles.add("--ledger", file)?;
    }
    args.connection.add_roles(&mut roles)
}

async fn sources(args: &SyncArgs) -> Result<Sources, ListError> {
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
                let failed = dataset_failure(&error).await;
                // What couldn't be committed any more is read again.
                let is_away = matches!(
                    error.kind(),
                    ErrorKind::DatabaseUnavailable | ErrorKind::StoreUnavailable
                );
                return signalled
                    .filter(|_| is_away)
                    .map_or(failed, Status::Stopped);
            }
        };
        let printed = self.print_json(&report).await;
        let is_failure = !matches!(report.ended, Ended::Complete | Ended::Stopped);
        if verbosity > Verbosity::Quiet || is_failure {
            messages::say(report::text(&report)).await;
        }
        if let Some(status) = &report.status {
            self.say_other_kinds(status, signals).await;
        }
        match (&report.ended, signalled) {
            (Ended::Stopped, Some(signal)) => Status::Stopped(signal),
            (Ended::Complete, _) if self.lacks_some => Status::Failed,
            (Ended::Complete, _) => printed,
            _ => Status::Failed,
        }
    }

    /// Says which of the ids that the service doesn't have are a conversation's or a contact's.
    async fn say_other_kinds(&self, status: &DatasetStatus, signals: &mut Signals) {
        let failures = status.failures.iter().map(|failure| &*failure.id);
        let typed = failures.filter(|id| self.typed.iter().any(|typed| typed == id));
        let known = tokio::select! {
            known = other_kind::look_up(&self.client, typed, "sync") => known,
            _ = signals.next() => return,
        };
        for Known { id, step } in known {
            messages::say(format!(
                "{step}\n  next: `journey-events forget DATASET --session {id}` removes it"
            ))
            .await;
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
