//! `status`: what a dataset contains, and what is wrong with it.

use journey_events_dataset::Dataset;

use super::once::on_dataset;
use super::sync::status_text;
use crate::command::print::print;
use crate::exit::Status;
use crate::options::dataset::DatasetArgs;
use crate::terminal::signals::Signals;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    dataset: DatasetArgs,

    /// Print one JSON object to stdout
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  journey-events status data
  journey-events status data --json | jq '.totals.failed, .failures'

Nothing is requested and nothing is changed, so it can be used while `sync` runs.

Exit status: 0; 1 if published files are missing or changed, or the dataset can't be read;
2 if there is no dataset.";

pub(super) async fn run(args: StatusArgs, signals: &mut Signals) -> Status {
    let status = match on_dataset(args.dataset, signals, Dataset::status).await {
        Ok(status) => status,
        Err(failed) => return failed,
    };
    let text = if args.json {
        serde_json::to_string(&status).unwrap_or_default()
    } else {
        status_text(&status)
    };
    match print(format!("{text}\n").as_bytes()).await {
        Status::Complete if !status.is_complete() => Status::Failed,
        printed => printed,
    }
}
