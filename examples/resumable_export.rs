//! Exports a session to a file, and can be killed at any moment and restarted.
//!
//! ```text
//! GENESYSCLOUD_REGION=… GENESYSCLOUD_ACCESS_TOKEN=… \
//!     cargo run --example resumable_export -- SESSION_ID events.jsonl
//! ```
//!
//! The checkpoint is saved after the events it covers are on disk, together with the file's length at that
//! point. On restart the file is truncated to that length, and whatever a killed run wrote after it is
//! fetched again.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;

use futures::TryStreamExt;
use journey_events::{Checkpoint, SessionEvents};
use serde::{Deserialize, Serialize};

/// State saved next to the events.
#[derive(Serialize, Deserialize)]
struct Progress {
    /// Length of the file that the checkpoint covers, in bytes.
    length: u64,
    checkpoint: Checkpoint,
}

/// Appends the events that the file doesn't contain yet, one per line.
pub(crate) async fn export(request: SessionEvents, events: &Path) -> Result<(), Box<dyn Error>> {
    let path = events.with_extension("checkpoint");
    let saved: Option<Progress> = match fs::read(&path) {
        Ok(text) => Some(serde_json::from_slice(&text)?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let (mut length, request) = match saved {
        Some(saved) => (saved.length, request.resume(saved.checkpoint)),
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
        replace(&path, &Progress { length, checkpoint })?;
    }
    Ok(())
}

/// Replaces a file atomically: readers see the old content or the new.
fn replace(path: &Path, progress: &Progress) -> Result<(), Box<dyn Error>> {
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec(progress)?)?;
    file.sync_data()?;
    Ok(fs::rename(temporary, path)?)
}

#[allow(dead_code, reason = "a test runs `export` in a child process")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(session), Some(events)) = (arguments.next(), arguments.next()) else {
        return Err("usage: resumable_export SESSION_ID EVENTS_FILE".into());
    };
    let client = journey_events::Client::from_env()?;
    export(client.session_events(session), Path::new(&events)).await
}
