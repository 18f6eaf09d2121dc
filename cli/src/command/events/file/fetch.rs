//! Fetches sessions into partial files.

use std::io;

use futures::{StreamExt, TryStreamExt};
use journey_events::Error;
use journey_events_dataset::format::line;
use tokio::task::block_in_place;

use super::export::FileExport;
use super::writer::SharedWriter;
use crate::options::sources::{Failure, Source};
use crate::terminal::counters::Counters;
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;

/// Most events written at once: a page.
const MAX_CHUNK: usize = 200;
/// Fetches all sessions that aren't complete.
pub(super) async fn all(export: &FileExport, writer: &SharedWriter) -> io::Result<()> {
    let pending = writer.lock().state.pending(&export.sources);
    let done = export.sources.len() - pending.len();
    Counters::add(&export.counters.sessions_done, done as u64);
    let sessions = pending
        .into_iter()
        .map(|(index, source)| fetch_session(export, writer, index, source));
    let sessions = futures::stream::iter(sessions).buffer_unordered(export.concurrency);
    sessions.try_for_each(|()| std::future::ready(Ok(()))).await
}

/// Fetches one session. A failed session is recorded; only failed writes are errors.
async fn fetch_session(
    export: &FileExport,
    writer: &SharedWriter,
    index: usize,
    source: Source,
) -> io::Result<()> {
    if !writer.lock().start_session(index, &source.session)? {
        Counters::add(&export.counters.sessions_done, 1);
        return Ok(());
    }
    let request = export.request.events_of(&source);
    let mut chunks = request.stream().ready_chunks(MAX_CHUNK);
    let mut failure = None;
    while let Some(items) = chunks.next().await {
        let (mut lines, mut count) = (Vec::new(), 0);
        for item in items {
            match item {
                Ok(event) if export.filter.keeps(&event) => {
                    line::push(&mut lines, event.json());
                    count += 1;
                }
                Ok(_) => {}
                Err(error) => failure = Some(error),
            }
        }
        let checkpoint = chunks.get_ref().checkpoint();
        Counters::add(&export.counters.events, count);
        writer.lock().append(index, &lines, count, checkpoint)?;
    }
    Counters::add(&export.counters.sessions_done, 1);
    if let Some(error) = failure {
        fail(export, writer, index, &source, &error).await;
        return Ok(());
    }
    block_in_place(|| writer.lock().complete_session(index, &source.session))?;
    if export.verbosity == Verbosity::Verbose {
        messages::say(format!("session {}: done", source.session)).await;
    }
    Ok(())
}

async fn fail(
    export: &FileExport,
    writer: &SharedWriter,
    index: usize,
    source: &Source,
    error: &Error,
) {
    Counters::add(&export.counters.sessions_failed, 1);
    let failure = Failure {
        session: source.session.clone(),
        error: error.to_string(),
        checkpoint: error.checkpoint().cloned(),
    };
    writer.lock().fail_session(index, failure);
    if export.verbosity == Verbosity::Verbose {
        messages::say(format!("session {}: {error}", source.session)).await;
    }
}
