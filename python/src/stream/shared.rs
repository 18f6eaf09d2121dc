//! A walk that threads and tasks share.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use journey_events::{Checkpoint, Error};

use super::entities::{Entity, Stream};

/// A walk that any number of threads and tasks take from: each entity goes to one of them.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Locked for a poll at most, never across a wait, and without the GIL's being asked for.
    state: Mutex<State>,
    /// Whose turn it is to wait: a stream wakes only who polled it last.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    walk: Progress,
    /// Where to resume if the entity that is filled in is never taken, or once there is no stream.
    checkpoint: Option<Checkpoint>,
    /// Of the task that waits, for `close`. The others wait for its turn to end.
    waker: Option<Waker>,
    /// Before entities that were taken, and that nobody has received.
    withheld: Option<Checkpoint>,
}

#[derive(Debug)]
enum Progress {
    Streaming(Stream),
    /// The next one, which waits to be taken.
    Filled(Stream, Entity),
    Ended,
    /// Stays: a loop that catches the error must not take the rest for complete.
    Failed(Error),
    /// By its user.
    Closed,
}

/// What a walk has at this moment.
#[derive(Debug)]
pub(crate) enum Now {
    Next(Entity),
    End,
    Failed(Error),
    Closed,
    /// What was taken last was received by nobody yet, so that what follows isn't the next.
    Withheld,
    /// Nothing yet: wait for [`Shared::fill`].
    Nothing,
}

impl Shared {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            state: Mutex::new(State {
                checkpoint: stream.checkpoint(),
                walk: Progress::Streaming(stream),
                waker: None,
                withheld: None,
            }),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is there, without waiting.
    pub(crate) fn take(&self) -> Now {
        let mut state = self.state();
        if state.withheld.is_some() {
            return Now::Withheld;
        }
        match std::mem::replace(&mut state.walk, Progress::Closed) {
            Progress::Filled(stream, entity) => {
                state.walk = Progress::Streaming(stream);
                Now::Next(entity)
            }
            Progress::Streaming(mut stream) => {
                // Another one that waits must stay the one that is woken.
                let is_free = self.turn.try_lock().is_ok();
                if is_free && stream.has_next() {
                    let polled = stream.poll(&mut Context::from_waker(Waker::noop()));
                    if let Poll::Ready(next) = polled {
                        return state.taken(stream, next);
                    }
                }
                state.walk = Progress::Streaming(stream);
                Now::Nothing
            }
            Progress::Ended => {
                state.walk = Progress::Ended;
                Now::End
            }
            Progress::Failed(error) => {
                state.walk = Progress::Failed(error.clone());
                Now::Failed(error)
            }
            Progress::Closed => Now::Closed,
        }
    }

    /// Waits until there is something to take. Dropping the future loses nothing.
    pub(crate) async fn fill(&self) {
        let _turn = self.turn.lock().await;
        poll_fn(|cx| self.state().poll_fill(cx)).await;
    }

    /// Returns where to resume, just after the last entity that was taken; `None` for walks that have no checkpoints.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        let state = self.state();
        if state.withheld.is_some() {
            return state.withheld.clone();
        }
        match &state.walk {
            Progress::Streaming(stream) => stream.checkpoint(),
            _ => state.checkpoint.clone(),
        }
    }

    /// Returns the error that ended the walk.
    pub(crate) fn failure(&self) -> Option<Error> {
        match &self.state().walk {
            Progress::Failed(error) => Some(error.clone()),
            _ => None,
        }
    }

    /// Ends the walk and its requests.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        if let Progress::Streaming(stream) = &state.walk {
            state.checkpoint = stream.checkpoint();
        }
        state.walk = Progress::Closed;
        wake(state);
    }

    /// Refuses to continue: what was taken after this checkpoint is kept by one who was interrupted.
    pub(crate) fn withhold(&self, checkpoint: Option<Checkpoint>) {
        let mut state = self.state();
        state.withheld = checkpoint;
        wake(state);
    }

    /// Continues: who was interrupted is back.
    pub(crate) fn release(&self) {
        self.state().withheld = None;
    }
}

/// Lets the task that waits see what has changed.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl State {
    /// Returns what was polled, without its being filled in first.
    fn taken(&mut self, stream: Stream, next: Option<Result<Entity, Error>>) -> Now {
        match next {
            Some(Ok(entity)) => {
                self.walk = Progress::Streaming(stream);
                Now::Next(entity)
            }
            Some(Err(error)) => {
                self.checkpoint = stream.checkpoint();
                self.walk = Progress::Failed(error.clone());
                Now::Failed(error)
            }
            None => {
                self.checkpoint = stream.checkpoint();
                self.walk = Progress::Ended;
                Now::End
            }
        }
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.withheld.is_some() {
            return Poll::Ready(());
        }
        let Progress::Streaming(stream) = &mut self.walk else {
            return Poll::Ready(());
        };
        // Read before the poll: the stream's own is after what it yields.
        let before = stream.checkpoint();
        let Poll::Ready(next) = stream.poll(cx) else {
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let after = stream.checkpoint();
        let walk = std::mem::replace(&mut self.walk, Progress::Ended);
        match (next, walk) {
            (Some(Ok(entity)), Progress::Streaming(stream)) => {
                self.checkpoint = before;
                self.walk = Progress::Filled(stream, entity);
            }
            (Some(Err(error)), _) => {
                self.checkpoint = after;
                self.walk = Progress::Failed(error);
            }
            _ => self.checkpoint = after,
        }
        Poll::Ready(())
    }
}
