//! Writes events on a separate thread.
//!
//! A write blocks while the reader of a pipe stalls or a disk is slow. Events are passed to that thread
//! through a short queue, on which async code waits where it can be cancelled.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use journey_events::{Checkpoint, Event};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;

use super::target::{Ending, Kept, Target};
use crate::format::{Encoder, Encoding};
use crate::options::destination::Destination;
use crate::terminal::stdout;

/// Batches that may be queued: about a page of 200 events.
const CAPACITY: usize = 13;

/// How often it is noticed that the reader of stdout has gone while there is nothing to write.
const READER_INTERVAL: Duration = Duration::from_secs(1);

/// Events of a session, and where it resumes once they are written.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) session: Arc<str>,
    pub(super) events: Vec<Event>,
    pub(super) checkpoint: Checkpoint,
}

/// What has been written so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    batches: u64,
    pub(super) events: u64,
    /// How far the session of the last batch is written.
    pub(super) checkpoint: Option<Checkpoint>,
}

/// The output was closed or failed; [`Writer::finish`] returns the error.
#[derive(Debug)]
pub(super) struct Closed;

/// The thread that writes, and the queue to it.
#[derive(Debug)]
pub(super) struct Writer {
    batches: mpsc::Sender<Batch>,
    queued: AtomicU64,
    written: watch::Receiver<Written>,
    /// The temporary file.
    temporary: Option<PathBuf>,
    is_stdout: bool,
    ending: oneshot::Sender<Ending>,
    thread: JoinHandle<io::Result<Kept>>,
}

impl Writer {
    /// Creates a temporary file, or opens what is written through.
    pub(super) fn open(destination: Destination, encoding: Encoding) -> io::Result<Self> {
        let is_stdout = destination == Destination::Stdout;
        let target = Target::open(destination)?;
        let temporary = target.temporary();
        let (batches, queue) = mpsc::channel(CAPACITY);
        let (progress, written) = watch::channel(Written::default());
        let (ending, ended) = oneshot::channel();
        let thread = spawn_blocking(move || write(queue, &progress, ended, target, encoding));
        Ok(Self {
            batches,
            queued: AtomicU64::new(0),
            written,
            temporary,
            is_stdout,
            ending,
            thread,
        })
    }

    /// Queues a batch, waiting while the queue is full. If cancelled, nothing is queued.
    pub(super) async fn push(&self, batch: Batch) -> Result<(), Closed> {
        let free = self.batches.reserve().await.map_err(|_| Closed)?;
        self.queued.fetch_add(1, SeqCst);
        free.send(batch);
        Ok(())
    }

    /// Waits until everything queued is written.
    pub(super) async fn flushed(&self) -> Result<(), Closed> {
        let queued = self.queued.load(SeqCst);
        let mut written = self.written.clone();
        let all = written.wait_for(|written| written.batches >= queued);
        all.await.map(drop).map_err(|_| Closed)
    }

    /// Waits until the thread stops, or the reader of stdout has gone.
    pub(super) async fn closed(&self) {
        let reader_gone = async {
            loop {
                sleep(READER_INTERVAL).await;
                if self.is_stdout && stdout::has_lost_its_reader() {
                    return;
                }
            }
        };
        tokio::select! {
            () = self.batches.closed() => {}
            () = reader_gone => {}
        }
    }

    pub(super) fn temporary(&self) -> Option<&Path> {
        self.temporary.as_deref()
    }

    /// Returns what has been written so far, now and later.
    pub(super) fn watch(&self) -> watch::Receiver<Written> {
        self.written.clone()
    }

    /// Writes what is queued and ends the output.
    pub(super) async fn finish(self, ending: Ending) -> io::Result<Kept> {
        // Fails if the thread has stopped, whose error follows.
        let _ = self.ending.send(ending);
        drop(self.batches);
        self.thread.await.map_err(io::Error::other)?
    }
}

fn write(
    mut queue: mpsc::Receiver<Batch>,
    progress: &watch::Sender<Written>,
    mut ended: oneshot::Receiver<Ending>,
    mut target: Target,
    encoding: Encoding,
) -> io::Result<Kept> {
    let is_stream = target.is_stream();
    let mut batch = queue.blocking_recv();
    let mut ending = None;
    if batch.is_none() {
        // Dropped if the program ends without it.
        ending = Some(ended.try_recv().unwrap_or(Ending::Discard));
    }
    let connected = target.connect(|| {
        ending = ending.or_else(|| ended.try_recv().ok());
        ending.is_some_and(|ending| ending != Ending::Complete)
    });
    match connected {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(Kept::Nothing),
        connected => connected?,
    }
    let mut encoder = Encoder::new(target, encoding)?;
    while let Some(next) = batch {
        for event in &next.events {
            encoder.push(&next.session, event)?;
        }
        // A reader sees the events of a batch at once.
        if is_stream {
            encoder.flush()?;
        }
        progress.send_modify(|written| {
            written.batches += 1;
            written.events += next.events.len() as u64;
            written.checkpoint = Some(next.checkpoint);
        });
        batch = queue.blocking_recv();
    }
    let ending = ending.or_else(|| ended.try_recv().ok());
    match ending.unwrap_or(Ending::Discard) {
        Ending::Complete => finished(encoder)?.publish(),
        // What a compressor holds back is received, too; an array that isn't complete stays open.
        Ending::Partial if !is_stream || encoding.holds_back() => finished(encoder)?.keep(),
        Ending::Partial | Ending::Discard => Ok(Kept::Nothing),
    }
}

fn finished(encoder: Encoder<Target>) -> io::Result<Target> {
    let mut target = encoder.finish()?;
    target.flush()?;
    Ok(target)
}
