//! The first events as a table, and what was streamed: for a terminal, where all events as JSON would be
//! thousands of screens.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use console::truncate_str;
use futures::TryStreamExt;
use journey_events::{Client, Error};
use tokio::time::Instant;

use super::row::row;
use super::suggested::Suggested;
use crate::exit::Status;
use crate::terminal::advice::{self, count};
use crate::terminal::progress::{LINE_INTERVAL, Progress, Verbosity};
use crate::terminal::signals::Signals;
use crate::terminal::{messages, stdout};

/// How many events are shown.
const SHOWN: u64 = 20;

/// Streams a session, and shows its beginning.
pub(super) async fn run(
    client: &Client,
    session: &str,
    suggested: &Suggested,
    signals: &mut Signals,
) -> Status {
    let start = Instant::now();
    let streamed = Arc::new(AtomicU64::new(0));
    let result = tokio::select! {
        biased;
        signal = signals.next() => {
            let streamed = count(streamed.load(Relaxed), "event");
            messages::say(format!("stopped by {}: {streamed} streamed", signal.name())).await;
            return Status::Stopped(signal);
        }
        result = show(client, session, &streamed) => result,
    };
    let streamed = streamed.load(Relaxed);
    let text = match &result {
        Err(Failure::Stdout(error)) => format!("can't write to stdout: {error}"),
        Err(Failure::Walk(error)) => advice::failure(session, error, streamed, None),
        Ok(()) => {
            let summary = advice::summary(streamed, &client.stats(), start.elapsed(), 0);
            let shown = match streamed {
                0..=SHOWN => "all".to_owned(),
                _ => format!("the first {SHOWN}"),
            };
            let [json, report] = [suggested.json(), suggested.report()];
            format!("{summary}; {shown} shown\n  {json}\n  next: {report}")
        }
    };
    messages::say(text).await;
    if result.is_ok() {
        Status::Complete
    } else {
        Status::Failed
    }
}

/// Why nothing more was shown.
enum Failure {
    Stdout(io::Error),
    Walk(Box<Error>),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Walk(Box::new(error))
    }
}

async fn show(client: &Client, session: &str, streamed: &Arc<AtomicU64>) -> Result<(), Failure> {
    let mut events = client.session_events(session).stream();
    let columns = stdout::columns();
    let mut rows = String::new();
    while streamed.load(Relaxed) < SHOWN
        && let Some(event) = events.try_next().await?
    {
        streamed.fetch_add(1, Relaxed);
        rows.push_str(&truncate_str(&row(&event), columns, "…"));
        rows.push('\n');
    }
    stdout::print(rows).await.map_err(Failure::Stdout)?;
    let counter = Arc::clone(streamed);
    // Below the table, since nothing more is written to stdout.
    let _progress = Progress::show(Verbosity::Normal, LINE_INTERVAL, move |_| {
        format!("{} streamed", count(counter.load(Relaxed), "event"))
    });
    while events.try_next().await?.is_some() {
        streamed.fetch_add(1, Relaxed);
    }
    Ok(())
}
