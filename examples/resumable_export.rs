//! Exports a session to a file so that it can be killed at any moment, and started again.
//!
//! ```text
//! GENESYSCLOUD_REGION=… GENESYSCLOUD_ACCESS_TOKEN=… \
//!     cargo run --example resumable_export -- SESSION_ID events.jsonl
//! ```
//!
//! The events and the place behind them must not drift apart. So the place is written after the events
//! it stands for, with the length that the file had then; what a killed run wrote behind that length is
//! cut off, and comes again.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;

use futures::TryStreamExt;
use journey_events::{Checkpoint, SessionEvents};
use serde::{Deserialize, Serialize};

/// What is kept beside the events.
#[derive(Serialize, Deserialize)]
struct Progress {
    /// How much of the file the checkpoint stands for, in bytes.
    length: u64,
    checkpoint: Checkpoint,
}

/// Appends the events that the file does not have yet, one a line.
pub(crate) async fn export(request: SessionEvents, events: &Path) -> Result<(), Box<dyn Error>> {
    let place = events.with_extension("checkpoint");
    let known: Option<Progress> = match fs::read(&place) {
        Ok(text) => Some(serde_json::from_slice(&text)?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let (mut length, request) = match known {
        Some(known) => (known.length, request.resume(known.checkpoint)),
        None => (0, request),
    };
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(events)?;
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;

    let mut pages = request.pages();
    while let Some(page) = pages.try_next().await? {
        let mut lines = Vec::new();
        for event in page.events() {
            lines.extend_from_slice(event.json().as_bytes());
            lines.push(b'\n');
        }
        file.write_all(&lines)?;
        file.sync_data()?;
        length += lines.len() as u64;
        let checkpoint = pages.checkpoint();
        write_whole(&place, &Progress { length, checkpoint })?;
    }
    Ok(())
}

/// Replaces a file at once: whoever reads it sees the old one or the new one.
fn write_whole(path: &Path, progress: &Progress) -> Result<(), Box<dyn Error>> {
    let unfinished = path.with_extension("unfinished");
    let mut file = File::create(&unfinished)?;
    file.write_all(&serde_json::to_vec(progress)?)?;
    file.sync_data()?;
    Ok(fs::rename(unfinished, path)?)
}

#[allow(dead_code, reason = "a test runs `export` in a process of its own")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(session), Some(events)) = (arguments.next(), arguments.next()) else {
        return Err("usage: resumable_export SESSION_ID EVENTS_FILE".into());
    };
    let client = journey_events::Client::from_env()?;
    export(client.session_events(session), Path::new(&events)).await
}
