//! Reads sessions and passes their events to the writer.

use std::pin::pin;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use journey_events::{Error, ErrorKind, SessionEvents};

use super::end::Stop;
use super::export::Export;
use super::tally::{Failure, Tally};
use super::writer::{Batch, Closed, Writer};
use crate::terminal::counters::Counters;
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;

/// Most events per batch. 16 events of 2 KB fit into a pipe, so what is known to be written stays close
/// to what a stalled reader can have.
const MAX_BATCH: usize = 16;

/// Reads all sessions, several at a time. One that fails is recorded, and the others are still read.
pub(super) async fn all(export: &Export, writer: &Writer, tally: &Tally) -> Result<(), Stop> {
    let sessions = export
        .sessions
        .iter()
        .map(|id| read_session(export, writer, tally, Arc::from(id.as_str())));
    let sessions = futures::stream::iter(sessions).buffer_unordered(export.concurrency);
    let read = sessions.try_for_each(|()| std::future::ready(Ok(()))).await;
    writer.flushed().await?;
    read
}

async fn read_session(
    export: &Export,
    writer: &Writer,
    tally: &Tally,
    id: Arc<str>,
) -> Result<(), Stop> {
    tally.start(&id);
    let mut session = Session {
        export,
        writer,
        tally,
        id,
        events: 0,
    };
    let mut request = export.request.events_of(&session.id);
    let failure = loop {
        let Some(error) = session.read(request).await? else {
            break None;
        };
        request = match error.checkpoint() {
            Some(checkpoint)
                if export.skips_malformed && error.kind() == ErrorKind::MalformedEvent =>
            {
                tally.skip();
                let next = checkpoint.clone().skip();
                export.request.events_after(&session.id, next)
            }
            _ => break Some(error),
        };
    };
    let Session { id, events, .. } = session;
    let Some(error) = failure else {
        tally.complete(&id);
        if export.verbosity == Verbosity::Verbose {
            messages::say(format!("session {id}: {events} events")).await;
        }
        return Ok(());
    };
    let concerns_client = error.concerns_client();
    tally.fail(Failure {
        session: id.to_string(),
        error: Box::new(error),
        events,
    });
    if concerns_client {
        return Err(Stop::Client);
    }
    Ok(())
}

/// A session that is being read.
struct Session<'a> {
    export: &'a Export,
    writer: &'a Writer,
    tally: &'a Tally,
    id: Arc<str>,
    events: u64,
}

impl Session<'_> {
    /// Writes the events of a request before it has to wait for the next one, and returns its error.
    async fn read(&mut self, request: SessionEvents) -> Result<Option<Error>, Closed> {
        let mut chunks = request.stream().ready_chunks(MAX_BATCH);
        let mut closed = pin!(self.writer.closed());
        loop {
            let next = tokio::select! {
                next = chunks.next() => next,
                () = &mut closed => return Err(Closed),
            };
            let Some(items) = next else { return Ok(None) };
            let mut events = Vec::with_capacity(items.len());
            let mut failure = None;
            for item in items {
                match item {
                    Ok(event) if self.export.keeps(&event) => events.push(event),
                    Ok(_) => {}
                    Err(error) => failure = Some(error),
                }
            }
            if !events.is_empty() {
                self.events += events.len() as u64;
                Counters::add(&self.tally.counters.events, events.len() as u64);
                self.writer
                    .push(Batch {
                        session: Arc::clone(&self.id),
                        events,
                        checkpoint: chunks.get_ref().checkpoint(),
                    })
                    .await?;
            }
            if failure.is_some() {
                return Ok(failure);
            }
        }
    }
}
