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

/// How long an output may take nothing until it counts as stalled.
const STALLED: Duration = Duration::from_millis(200);
/// Most bytes of one write, so that an output that takes little at a time is seen to take it.
const PIECE: usize = 1024;

/// How long a message is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How long the output may take nothing.
    idle: Duration,
    total: Duration,
}

impl Patience {
    /// While the program runs, or a signal ends it: an output that takes little at a time delays it by at
    /// most a second.
    pub(super) const SHORT: Self = Self {
        idle: STALLED,
        total: Duration::from_secs(1),
    };
    /// At the end, when there is nothing else to do: as long as the output takes anything.
    pub(super) const LONG: Self = Self {
        idle: Duration::from_secs(2),
        total: Duration::MAX,
    };
}

/// What is written to.
pub(super) trait Output: Send + Sync + 'static {
    /// Writes all of a piece of text, however long that takes.
    fn write(&self, piece: &str);
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
    /// Since when the output has taken nothing, while something is being written.
    idle_since: Option<Instant>,
    is_running: bool,
}

impl State {
    /// Returns how long the output has taken nothing of what is being written.
    fn idle(&self) -> Duration {
        self.idle_since
            .map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// A message that was posted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket(u64);

impl<O: Output> Writer<O> {
    pub(super) fn start(output: O) -> Self {
        let state = State {
            queue: Queue::default(),
            written: 0,
            idle_since: None,
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

    /// Queues complete lines, without waiting. While the output is stalled, those beyond a capacity are only
    /// counted.
    pub(super) fn post(&self, lines: String) -> Ticket {
        let mut state = self.0.state();
        if !state.is_running {
            drop(state);
            pieces(&lines).for_each(|piece| self.0.output.write(piece));
            return Ticket(0);
        }
        if !state.queue.has_room(&lines) && state.idle() >= STALLED && !self.0.output.is_writable()
        {
            state.queue.omit();
            return Ticket(state.queue.last());
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
        self.wait(self.post(String::new()), Patience::SHORT);
    }

    /// Clears the line, and draws none until [`resume`](Self::resume).
    #[cfg(unix)]
    pub(super) fn suspend(&self) {
        self.0.state().queue.suspend();
        self.wait(self.post(String::new()), Patience::SHORT);
    }

    #[cfg(unix)]
    pub(super) fn resume(&self) {
        self.0.state().queue.resume();
        self.0.posted.notify_one();
    }

    /// Waits until everything posted is written, as [`wait`](Self::wait) does.
    pub(super) fn wait_for_all(&self, patience: Patience) {
        let last = self.0.state().queue.last();
        self.wait(Ticket(last), patience);
    }

    /// Waits until a message is written, or patience is exhausted. An output that has taken nothing for so
    /// long already isn't waited for again until it takes more.
    pub(super) fn wait(&self, Ticket(number): Ticket, patience: Patience) {
        let start = Instant::now();
        let mut state = self.0.state();
        while state.is_running && state.written < number {
            let left = patience.total.saturating_sub(start.elapsed());
            let mut time = patience.idle.saturating_sub(state.idle());
            // If it is writable, the thread will write once the machine lets it run.
            if time.is_zero() && self.0.output.is_writable() {
                time = patience.idle;
            }
            if time.is_zero() || left.is_zero() {
                return;
            }
            let waited = self.0.written.wait_timeout(state, time.min(left));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
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
                self.write(&screen.print(&message.lines));
                self.mark_written(message.number);
            }
            match (progress, self.output.columns()) {
                (Some(text), Some(columns)) => {
                    let text = &text;
                    self.write(&screen.draw(Line { text, columns }));
                }
                (Some(text), None) if is_due => self.write(&text),
                _ => {}
            }
            self.state().idle_since = None;
        }
    }

    fn write(&self, text: &str) {
        for piece in pieces(text) {
            self.state().idle_since = Some(Instant::now());
            self.output.write(piece);
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
        drop(state);
        self.written.notify_all();
    }
}

/// Splits a text at line ends, and lines that are longer than a piece. What a reader has got when the program
/// gives up on it ends with a line.
fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let mut ends = (0..=PIECE.min(text.len())).rev();
        let most_end = ends.find(|end| text.is_char_boundary(*end));
        let (most, _) = text.split_at(most_end.unwrap_or(text.len()));
        let end = match most.rfind('\n') {
            Some(line_end) if most.len() < text.len() => line_end + 1,
            _ => most.len(),
        };
        let (piece, rest) = text.split_at(end);
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
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
        writer.wait(first, Patience::SHORT);
        assert!(writer.0.state().idle() >= STALLED);
        for number in 2..=1_000 {
            let posted = writer.post(format!("{number}\n"));
            writer.wait(posted, Patience::SHORT);
        }
        assert!(texts.try_recv().is_err());
        for number in 1..=1_000 {
            room.send(()).unwrap();
            assert_eq!(texts.recv().unwrap(), format!("{number}\n"));
        }
        writer.wait_for_all(Patience::LONG);
    }

    #[test]
    fn an_output_that_takes_a_part_of_a_message_is_not_stalled() {
        let (pipe, room, texts) = pipe(None);
        let writer = Writer::start(pipe);
        let message = "a line\n".repeat(PIECE);
        writer.post(message.clone());
        let mut taken = String::new();
        while taken.len() < message.len() {
            let before = Instant::now();
            room.send(()).unwrap();
            taken += &texts.recv().unwrap();
            assert!(taken.ends_with('\n'));
            // Ends: the test would hang otherwise.
            while writer.0.state().written == 0 && writer.0.state().idle_since < Some(before) {
                thread::yield_now();
            }
        }
        assert_eq!(taken, message);
    }

    #[test]
    fn a_stalled_output_has_messages_beyond_the_capacity_omitted() {
        let (pipe, room, texts) = pipe(None);
        let writer = Writer::start(pipe);
        writer.wait(writer.post("first\n".to_owned()), Patience::SHORT);
        let large = "x".repeat(2 * 1024 * PIECE);
        writer.post(large.clone());
        writer.post(large.clone());
        let pieces = 1 + 2 * 1024 + 1;
        for _ in 0..pieces {
            room.send(()).unwrap();
        }
        let taken: String = texts.iter().take(pieces).collect();
        let omitted = "journey-events: 1 message omitted: stderr was blocked\n";
        assert!(taken == format!("first\n{large}{omitted}"));
    }

    #[test]
    fn an_output_that_is_not_stalled_gets_messages_beyond_the_capacity() {
        let (mut pipe, room, texts) = pipe(None);
        // It takes a piece whenever it is looked at.
        pipe.released = Some(room.clone());
        let writer = Writer::start(pipe);
        writer.post("first\n".to_owned());
        while writer.0.state().idle_since.is_none() && writer.0.state().written == 0 {
            thread::yield_now();
        }
        let large = "x".repeat(2 * 1024 * PIECE);
        for _ in 0..3 {
            writer.post(large.clone());
        }
        let pieces = 1 + 3 * 2 * 1024;
        for _ in 0..pieces {
            room.send(()).unwrap();
        }
        let taken: String = texts.iter().take(pieces).collect();
        assert!(taken == format!("first\n{}", large.repeat(3)));
    }

    #[test]
    fn text_is_split_at_line_ends_and_within_lines_only_where_they_are_longer() {
        let line = "é".repeat(PIECE / 4) + "\n";
        let long = "é".repeat(PIECE);
        for (text, lengths) in [
            (String::new(), vec![]),
            (line.clone(), vec![line.len()]),
            (line.repeat(3), vec![line.len(); 3]),
            (format!("x{long}"), vec![PIECE - 1, PIECE, 2]),
            (format!("{line}{long}"), vec![line.len(), PIECE, PIECE]),
        ] {
            assert_eq!(pieces(&text).map(str::len).collect::<Vec<_>>(), lengths);
            assert_eq!(pieces(&text).collect::<String>(), text);
        }
    }

    #[test]
    fn a_thread_that_only_was_not_scheduled_is_waited_for() {
        let (mut pipe, room, texts) = pipe(None);
        pipe.released = Some(room);
        let writer = Writer::start(pipe);
        writer.wait(writer.post("late\n".to_owned()), Patience::LONG);
        assert_eq!(texts.try_recv().unwrap(), "late\n");
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
        writer.wait(writer.post("message\n".to_owned()), Patience::SHORT);
        assert_eq!(texts.try_recv().unwrap(), "message\n");
        writer.hide();
    }
}
