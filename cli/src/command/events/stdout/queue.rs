//! Lines to stdout, written by a thread of their own.
//!
//! A pipe whose reader has stalled blocks its writer. The walk hands its lines to the thread through a
//! short queue, waits in async code, and can be interrupted there.

use std::io::{self, Write};

use journey_events::Checkpoint;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, spawn_blocking};

/// How many pieces may wait to be written: a page of 200 events.
const QUEUE: usize = 13;

/// Lines, and the place behind them.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Whole lines.
    pub(crate) lines: Vec<u8>,
    /// How far everything has come once they are written.
    pub(crate) reached: Reached,
}

/// How far the written lines have come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reached {
    /// Events of all sessions.
    pub(crate) events: u64,
    /// Events of the last session.
    pub(crate) events_of_session: u64,
    /// The place in the last session.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// Also what comes behind the last event.
    pub(crate) is_end: bool,
}

/// Stdout takes no more; [`Output::end`] knows why.
#[derive(Debug)]
pub(crate) struct Closed;

/// The way to stdout.
#[derive(Debug)]
pub(crate) struct Output {
    pieces: mpsc::Sender<Piece>,
    written: watch::Receiver<Reached>,
    handed: u64,
    writer: JoinHandle<io::Result<()>>,
}

impl Output {
    pub(crate) fn open() -> Self {
        let (pieces, queue) = mpsc::channel(QUEUE);
        let (progress, written) = watch::channel(Reached::default());
        let writer = spawn_blocking(move || write_all(queue, &progress, io::stdout().lock()));
        Self {
            pieces,
            written,
            handed: 0,
            writer,
        }
    }

    /// Hands lines over, waiting while the queue is full. Cancelled, it hands over nothing.
    pub(crate) async fn write(&mut self, piece: Piece) -> Result<(), Closed> {
        let events = piece.reached.events;
        self.pieces.send(piece).await.map_err(|_| Closed)?;
        self.handed = events;
        Ok(())
    }

    /// Writes what comes behind the last event.
    pub(crate) async fn write_end(&mut self, lines: Vec<u8>) -> Result<(), Closed> {
        let reached = Reached {
            is_end: true,
            ..self.reached()
        };
        let end = Piece { lines, reached };
        self.pieces.send(end).await.map_err(|_| Closed)?;
        let written = self.written.wait_for(|reached| reached.is_end);
        written.await.map(drop).map_err(|_| Closed)
    }

    /// How many events were handed over.
    pub(crate) fn handed(&self) -> u64 {
        self.handed
    }

    /// Waits until all that was handed over is written.
    pub(crate) async fn flushed(&mut self) -> Result<(), Closed> {
        let handed = self.handed;
        let all = self.written.wait_for(|reached| reached.events == handed);
        all.await.map(drop).map_err(|_| Closed)
    }

    /// Waits until stdout takes no more, which an idle writer can't know.
    pub(crate) async fn closed(&self) {
        self.pieces.closed().await;
    }

    /// How far what was written has come.
    pub(crate) fn reached(&self) -> Reached {
        self.written.borrow().clone()
    }

    /// Ends the writer and says how it went.
    pub(crate) async fn end(self) -> io::Result<()> {
        drop(self.pieces);
        self.writer.await.map_err(io::Error::other)?
    }
}

fn write_all(
    mut queue: mpsc::Receiver<Piece>,
    progress: &watch::Sender<Reached>,
    mut to: impl Write,
) -> io::Result<()> {
    while let Some(Piece { lines, reached }) = queue.blocking_recv() {
        to.write_all(&lines)?;
        to.flush()?;
        progress.send_replace(reached);
    }
    Ok(())
}
