//! Commands on datasets.
//!
//! ```text
//! sync/                     many sessions to a dataset
//! status, forget            what a dataset contains; removing sessions from it
//! ledger                    its database; retrying failures, cancelling workers
//!    └──► once              acting on a dataset once, and its errors
//! ```

mod forget;
mod ledger;
mod once;
mod status;
mod sync;

use clap::Subcommand;

use self::forget::ForgetArgs;
use self::ledger::LedgerCommandArgs;
use self::status::StatusArgs;
use self::sync::SyncArgs;
use crate::exit::Status;
use crate::terminal::signals::Signals;

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetCommand {
    /// Keep a dataset of many sessions up to date: Parquet, NDJSON or CSV files
    Sync(Box<SyncArgs>),
    /// Show what a dataset contains, which sessions failed, and what is wrong with its files
    Status(StatusArgs),
    /// Remove sessions from a dataset for good: delete their rows, and never request them again
    Forget(ForgetArgs),
    /// Prepare the PostgreSQL database that many machines share; retry failures; cancel a worker
    #[cfg_attr(
        not(feature = "postgres"),
        doc = "(without PostgreSQL in this build: it lacks the feature `postgres`)"
    )]
    Ledger(LedgerCommandArgs),
}

impl DatasetCommand {
    pub(super) async fn run(self, signals: &mut Signals) -> Status {
        match self {
            Self::Sync(args) => sync::run(*args, signals).await,
            Self::Status(args) => status::run(args, signals).await,
            Self::Forget(args) => forget::run(args, signals).await,
            Self::Ledger(args) => ledger::run(args, signals).await,
        }
    }
}
