//! One session to stdout.

use futures::StreamExt;
use journey_events::{Error, SessionEvents};

use super::queue::{Closed, Output, Piece, Reached};
use crate::format::TextWriter;
use crate::options::filter::Selection;

/// Most events written at once: 16 of 2 KB fit into a pipe, so that what is known to be written stays
/// close to what a stalled reader can have.
const PIECE: usize = 16;

/// Why a session didn't come to its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The walk failed after so many events.
    Failed(Box<Error>, u64),
    /// Stdout takes no more.
    Closed,
}

impl From<Closed> for Stop {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}

/// Writes every event of a session, and returns when all of them, or all up to a failure, are written.
///
/// Events are written as soon as the next one would have to be waited for.
pub(crate) async fn copy(
    request: SessionEvents,
    selection: Selection,
    writer: &mut TextWriter,
    output: &mut Output,
) -> Result<(), Stop> {
    let before = output.handed();
    let mut pieces = request.stream().ready_chunks(PIECE);
    let mut events_of_session = 0;
    let mut failure = None;
    while failure.is_none() {
        let next = tokio::select! {
            next = pieces.next() => next,
            () = output.closed() => return Err(Stop::Closed),
        };
        let Some(items) = next else { break };
        let mut lines = Vec::new();
        for item in items {
            match item {
                Ok(event) if selection.keeps(&event) => {
                    writer.push(&mut lines, &event);
                    events_of_session += 1;
                }
                Ok(_) => {}
                Err(error) => failure = Some(Box::new(error)),
            }
        }
        if lines.is_empty() {
            continue;
        }
        let reached = Reached {
            events: before + events_of_session,
            events_of_session,
            checkpoint: Some(pieces.get_ref().checkpoint()),
            is_end: false,
        };
        output.write(Piece { lines, reached }).await?;
    }
    output.flushed().await?;
    match failure {
        Some(error) => Err(Stop::Failed(error, events_of_session)),
        None => Ok(()),
    }
}
