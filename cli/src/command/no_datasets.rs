//! What stands in for the commands on datasets in a build without the feature `sync`: they say so, whatever their
//! arguments.

use std::ffi::OsString;

use clap::Subcommand;

use crate::exit::Status;
use crate::features;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetCommand {
    #[command(hide = true, disable_help_flag = true)]
    Sync(Any),
    #[command(hide = true, disable_help_flag = true)]
    Status(Any),
    #[command(hide = true, disable_help_flag = true)]
    Forget(Any),
    #[command(hide = true, disable_help_flag = true)]
    Ledger(Any),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Any {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    _arguments: Vec<OsString>,
}

impl DatasetCommand {
    pub(super) async fn run(self, _: &mut Signals) -> Status {
        let name = match self {
            Self::Sync(_) => "sync",
            Self::Status(_) => "status",
            Self::Forget(_) => "forget",
            Self::Ledger(_) => "ledger",
        };
        messages::say(features::missing(&format!("`{name}`"), "sync")).await;
        Status::Usage
    }
}
