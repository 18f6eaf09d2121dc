//! The runtime of all clients, and the process that it belongs to.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::pin;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;
use tokio::time::timeout;

/// How often a thread that waits looks whether a signal has arrived: what a user takes for at once.
const TICK: Duration = Duration::from_millis(50);
/// How long the interpreter's exit waits for tasks of the runtime: they only have to notice.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// Requests of many walks share them. Whatever blocks has threads of its own.
const WORKERS: usize = 2;

/// Taken only with the GIL held and never across a wait, so it is free when a process forks.
static STATE: Mutex<State> = Mutex::new(State::NotStarted);

#[derive(Debug)]
enum State {
    NotStarted,
    Running(OfProcess<Running>),
    Ended,
}

#[derive(Debug)]
struct Running {
    runtime: Runtime,
    /// Dropped when the interpreter ends, which ends all waits.
    end: watch::Sender<()>,
}

/// Tasks and waits on the runtime.
#[derive(Clone, Debug)]
pub(crate) struct Driver {
    handle: Handle,
    end: watch::Receiver<()>,
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ending() -> PyErr {
    PyRuntimeError::new_err("the interpreter is exiting: no request can be made any more")
}

impl Driver {
    /// Returns the process's, starting it if there is none.
    pub(crate) fn get() -> PyResult<Self> {
        let mut state = state();
        if let State::Running(running) = &*state
            && let Ok(running) = running.get()
        {
            return Ok(Self::of(running));
        }
        if let State::Ended = &*state {
            return Err(ending());
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("journey-events")
            .enable_all()
            .build()
            .map_err(|error| PyRuntimeError::new_err(format!("can't start threads: {error}")))?;
        let running = Running {
            runtime,
            end: watch::Sender::new(()),
        };
        let driver = Self::of(&running);
        // That of the parent process, if this one was forked, is forgotten.
        *state = State::Running(OfProcess::new(running));
        Ok(driver)
    }

    fn of(running: &Running) -> Self {
        Self {
            handle: running.runtime.handle().clone(),
            end: running.end.subscribe(),
        }
    }

    /// Waits without the GIL. A signal whose handler raises ends the wait with that exception, at once.
    pub(crate) fn wait<T: Send>(
        &self,
        py: Python<'_>,
        future: impl Future<Output = T> + Send,
    ) -> PyResult<T> {
        self.watch(py, future, || py.check_signals())
    }

    /// Waits without the GIL, and calls `look` with it every 50 ms, whose error ends the wait.
    fn watch<T: Send>(
        &self,
        py: Python<'_>,
        future: impl Future<Output = T> + Send,
        mut look: impl FnMut() -> PyResult<()>,
    ) -> PyResult<T> {
        let mut future = pin!(future);
        let mut end = self.end.clone();
        loop {
            let waited = py.detach(|| {
                self.handle.block_on(async {
                    let waited = tokio::select! {
                        waited = timeout(TICK, future.as_mut()) => Some(waited.ok()),
                        _ = end.changed() => None,
                    };
                    // At the end, futures fail as well.
                    waited.filter(|_| end.has_changed().is_ok())
                })
            });
            match waited {
                Some(Some(value)) => return Ok(value),
                Some(None) => look()?,
                // Only threads that the interpreter doesn't wait for are left. As in every other call, they must not
                // get back to Python: what it consists of is being torn down.
                None => py.detach(|| {
                    loop {
                        thread::park();
                    }
                }),
            }
        }
    }

    /// Runs what blocks on a thread of its own. A signal that raises leaves it behind.
    pub(crate) fn blocking<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> PyResult<T> {
        let done = self.handle.spawn_blocking(work);
        let done = self.wait(py, done)?;
        done.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// Runs a future on the runtime while `look` is called as by [`Driver::watch`], however long a call takes. Its
    /// error drops the future.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        future: impl Future<Output = T> + Send + 'static,
        look: impl FnMut() -> PyResult<()>,
    ) -> PyResult<T> {
        let task = self.handle.spawn(future);
        let abort = task.abort_handle();
        let done = self.watch(py, task, look).inspect_err(|_| abort.abort())?;
        done.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// Runs a future on the runtime, until it ends or the interpreter does.
    pub(crate) fn spawn(
        &self,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::AbortHandle {
        self.handle.spawn(future).abort_handle()
    }
}

/// Ends the runtime. To be called once, when the interpreter exits.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>) {
    let ended = mem::replace(&mut *state(), State::Ended);
    if let State::Running(running) = ended
        && let Some(Running { runtime, end }) = running.into_inner()
    {
        drop(end);
        py.detach(|| runtime.shutdown_timeout(LAST_WAIT));
    }
}

/// What belongs to the process that made it.
///
/// In a process forked from that one it can't be used, and isn't dropped: the threads that would take part are
/// missing there, and a lock may be held by one of them for ever.
pub(crate) struct OfProcess<T> {
    process: u32,
    value: Option<T>,
}

impl<T> OfProcess<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            process: process::id(),
            value: Some(value),
        }
    }

    pub(crate) fn get(&self) -> PyResult<&T> {
        let value = self.value.as_ref().filter(|_| self.is_here());
        value.ok_or_else(|| {
            PyRuntimeError::new_err(format!(
                "made in process {}, and this is process {}, forked from it; make a new Client after the fork, and \
                 resume from a checkpoint",
                self.process,
                process::id()
            ))
        })
    }

    fn into_inner(mut self) -> Option<T> {
        if self.is_here() {
            self.value.take()
        } else {
            None
        }
    }

    fn is_here(&self) -> bool {
        self.process == process::id()
    }
}

impl<T> Drop for OfProcess<T> {
    fn drop(&mut self) {
        if !self.is_here() {
            mem::forget(self.value.take());
        }
    }
}

impl<T> fmt::Debug for OfProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfProcess")
            .field("process", &self.process)
            .finish_non_exhaustive()
    }
}
