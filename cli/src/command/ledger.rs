//! `ledger`: the database that holds ledgers and quotas.

use clap::Subcommand;
use journey_events_dataset::postgres::{PostgresUrl, init, schema_sql};
use journey_events_dataset::{Error, ErrorKind, LedgerLocation};
use tokio::task::spawn_blocking;

use super::print::print;
use super::sync::dataset_failure;
use crate::exit::Status;
use crate::options::dataset::LedgerArgs;
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
  journey-events ledger init --ledger postgres://loader@db.example.com/warehouse
  journey-events ledger init --print | psql --single-transaction warehouse

It can be run any number of times, and creates only what is missing. The role needs the permission to
create a schema; the roles of `sync` don't: --print ends with the grants that they need. PostgreSQL 13
or later. The password is read from PGPASSWORD, ~/.pgpass or a service file.

Exit status: 0; 1 if the database can't be reached or refuses; 2 for invalid arguments.";

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
    }
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
