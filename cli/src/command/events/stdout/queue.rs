//! Writes lines to stdout on a thread of its own.
//!
//! A write to a pipe blocks while its reader stalls. The export hands its lines to that thread through
//! a short queue and waits in async code, where it can be cancelled.

use std::io::{self, Write};

use journey_events::Checkpoint;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, spawn_blocking};

/// Chunks that may be queued: about a page of 200 events.
const CAPACITY: usize = 13;

/// Complete lines, and what is written once they are.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) lines: Vec<u8>,
    pub(super) written: Written,
}

/// What has been written so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// Events of all sessions.
    pub(super) events: u64,
    /// Events of the last session.
    pub(super) session_events: u64,
    /// Where to resume the last session.
    pub(super) checkpoint: Option<Checkpoint>,
    /// Whether the text after the last event is written, too.
    pub(super) is_end: bool,
}

/// Stdout was closed or failed; [`StdoutQueue::finish`] returns the error.
#[derive(Debug)]
pub(super) struct Closed;

/// The queue of lines for stdout.
#[derive(Debug)]
pub(super) struct StdoutQueue {
    chunks: mpsc::Sender<Chunk>,
    written: watch::Receiver<Written>,
    queued: u64,
    thread: JoinHandle<io::Result<()>>,
}

impl StdoutQueue {
    pub(super) fn open() -> Self {
        let (chunks, queue) = mpsc::channel(CAPACITY);
        let (progress, written) = watch::channel(Written::default());
        let thread = spawn_blocking(move || write_all(queue, &progress, io::stdout().lock()));
        Self {
            chunks,
            written,
            queued: 0,
            thread,
        }
    }

    /// Queues a chunk, waiting while the queue is full. If cancelled, nothing is queued.
    pub(super) async fn push(&mut self, chunk: Chunk) -> Result<(), Closed> {
        let events = chunk.written.events;
        self.chunks.send(chunk).await.map_err(|_| Closed)?;
        self.queued = events;
        Ok(())
    }

    /// Writes the text after the last event.
    pub(super) async fn write_end(&mut self, lines: Vec<u8>) -> Result<(), Closed> {
        let written = Written {
            is_end: true,
            ..self.written()
        };
        let end = Chunk { lines, written };
        self.chunks.send(end).await.map_err(|_| Closed)?;
        let end = self.written.wait_for(|written| written.is_end);
        end.await.map(drop).map_err(|_| Closed)
    }

    /// Returns how many events were queued so far.
    pub(super) fn queued(&self) -> u64 {
        self.queued
    }

    /// Waits until everything queued is written.
    pub(super) async fn flushed(&mut self) -> Result<(), Closed> {
        let queued = self.queued;
        let all = self.written.wait_for(|written| written.events == queued);
        all.await.map(drop).map_err(|_| Closed)
    }

    /// Waits until the writing thread stops. It notices a closed stdout only when it writes.
    pub(super) async fn closed(&self) {
        self.chunks.closed().await;
    }

    /// Returns what has been written so far.
    pub(super) fn written(&self) -> Written {
        self.written.borrow().clone()
    }

    /// Stops the writing thread and returns its error, if any.
    pub(super) async fn finish(self) -> io::Result<()> {
        drop(self.chunks);
        self.thread.await.map_err(io::Error::other)?
    }
}

fn write_all(
    mut queue: mpsc::Receiver<Chunk>,
    progress: &watch::Sender<Written>,
    mut to: impl Write,
) -> io::Result<()> {
    while let Some(Chunk { lines, written }) = queue.blocking_recv() {
        to.write_all(&lines)?;
        to.flush()?;
        progress.send_replace(written);
    }
    Ok(())
}
