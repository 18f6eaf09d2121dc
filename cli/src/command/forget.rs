//! `forget`: removes sessions from a dataset for good.

use journey_events_dataset::{Dataset, Forget, Forgotten};
use tokio::task::spawn_blocking;

use super::sync::dataset_failure;
use crate::exit::Status;
use crate::options::dataset::{DatasetArgs, ledger};
use crate::options::session_id;
use crate::terminal::advice::count;
use crate::terminal::messages;

#[derive(Debug, clap::Args)]
#[group(id = "whose", required = true, args = ["session", "contact"])]
pub(crate) struct ForgetArgs {
    #[command(flatten)]
    dataset: DatasetArgs,

    /// A session; repeatable
    #[arg(long, value_name = "ID", value_parser = session_id::checked)]
    session: Vec<String>,

    /// A contact: the sessions that were listed for it, and those still to come
    #[arg(long, value_name = "ID", value_parser = session_id::checked, conflicts_with = "session")]
    contact: Option<String>,
}

pub(super) async fn run(args: ForgetArgs) -> Status {
    let which = match args.contact {
        Some(contact) => Forget::Contact(contact),
        None => Forget::Sessions(args.session),
    };
    let dataset = args.dataset;
    // A signal ends the process on the way: the same command completes it.
    let forgetting =
        spawn_blocking(move || Dataset::open(&dataset.dataset, &ledger(&dataset))?.forget(&which));
    match forgetting.await {
        Ok(Ok(forgotten)) => {
            messages::say(text(&forgotten)).await;
            Status::Complete
        }
        Ok(Err(error)) => dataset_failure(&error).await,
        Err(error) => {
            messages::say(format!("can't forget: {error}")).await;
            Status::Failed
        }
    }
}

fn text(forgotten: &Forgotten) -> String {
    format!(
        "{} forgotten: {} removed, {} replaced",
        count(forgotten.sessions.len() as u64, "session"),
        count(forgotten.rows, "row"),
        count(forgotten.files.len() as u64, "file"),
    )
}
