//! `status`: what a dataset contains, and what is wrong with it.

use journey_events_dataset::Dataset;
use tokio::task::spawn_blocking;

use super::print::print;
use super::sync::{dataset_failure, status_text};
use crate::exit::Status;
use crate::options::dataset::{DatasetArgs, ledger};
use crate::terminal::messages;

#[derive(Debug, clap::Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    dataset: DatasetArgs,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: StatusArgs) -> Status {
    let reading = spawn_blocking(move || {
        let dataset = Dataset::open(&args.dataset.dataset, &ledger(&args.dataset))?;
        dataset.status()
    });
    let status = match reading.await {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => return dataset_failure(&error).await,
        Err(error) => {
            messages::say(format!("can't read the dataset: {error}")).await;
            return Status::Failed;
        }
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
