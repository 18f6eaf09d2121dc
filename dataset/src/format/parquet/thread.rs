//! A thread that encodes.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{Builder, JoinHandle};
use std::{io, mem, panic};

use parquet::errors::ParquetError;

use super::job::Job;

/// Runs one job after another, until it is dropped. With a thread for each, files take a fifth more time, since memory
/// is returned to the system and allocated again.
#[derive(Debug)]
pub(super) struct EncodingThread {
    jobs: Option<Sender<Job>>,
    ended: Receiver<Result<Job, ParquetError>>,
    is_busy: bool,
    thread: Option<JoinHandle<()>>,
}

impl EncodingThread {
    pub(super) fn start() -> io::Result<Self> {
        Self::start_running(Job::run)
    }

    fn start_running(run: fn(Job) -> Result<Job, ParquetError>) -> io::Result<Self> {
        let (jobs, begun) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let run_all = move || {
            for job in begun {
                // Fails if this is dropped meanwhile.
                let _ = end.send(run(job));
            }
        };
        let thread = Builder::new().name("parquet".to_owned()).spawn(run_all)?;
        Ok(Self {
            jobs: Some(jobs),
            ended,
            is_busy: false,
            thread: Some(thread),
        })
    }

    /// Begins a job, after the end of the one before.
    pub(super) fn begin(&mut self, job: Job) {
        self.is_busy = true;
        if let Some(jobs) = &self.jobs {
            // Fails if the thread has panicked, which the end of the job reports.
            let _ = jobs.send(job);
        }
    }

    /// Waits for the end of the job that was begun, if any.
    ///
    /// # Panics
    ///
    /// With the panic of the job.
    pub(super) fn end(&mut self) -> Option<Result<Job, ParquetError>> {
        if !mem::take(&mut self.is_busy) {
            return None;
        }
        let ended = self.ended.recv();
        if ended.is_err()
            && let Some(Err(panic)) = self.join()
        {
            panic::resume_unwind(panic);
        }
        let has_ended = |_| Err(ParquetError::General("the thread has ended".to_owned()));
        Some(ended.unwrap_or_else(has_ended))
    }

    fn join(&mut self) -> Option<std::thread::Result<()>> {
        self.jobs = None;
        self.thread.take().map(JoinHandle::join)
    }
}

impl Drop for EncodingThread {
    /// Waits for the job that was begun, so that its memory is freed with the writer.
    fn drop(&mut self) {
        self.join();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::decoded::Decoded;
    use super::*;

    fn job() -> Job {
        Job {
            cells: Decoded::default(),
            chunks: Vec::new(),
        }
    }

    #[test]
    fn a_job_that_was_begun_ends_once() {
        let mut thread = EncodingThread::start().unwrap();
        assert!(thread.end().is_none());
        for _ in 0..3 {
            thread.begin(job());
            assert!(thread.end().unwrap().is_ok());
            assert!(thread.end().is_none());
        }
    }

    #[test]
    fn a_failure_is_that_of_its_job_alone() {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let fail_first = |job| match COUNT.fetch_add(1, Ordering::Relaxed) {
            0 => Err(ParquetError::General("failed".to_owned())),
            _ => Ok(job),
        };
        let mut thread = EncodingThread::start_running(fail_first).unwrap();
        thread.begin(job());
        assert!(thread.end().unwrap().is_err());
        thread.begin(job());
        assert!(thread.end().unwrap().is_ok());
    }

    #[test]
    fn a_panic_is_passed_on() {
        let mut thread = EncodingThread::start_running(|_| panic!("broken")).unwrap();
        thread.begin(job());
        let panic = catch_unwind(AssertUnwindSafe(|| thread.end())).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"broken"));
        thread.begin(job());
        assert!(thread.end().unwrap().is_err());
    }

    #[test]
    fn dropping_it_waits_for_the_job() {
        static ENDED: AtomicUsize = AtomicUsize::new(0);
        let run = |job| {
            // So that it hasn't ended before the test is here.
            for _ in 0..1_000 {
                std::thread::yield_now();
            }
            ENDED.fetch_add(1, Ordering::Relaxed);
            Ok(job)
        };
        let mut thread = EncodingThread::start_running(run).unwrap();
        thread.begin(job());
        drop(thread);
        assert_eq!(ENDED.load(Ordering::Relaxed), 1);
    }
}
