//! Encodes a batch while the next one is read.

use std::mem;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::Builder;

use parquet::errors::ParquetError;

use super::chunk::Chunk;
use super::decoded::Decoded;

/// A batch's cells, and the columns of the row group that they are for.
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) cells: Decoded,
    pub(super) chunks: Vec<Chunk>,
}

impl Job {
    pub(super) fn run(mut self) -> Result<Self, ParquetError> {
        for (chunk, cells) in self.chunks.iter_mut().zip(self.cells.columns()) {
            for cell in cells {
                chunk.push(&cell);
            }
            chunk.encode()?;
        }
        Ok(self)
    }
}

/// Runs one job at a time on a thread of its own, which ends when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    thread: Option<Thread>,
    begun: Begun,
}

#[derive(Debug, Default)]
enum Begun {
    #[default]
    Nothing,
    OnThread,
    /// The system had no thread left, and it ran at once.
    Done(Result<Job, ParquetError>),
}

impl Encoder {
    /// Begins a job. The one before must have ended.
    pub(super) fn begin(&mut self, job: Job) {
        if self.thread.is_none() {
            self.thread = Thread::start();
        }
        self.begun = match &self.thread {
            Some(thread) => {
                // If the thread has panicked, the end of the job says so.
                let _ = thread.jobs.send(job);
                Begun::OnThread
            }
            None => Begun::Done(job.run()),
        };
    }

    /// Waits for the job's end and returns it; `None` if none was begun.
    pub(super) fn end(&mut self) -> Result<Option<Job>, ParquetError> {
        match (mem::take(&mut self.begun), &self.thread) {
            (Begun::Done(done), _) => done.map(Some),
            (Begun::OnThread, Some(thread)) => match thread.done.recv() {
                Ok(done) => done.map(Some),
                Err(_) => Err(ParquetError::General("the encoder panicked".to_owned())),
            },
            _ => Ok(None),
        }
    }
}

#[derive(Debug)]
struct Thread {
    jobs: Sender<Job>,
    done: Receiver<Result<Job, ParquetError>>,
}

impl Thread {
    /// `None` if the system has none left.
    fn start() -> Option<Self> {
        let (jobs, begun) = mpsc::channel::<Job>();
        let (ended, done) = mpsc::channel();
        let run = move || {
            for job in begun {
                if ended.send(job.run()).is_err() {
                    return;
                }
            }
        };
        let thread = Builder::new().name("parquet".to_owned()).spawn(run);
        thread.ok().map(|_| Self { jobs, done })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_ends_once_on_the_thread_and_without_one() {
        let mut encoder = Encoder::default();
        assert!(encoder.end().unwrap().is_none());
        for _ in 0..3 {
            encoder.begin(Job::default());
            assert!(encoder.end().unwrap().is_some());
            assert!(encoder.end().unwrap().is_none());
        }
        let mut encoder = Encoder {
            thread: None,
            begun: Begun::Done(Job::default().run()),
        };
        assert!(encoder.end().unwrap().is_some());
        assert!(encoder.end().unwrap().is_none());
    }

    #[test]
    fn a_panic_of_the_thread_is_an_error() {
        let (jobs, _) = mpsc::channel();
        let (_, done) = mpsc::channel();
        let mut encoder = Encoder {
            thread: Some(Thread { jobs, done }),
            begun: Begun::Nothing,
        };
        encoder.begin(Job::default());
        assert!(encoder.end().is_err());
    }
}
