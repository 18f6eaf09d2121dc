//! What is still to be written to stderr.

use std::fmt;
use std::mem::take;
use std::time::Duration;

use tokio::time::Instant;

use super::advice::count;

/// Most bytes that are queued for a reader that has stalled.
const CAPACITY: usize = 1024 * 1024;

/// Messages in order, and the progress to show.
#[derive(Debug, Default)]
pub(super) struct Queue {
    messages: Vec<Message>,
    bytes: usize,
    /// Messages for which there was no room.
    omitted: u64,
    last: u64,
    progress: Option<Progress>,
    is_suspended: bool,
}

/// Complete lines.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) lines: String,
    /// Counted from 1.
    pub(super) number: u64,
}

/// What is written next.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) messages: Vec<Message>,
    pub(super) progress: Option<String>,
    /// Whether it is time for the progress, apart from the messages.
    pub(super) is_due: bool,
}

/// Progress that is shown at intervals.
pub(super) struct Progress {
    text: Box<dyn Fn(Duration) -> String + Send>,
    every: Duration,
    started: Instant,
    due: Instant,
}

impl Progress {
    /// Shows the text that `text` returns when given how long progress has been shown.
    pub(super) fn new(every: Duration, text: impl Fn(Duration) -> String + Send + 'static) -> Self {
        let now = Instant::now();
        Self {
            text: Box::new(text),
            every,
            started: now,
            due: now + every,
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").finish_non_exhaustive()
    }
}

impl Queue {
    /// Returns whether a message would be queued even for a reader that has stalled: the first one always is.
    pub(super) fn has_room(&self, lines: &str) -> bool {
        self.messages.is_empty() || self.bytes + lines.len() <= CAPACITY
    }

    /// Counts a message as omitted.
    pub(super) fn omit(&mut self) {
        self.omitted += 1;
    }

    /// Adds a message and returns its number.
    pub(super) fn push(&mut self, lines: String) -> u64 {
        self.bytes += lines.len();
        self.last += 1;
        let number = self.last;
        self.messages.push(Message { lines, number });
        number
    }

    /// Returns the number of the last message.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Replaces the progress to show, and returns the old one.
    pub(super) fn show(&mut self, progress: Option<Progress>) -> Option<Progress> {
        std::mem::replace(&mut self.progress, progress)
    }

    /// Holds the progress back until [`resume`](Self::resume).
    #[cfg(unix)]
    pub(super) fn suspend(&mut self) {
        self.is_suspended = true;
    }

    #[cfg(unix)]
    pub(super) fn resume(&mut self) {
        self.is_suspended = false;
    }

    fn shown(&mut self) -> Option<&mut Progress> {
        self.progress.as_mut().filter(|_| !self.is_suspended)
    }

    /// Returns how long there is nothing to write: without end if `None`.
    pub(super) fn idle(&mut self, now: Instant) -> Option<Duration> {
        if !self.messages.is_empty() {
            return Some(Duration::ZERO);
        }
        let progress = self.shown()?;
        Some(progress.due.saturating_duration_since(now))
    }

    /// Takes all that there is to write.
    pub(super) fn take(&mut self, now: Instant) -> Batch {
        if self.omitted > 0 {
            let omitted = count(take(&mut self.omitted), "message");
            self.push(format!(
                "journey-events: {omitted} omitted: stderr was blocked\n"
            ));
        }
        self.bytes = 0;
        let mut is_due = false;
        let progress = self.shown().map(|progress| {
            is_due = progress.due <= now;
            if is_due {
                progress.due = now + progress.every;
            }
            (progress.text)(now.saturating_duration_since(progress.started))
        });
        Batch {
            messages: take(&mut self.messages),
            progress,
            is_due,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(batch: Batch) -> Vec<String> {
        batch
            .messages
            .into_iter()
            .map(|message| message.lines)
            .collect()
    }

    #[test]
    fn there_is_room_for_the_first_message_and_for_those_within_the_capacity() {
        let mut queue = Queue::default();
        let (half, large) = ("x".repeat(CAPACITY / 2), "x".repeat(2 * CAPACITY));
        assert!(queue.has_room(&large));
        queue.push(half.clone());
        assert!(queue.has_room(&half) && !queue.has_room(&large));
        queue.push(half.clone());
        assert!(!queue.has_room("x"));
        queue.take(Instant::now());
        assert!(queue.has_room(&large), "there is room again");
    }

    #[test]
    fn omitted_messages_are_counted() {
        for (omitted, text) in [
            (1, "journey-events: 1 message omitted: stderr was blocked\n"),
            (
                3,
                "journey-events: 3 messages omitted: stderr was blocked\n",
            ),
        ] {
            let mut queue = Queue::default();
            queue.push("first\n".to_owned());
            for _ in 0..omitted {
                queue.omit();
            }
            assert_eq!(lines(queue.take(Instant::now())), ["first\n", text]);
            assert!(lines(queue.take(Instant::now())).is_empty());
        }
    }

    #[test]
    fn progress_is_due_at_intervals_and_goes_with_every_batch() {
        let mut queue = Queue::default();
        let start = Instant::now();
        assert_eq!(queue.idle(start), None);
        let every = Duration::from_secs(10);
        queue.show(Some(Progress::new(every, |time| {
            format!("{} s", time.as_secs())
        })));
        let [early, late] = [5, 12].map(|seconds| start + Duration::from_secs(seconds));
        assert!(queue.idle(early) > Some(Duration::ZERO));
        queue.push("a\n".to_owned());
        assert_eq!(queue.idle(early), Some(Duration::ZERO));
        let batch = queue.take(early);
        assert!(!batch.is_due && batch.progress.is_some());
        assert_eq!(queue.idle(late), Some(Duration::ZERO));
        assert!(queue.take(late).is_due);
        assert_eq!(queue.idle(late), Some(every));
        queue.show(None);
        assert_eq!(queue.idle(late), None);
    }
}
