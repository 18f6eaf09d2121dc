//! `ledger`: its database, and what operators do about failures and workers.

use clap::Subcommand;
use journey_events_dataset::postgres::{PostgresUrl, init, schema_sql};
use journey_events_dataset::{Dataset, Error, ErrorKind, LedgerLocation, WorkerStatus};
use tokio::task::spawn_blocking;

use super::once::{dataset_failure, on_dataset};
use super::sync::process;
use crate::command::print::print;
use crate::exit::Status;
use crate::options::dataset::{DatasetArgs, LedgerArgs};
use crate::terminal::advice::count;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

#[derive(Debug, clap::Args)]
pub(crate) struct LedgerCommandArgs {
    #[command(subcommand)]
    command: LedgerCommand,
}

#[derive(Debug, Subcommand)]
enum LedgerCommand {
    /// Prepare a PostgreSQL database for ledgers and shared quotas: create the schema `journey_events`
    Init(InitArgs),
    /// Make sessions and contacts whose last read failed due again at once, not only in the next run
    Retry(RetryArgs),
    /// Declare a worker dead that hangs, or whose machine is gone, instead of waiting for its lease to end
    Cancel(CancelArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = INIT)]
struct InitArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// Print the SQL to stdout instead, for an administrator to review and run
    #[arg(long)]
    print: bool,
}

const INIT: &str = "\
Examples:
  journey-events ledger init --ledger postgres://admin@db.example.com/warehouse
  journey-events ledger init --print | psql --single-transaction warehouse

It can be run any number of times, and creates only what is missing. The role needs the permission to
create a schema; the roles of `sync` don't: --print ends with the grants that they need. PostgreSQL 13
or later. The password is read from PGPASSWORD, ~/.pgpass or a service file.

Exit status: 0; 1 if the database can't be reached or refuses; 2 for invalid arguments.";

#[derive(Debug, clap::Args)]
#[command(after_help = RETRY)]
struct RetryArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
}

const RETRY: &str = "\
Examples:
  journey-events ledger retry data
  journey-events ledger retry s3://acme-journeys/events --ledger postgres://loader@db.example.com/warehouse

`status` lists what failed, and why. Runs that are still reading read it again within a second, those
with --follow within a minute; if there is none, the next one does, as it would anyway. Those that are
being read are left alone.

Exit status: 0, also if nothing failed; 1 if the dataset or its ledger fails; 2 for invalid
arguments or no dataset; after a signal, 128 and its number.";

#[derive(Debug, clap::Args)]
#[command(after_help = CANCEL)]
struct CancelArgs {
    #[command(flatten)]
    dataset: DatasetArgs,

    /// Id of the worker, as `status` shows it
    #[arg(long, value_name = "ID")]
    worker: i64,
}

const CANCEL: &str = "\
Examples:
  journey-events status data --json | jq -c '.workers[]'
  journey-events ledger cancel data --worker 17

Its sessions are free for other workers at once, and what it commits later is refused, so nothing is
lost or doubled, even if it was alive after all: then it starts over as a new worker. To end a run,
send it SIGTERM instead. Without this command, a worker is declared dead 60 s after its last sign of
life if the ledger is in PostgreSQL; otherwise after 30 s, or at once if its process was killed on
this machine. What a worker in PostgreSQL was writing is waited for, for up to 15 s.

Exit status: 0; 1 if there is no such worker (the message names those that there are), or the dataset
or its ledger fails; 2 for invalid arguments or no dataset; after a signal, 128 and its number.";

pub(super) async fn run(args: LedgerCommandArgs, signals: &mut Signals) -> Status {
    match args.command {
        LedgerCommand::Init(args) => {
            if args.print {
                return print(schema_sql().as_bytes()).await;
            }
            tokio::select! {
                biased;
                signal = signals.next() => Status::Stopped(signal),
                status = prepare(&args.ledger) => status,
            }
        }
        LedgerCommand::Retry(args) => {
            let retried = on_dataset(args.dataset, signals, Dataset::retry_failed);
            said(retried.await.map(retried_text)).await
        }
        LedgerCommand::Cancel(args) => {
            let id = args.worker;
            let cancelled = on_dataset(args.dataset, signals, move |dataset| {
                dataset.cancel_worker(id)
            });
            said(cancelled.await.map(|worker| cancelled_text(&worker))).await
        }
    }
}

/// Says what was done.
async fn said(done: Result<String, Status>) -> Status {
    match done {
        Ok(text) => {
            messages::say(text).await;
            Status::Complete
        }
        Err(status) => status,
    }
}

fn retried_text(retried: u64) -> String {
    match retried {
        0 => "nothing to retry: no read failed that isn't being repeated".to_owned(),
        1 => "1 failed session or contact is due again".to_owned(),
        more => format!("{more} failed sessions and contacts are due again"),
    }
}

fn cancelled_text(worker: &WorkerStatus) -> String {
    format!(
        "worker {} ({}) is declared dead; its {} free",
        worker.id,
        process(worker),
        match worker.sessions {
            1 => "1 session is".to_owned(),
            more => format!("{} are", count(more, "session")),
        }
    )
}

async fn prepare(args: &LedgerArgs) -> Status {
    let url = match database(args) {
        Ok(url) => url,
        Err(error) => return dataset_failure(&error).await,
    };
    let shown = url.to_string();
    match spawn_blocking(move || init(&url)).await {
        Ok(Ok(())) => {
            messages::say(format!("{shown} is ready for ledgers and shared quotas")).await;
            Status::Complete
        }
        Ok(Err(error)) => dataset_failure(&error).await,
        Err(error) => {
            messages::say(format!("can't prepare the database: {error}")).await;
            Status::Failed
        }
    }
}

fn database(args: &LedgerArgs) -> Result<PostgresUrl, Error> {
    match args.location()? {
        LedgerLocation::Postgres(url) => Ok(url),
        _ => Err(Error::new(
            ErrorKind::Settings,
            "no database is named; next: give --ledger postgres://HOST/DATABASE, or set \
             JOURNEY_EVENTS_LEDGER",
        )),
    }
}
