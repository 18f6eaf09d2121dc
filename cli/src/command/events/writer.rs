//! Writes events on a thread of its own.
//!
//! A write blocks while the reader of a pipe stalls or a disk is slow. Events are passed to that thread
//! through a short queue, on which async code waits where it can be cancelled.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use journey_events::{Checkpoint, Event};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::atomic_file::AtomicFile;
use crate::format::{Encoder, Encoding};
use crate::options::destination::Destination;

/// Batches that may be queued: about a page of 200 events.
const CAPACITY: usize = 13;

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

/// What to do with the output at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Complete it; a file replaces the one that stands there.
    Complete,
    /// A file is completed and kept beside; text on its way to a reader ends where it is.
    Partial,
    /// Nothing was received: remove a file.
    Discard,
}

/// What became of the output.
#[derive(Debug)]
pub(super) enum Kept {
    Stream,
    File(PathBuf),
    Partial(PathBuf),
    Nothing,
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
    ending: oneshot::Sender<Ending>,
    thread: JoinHandle<io::Result<Kept>>,
}

impl Writer {
    /// Creates a temporary file, or opens what is written through.
    pub(super) fn open(destination: Destination, encoding: Encoding) -> io::Result<Self> {
        let target = Target::open(destination)?;
        let (batches, queue) = mpsc::channel(CAPACITY);
        let (progress, written) = watch::channel(Written::default());
        let (ending, ended) = oneshot::channel();
        let thread = spawn_blocking(move || write(queue, &progress, ended, target, encoding));
        Ok(Self {
            batches,
            queued: AtomicU64::new(0),
            written,
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

    /// Waits until the thread stops. It notices that its output was closed only when it writes.
    pub(super) async fn closed(&self) {
        self.batches.closed().await;
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

/// What is written to.
#[derive(Debug)]
enum Target {
    Stdout(io::Stdout),
    Through(Option<File>, PathBuf),
    File(AtomicFile),
}

impl Target {
    fn open(destination: Destination) -> io::Result<Self> {
        Ok(match destination {
            Destination::Stdout if stdout_is_closed() => {
                return Err(io::Error::other("stdout is closed"));
            }
            Destination::Stdout => Self::Stdout(io::stdout()),
            Destination::Through(path) => Self::Through(None, path),
            Destination::File(path) => Self::File(AtomicFile::create(&path)?),
        })
    }

    /// Opens what is written through, which waits for the reader of a named pipe.
    fn connect(&mut self) -> io::Result<()> {
        if let Self::Through(file, path) = self {
            *file = Some(OpenOptions::new().write(true).open(path)?);
        }
        Ok(())
    }

    fn end(self, ending: Ending) -> io::Result<Kept> {
        match (self, ending) {
            (Self::Stdout(_) | Self::Through(..), _) => Ok(Kept::Stream),
            (Self::File(file), Ending::Complete) => file.publish().map(Kept::File),
            (Self::File(file), Ending::Partial) => file.keep_as_partial().map(Kept::Partial),
            (Self::File(_), Ending::Discard) => Ok(Kept::Nothing),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Through(Some(file), _) => file.write(bytes),
            Self::Through(None, _) => Err(io::ErrorKind::NotConnected.into()),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::Through(..) => Ok(()),
            Self::File(file) => file.flush(),
        }
    }
}

/// Whether stdout was closed when the program began (`>&-`). Rust's runtime then opens `/dev/null` in its
/// place, for reading too, and every write would seem to succeed.
#[cfg(unix)]
fn stdout_is_closed() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let stdout = io::stdout();
    let is_read_write = rustix::fs::fcntl_getfl(&stdout)
        .is_ok_and(|flags| flags & rustix::fs::OFlags::RWMODE == rustix::fs::OFlags::RDWR);
    let device = stdout.as_fd().try_clone_to_owned().map(File::from);
    let device = device.and_then(|file| file.metadata());
    let null = std::fs::metadata("/dev/null");
    is_read_write
        && matches!((device, null), (Ok(device), Ok(null)) if device.rdev() == null.rdev() && null.rdev() != 0)
}

#[cfg(not(unix))]
fn stdout_is_closed() -> bool {
    false
}

fn write(
    mut queue: mpsc::Receiver<Batch>,
    progress: &watch::Sender<Written>,
    ended: oneshot::Receiver<Ending>,
    mut target: Target,
    encoding: Encoding,
) -> io::Result<Kept> {
    target.connect()?;
    let is_file = matches!(target, Target::File(_));
    let mut encoder = Encoder::new(target, encoding)?;
    while let Some(batch) = queue.blocking_recv() {
        for event in &batch.events {
            encoder.push(&batch.session, event)?;
        }
        // A reader sees the events of a batch at once.
        if !is_file {
            encoder.flush()?;
        }
        progress.send_modify(|written| {
            written.batches += 1;
            written.events += batch.events.len() as u64;
            written.checkpoint = Some(batch.checkpoint);
        });
    }
    // Dropped if the program ends without it.
    let ending = ended.blocking_recv().unwrap_or(Ending::Discard);
    let is_completed = match ending {
        Ending::Complete => true,
        Ending::Partial => is_file,
        Ending::Discard => false,
    };
    if !is_completed {
        return Ok(if is_file { Kept::Nothing } else { Kept::Stream });
    }
    let mut target = encoder.finish()?;
    target.flush()?;
    target.end(ending)
}
