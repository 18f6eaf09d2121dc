//! The only writer of an output: a thread, so that a reader that stalls holds up nothing else.
//!
//! What is posted is written in order, each message at once. On a terminal, the progress line is cleared
//! before a message and drawn again below it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::queue::{Batch, Progress, Queue};
use super::screen::{Line, Screen};

/// How long an output may take nothing until it isn't waited for any longer.
const PATIENCE: Duration = Duration::from_millis(200);

/// What is written to.
pub(super) trait Output: Send + Sync + 'static {
    /// Writes all of the text, however long that takes.
    fn write(&self, text: &str);
    /// Returns the terminal's width, or `None` if a line can't be redrawn.
    fn columns(&self) -> Option<usize>;
    /// Returns whether a write would return at once.
    fn is_writable(&self) -> bool;
}

/// Writes to an output on a thread.
#[derive(Debug)]
pub(super) struct Writer<O: Output>(Arc<Shared<O>>);

#[derive(Debug)]
struct Shared<O> {
    output: O,
    state: Mutex<State>,
    posted: Condvar,
    written: Condvar,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    /// Number of the last message written.
    written: u64,
    is_stalled: bool,
    is_running: bool,
}

/// A message that was posted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket(u64);

impl<O: Output> Writer<O> {
    pub(super) fn start(output: O) -> Self {
        let state = State {
            queue: Queue::default(),
            written: 0,
            is_stalled: false,
            is_running: true,
        };
        let shared = Arc::new(Shared {
            output,
            state: Mutex::new(state),
            posted: Condvar::new(),
            written: Condvar::new(),
        });
        let ended = Ended(Arc::clone(&shared));
        // If it doesn't start, `ended` is dropped and messages are written by those who post them.
        let _ = thread::Builder::new()
            .name("stderr".to_owned())
            .spawn(move || ended.0.run());
        Self(shared)
    }

    /// Returns whether a line can be redrawn.
    pub(super) fn is_terminal(&self) -> bool {
        self.0.output.columns().is_some()
    }

    /// Queues complete lines, without waiting.
    pub(super) fn post(&self, lines: String) -> Ticket {
        let mut state = self.0.state();
        if !state.is_running {
            drop(state);
            self.0.output.write(&lines);
            return Ticket(0);
        }
        let ticket = Ticket(state.queue.push(lines));
        self.0.posted.notify_one();
        ticket
    }

    /// Shows progress, instead of that shown before.
    pub(super) fn show(&self, progress: Progress) {
        let old = self.0.state().queue.show(Some(progress));
        drop(old);
        self.0.posted.notify_one();
    }

    /// Stops showing progress, and clears its line.
    pub(super) fn hide(&self) {
        // Its text may own a client, whose drop shouldn't hold the lock.
        let old = self.0.state().queue.show(None);
        drop(old);
        self.wait(self.post(String::new()));
    }

    /// Waits until everything posted is written, as [`wait`](Self::wait) does.
    pub(super) fn wait_for_all(&self) {
        let last = self.0.state().queue.last();
        self.wait(Ticket(last));
    }

    /// Waits until a message is written. Gives up once the output has taken nothing for 200 ms, and doesn't
    /// wait for it again until it takes more.
    pub(super) fn wait(&self, Ticket(number): Ticket) {
        let mut state = self.0.state();
        while state.is_running && !state.is_stalled && state.written < number {
            let before = state.written;
            let waited = self.0.written.wait_timeout(state, PATIENCE);
            let (woken, time) = waited.unwrap_or_else(PoisonError::into_inner);
            state = woken;
            // If it is writable, the thread will write once the machine lets it run.
            if time.timed_out() && state.written == before && !self.0.output.is_writable() {
                state.is_stalled = true;
            }
        }
    }
}

impl<O: Output> Shared<O> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut screen = Screen::default();
        loop {
            let Batch {
                messages,
                progress,
                is_due,
            } = self.next();
            for message in messages {
                let text = screen.print(&message.lines);
                if !text.is_empty() {
                    self.output.write(&text);
                }
                self.mark_written(message.number);
            }
            match (progress, self.output.columns()) {
                (Some(text), Some(columns)) => {
                    let text = &text;
                    self.output.write(&screen.draw(Line { text, columns }));
                }
                (Some(text), None) if is_due => self.output.write(&text),
                _ => {}
            }
        }
    }

    /// Waits for something to write.
    fn next(&self) -> Batch {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            state = match state.queue.idle(now) {
                Some(Duration::ZERO) => return state.queue.take(now),
                Some(time) => {
                    let waited = self.posted.wait_timeout(state, time);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.posted.wait(state);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    fn mark_written(&self, number: u64) {
        let mut state = self.state();
        state.written = number;
        state.is_stalled = false;
        drop(state);
        self.written.notify_all();
    }
}

/// Marks the thread as ended, also by a panic, so that nobody waits for it.
struct Ended<O: Output>(Arc<Shared<O>>);

impl<O: Output> Drop for Ended<O> {
    fn drop(&mut self) {
        self.0.state().is_running = false;
        self.0.written.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Passes on what it takes: one text per `()`, or everything.
    #[derive(Debug)]
    struct Pipe {
        room: Option<Mutex<Receiver<()>>>,
        /// Sent when it is looked at, as if the thread had been scheduled only then.
        released: Option<Sender<()>>,
        taken: Sender<String>,
        columns: Option<usize>,
    }

    impl Output for Pipe {
        fn write(&self, text: &str) {
            if let Some(room) = &self.room {
                // Fails once the test has ended.
                let _ = room.lock().unwrap().recv();
            }
            let _ = self.taken.send(text.to_owned());
        }

        fn columns(&self) -> Option<usize> {
            self.columns
        }

        fn is_writable(&self) -> bool {
            let released = self.released.as_ref();
            released.is_some_and(|room| room.send(()).is_ok())
        }
    }

    fn pipe(columns: Option<usize>) -> (Pipe, Sender<()>, Receiver<String>) {
        let (room, taking) = channel();
        let (taken, texts) = channel();
        let pipe = Pipe {
            room: Some(Mutex::new(taking)),
            released: None,
            taken,
            columns,
        };
        (pipe, room, texts)
    }

    #[test]
    fn a_stalled_reader_is_waited_for_once_and_gets_everything_later() {
        let (pipe, room, texts) = pipe(None);
        let writer = Writer::start(pipe);
        let first = writer.post("1\n".to_owned());
        // Returns: the test would hang otherwise.
        writer.wait(first);
        assert!(writer.0.state().is_stalled);
        for number in 2..=1_000 {
            let posted = writer.post(format!("{number}\n"));
            writer.wait(posted);
        }
        assert!(texts.try_recv().is_err());
        for number in 1..=1_000 {
            room.send(()).unwrap();
            assert_eq!(texts.recv().unwrap(), format!("{number}\n"));
        }
        assert!(!writer.0.state().is_stalled);
        writer.wait_for_all();
    }

    #[test]
    fn a_thread_that_only_was_not_scheduled_is_waited_for() {
        let (mut pipe, room, texts) = pipe(None);
        pipe.released = Some(room);
        let writer = Writer::start(pipe);
        writer.wait(writer.post("late\n".to_owned()));
        assert_eq!(texts.try_recv().unwrap(), "late\n");
        assert!(!writer.0.state().is_stalled);
    }

    #[test]
    fn a_message_is_above_the_line_and_a_hidden_line_is_gone() {
        let (mut pipe, _, texts) = pipe(Some(80));
        pipe.room = None;
        let writer = Writer::start(pipe);
        writer.show(Progress::new(Duration::ZERO, |_| "counting".to_owned()));
        assert!(texts.recv().unwrap().contains("counting"));
        writer.post("message\n".to_owned());
        let message = texts.iter().find(|text| text.contains("message"));
        assert_eq!(message.unwrap(), "\r\u{1b}[Jmessage\n");
        assert!(texts.recv().unwrap().contains("counting"));
        writer.hide();
        assert_eq!(texts.try_iter().last().unwrap(), "\r\u{1b}[J");
    }

    #[test]
    fn a_panic_in_the_progress_holds_up_nobody() {
        let (mut pipe, _, texts) = pipe(None);
        pipe.room = None;
        let writer = Writer::start(pipe);
        writer.show(Progress::new(Duration::ZERO, |_| panic!("as intended")));
        while writer.0.state().is_running {
            thread::yield_now();
        }
        writer.wait(writer.post("message\n".to_owned()));
        assert_eq!(texts.try_recv().unwrap(), "message\n");
        writer.hide();
    }
}
