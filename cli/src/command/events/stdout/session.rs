//! Writes one session to stdout.

use futures::StreamExt;
use journey_events::{Error, SessionEvents};

use super::queue::{Chunk, Closed, StdoutQueue, Written};
use crate::format::TextWriter;
use crate::options::filter::Filter;

/// Most events per chunk. 16 events of 2 KB fit into a pipe, so what is known to be written stays close
/// to what a stalled reader can have.
const MAX_CHUNK: usize = 16;

/// Why a session wasn't written completely.
#[derive(Debug)]
pub(super) enum Incomplete {
    /// The stream failed after this many written events.
    Failed(Box<Error>, u64),
    /// Stdout was closed or failed.
    Closed,
}

impl From<Closed> for Incomplete {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}

/// Writes the events of a session, and returns once all of them, or all before a failure, are written.
///
/// Events are written before the stream has to wait for the next one.
pub(super) async fn write_session(
    request: SessionEvents,
    filter: Filter,
    writer: &mut TextWriter,
    stdout: &mut StdoutQueue,
) -> Result<(), Incomplete> {
    let before = stdout.queued();
    let mut chunks = request.stream().ready_chunks(MAX_CHUNK);
    let mut session_events = 0;
    let mut failure = None;
    while failure.is_none() {
        let next = tokio::select! {
            next = chunks.next() => next,
            () = stdout.closed() => return Err(Incomplete::Closed),
        };
        let Some(items) = next else { break };
        let mut lines = Vec::new();
        for item in items {
            match item {
                Ok(event) if filter.keeps(&event) => {
                    writer.push(&mut lines, &event);
                    session_events += 1;
                }
                Ok(_) => {}
                Err(error) => failure = Some(Box::new(error)),
            }
        }
        if lines.is_empty() {
            continue;
        }
        let written = Written {
            events: before + session_events,
            session_events,
            checkpoint: Some(chunks.get_ref().checkpoint()),
            is_end: false,
        };
        stdout.push(Chunk { lines, written }).await?;
    }
    stdout.flushed().await?;
    match failure {
        Some(error) => Err(Incomplete::Failed(error, session_events)),
        None => Ok(()),
    }
}
