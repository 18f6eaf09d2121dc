//! A dataset that a command acts on once, and its errors.

use std::panic::resume_unwind;

use journey_events_dataset::{Dataset, Error, ErrorKind};
use tokio::task::spawn_blocking;

use crate::exit::Status;
use crate::options::dataset::DatasetArgs;
use crate::terminal::signals::Signals;
use crate::terminal::{advice, messages};

/// Opens a dataset and acts on it, on a thread that may block. A signal leaves that behind, to end with the
/// process. An error is reported.
pub(super) async fn on_dataset<T: Send + 'static>(
    args: DatasetArgs,
    signals: &mut Signals,
    act: impl FnOnce(&Dataset) -> Result<T, Error> + Send + 'static,
) -> Result<T, Status> {
    let acting = spawn_blocking(move || {
        let named = args.named()?;
        act(&Dataset::open(&named.location, &named.ledger)?)
    });
    let acted = tokio::select! {
        biased;
        signal = signals.next() => return Err(Status::Stopped(signal)),
        acted = acting => acted,
    };
    match acted.unwrap_or_else(|error| resume_unwind(error.into_panic())) {
        Ok(value) => Ok(value),
        Err(error) => Err(dataset_failure(&error).await),
    }
}

/// Reports an error of a dataset.
pub(super) async fn dataset_failure(error: &Error) -> Status {
    messages::say(advice::dataset(error)).await;
    status_of(error)
}

/// The exit status of a command that an error of a dataset ended.
pub(super) fn status_of(error: &Error) -> Status {
    match error.kind() {
        ErrorKind::NoDataset
        | ErrorKind::DatasetExists
        | ErrorKind::Settings
        | ErrorKind::MissingFeature => Status::Usage,
        _ => Status::Failed,
    }
}
