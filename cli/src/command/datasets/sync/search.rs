//! Finds the sessions of conversations before a run.

use std::time::Duration;

use journey_events::{Client, Error};
use tokio::time::sleep;

use crate::options::find::{self, ConversationArgs};
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;

/// Pauses between searches while the service is unavailable: doubled from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Returns the ids, and why some couldn't be found. An outage of any length is waited out, as in the run.
pub(super) async fn sessions(
    args: &ConversationArgs,
    client: &Client,
    verbosity: Verbosity,
) -> (Vec<String>, Vec<Error>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let (ids, errors) = find::ids(args.clone().find(client), client, verbosity).await;
        let Some(outage) = errors.iter().find(|error| error.is_transient()) else {
            return (ids, errors);
        };
        let wait = pause.max(outage.retry_after().unwrap_or_default());
        messages::say(format!("searching again in {} s", wait.as_secs())).await;
        sleep(wait).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
