//! `forget`: removes sessions from a dataset for good.

use journey_events_dataset::{Forget, Forgotten};

use super::once::on_dataset;
use crate::exit::Status;
use crate::options::dataset::DatasetArgs;
use crate::options::session_id;
use crate::terminal::advice::count;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
#[group(id = "whose", required = true, args = ["session", "contact"])]
pub(crate) struct ForgetArgs {
    #[command(flatten)]
    dataset: DatasetArgs,

    /// Forget this session; repeatable
    #[arg(long, value_name = "ID", value_parser = session_id::checked)]
    session: Vec<String>,

    /// Forget this contact and every session that was listed for it; it is no longer listed
    #[arg(long, value_name = "ID", value_parser = session_id::checked, conflicts_with = "session")]
    contact: Option<String>,
}

const HELP: &str = "\
Examples:
  journey-events forget data --session 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60
  journey-events forget data --contact 7d7d55b9-5b0f-4d5b-a2c9-8c1b0f1d4e11

Every file with rows of these sessions is replaced atomically by one without them, under the
same name. `sync` may run at the same time. If `forget` is interrupted, run it again. This can't
be undone: the ledger keeps the ids, so that the sessions are never requested again. Copies and
backups of the dataset aren't changed.

Exit status: 0; 1 if a file can't be replaced, or in a folder if another `forget` is running; 2 for invalid
arguments or no dataset; after a signal, 128 and its number.";

pub(super) async fn run(args: ForgetArgs, signals: &mut Signals) -> Status {
    let which = match args.contact {
        Some(contact) => Forget::Contact(contact),
        None => Forget::Sessions(args.session),
    };
    match on_dataset(args.dataset, signals, move |dataset| dataset.forget(&which)).await {
        Ok(forgotten) => {
            messages::say(text(&forgotten)).await;
            Status::Complete
        }
        // It ends with the process on the way, which is as good as a kill.
        Err(Status::Stopped(signal)) => {
            let name = signal.name();
            messages::say(format!("stopped by {name}; the same command completes it")).await;
            Status::Stopped(signal)
        }
        Err(failed) => failed,
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
