//! The consumer of a model walk: reads events in every way, drops streams at random and resumes.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;
use futures::stream::FusedStream;
use futures::{FutureExt, Stream, StreamExt};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::super::session::SESSION;
use super::coverage::Coverage;
use super::service::Service;
use crate::position::cursor::Direction;
use crate::{Checkpoint, CheckpointState, Client, Error, ErrorKind, SessionEvents};

/// Every name that consumers count.
pub(super) const ALL_ACTIONS: [&str; 18] = [
    "page was reordered",
    "polled on a runtime that nobody drives",
    "next() dropped after a poll",
    "next() dropped after a timeout",
    "slept between polls",
    "dropped the stream between events",
    "dropped the stream while waiting",
    "read events",
    "read pages",
    "read split events",
    "checkpoint went through JSON",
    "resumed after an error",
    "skipped a malformed event",
    "session grew",
    "walk completed",
    "read ahead",
    "walked backwards",
    "pages in parts",
];

/// A login that is refused answers everyone for 30 s.
const REFUSAL_SECONDS: u64 = 30;
/// Far more than any walk takes.
const MAX_STREAMS: u32 = 10_000;

/// What was consumed, and the checkpoint after it.
pub(super) type ConsumedCheckpoint = (Consumed, Checkpoint);

/// Which of the expected events were consumed, by index: so many from the start, and others after them
/// where the service reorders its pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Consumed {
    first: usize,
    others: BTreeSet<usize>,
}

impl Consumed {
    fn add(&mut self, index: usize) {
        assert!(!self.contains(index), "event {index} is yielded twice");
        self.others.insert(index);
        while self.others.remove(&self.first) {
            self.first += 1;
        }
    }

    pub(super) fn contains(&self, index: usize) -> bool {
        index < self.first || self.others.contains(&index)
    }

    fn count(&self) -> usize {
        self.first + self.others.len()
    }
}

pub(super) struct Consumer {
    pub(super) number: usize,
    pub(super) client: Client,
    pub(super) service: Service,
    pub(super) coverage: Coverage,
    pub(super) rng: Rng,
    /// A runtime that nobody drives.
    pub(super) elsewhere: Handle,
    /// Limited so that every walk ends.
    pub(super) interruptions_left: u32,
    pub(super) growths_left: u32,
    pub(super) consumed: Consumed,
    pub(super) checkpoints: Vec<ConsumedCheckpoint>,
}

/// How the reading of a stream ended.
enum Stopped {
    Early(Checkpoint),
    AtEnd(Checkpoint),
    Refused(Checkpoint),
}

/// What a consumer does to get the next item.
enum Action {
    Wait,
    PollOnce,
    PollElsewhere,
    WaitFor(Duration),
    Sleep(Duration),
    Drop,
}

/// The next item, or why there is none.
enum Next<T> {
    Item(T),
    End,
    Dropped,
}

impl Consumer {
    /// Walks until every event is consumed. Returns every checkpoint on the way.
    pub(super) async fn walk(mut self) -> Vec<ConsumedCheckpoint> {
        let mut checkpoint = None;
        for stream in 0.. {
            assert!(stream < MAX_STREAMS, "the walk doesn't end");
            let (request, read_ahead) = self.request(checkpoint);
            self.service.start_stream(self.number);
            let expected = self
                .service
                .with_session(|session| session.expected_events().len());
            let stopped = match self.rng.u8(..4) {
                0 => self.read_pages(request, read_ahead).await,
                1 => self.read_split_events(request, read_ahead).await,
                _ => self.read_events(request, read_ahead).await,
            };
            checkpoint = Some(match stopped {
                Stopped::Early(checkpoint) => checkpoint,
                Stopped::Refused(checkpoint) => {
                    let seconds = self.rng.u64(..=2 * REFUSAL_SECONDS);
                    sleep(Duration::from_secs(seconds)).await;
                    checkpoint
                }
                Stopped::AtEnd(checkpoint) => {
                    assert_eq!(checkpoint.state(), CheckpointState::Done);
                    assert!(self.consumed.count() >= expected, "the walk ended early");
                    self.coverage.record("walk completed");
                    if self.is_complete() && !self.grow_session() {
                        return self.checkpoints;
                    }
                    checkpoint
                }
            });
        }
        self.checkpoints
    }

    fn is_complete(&self) -> bool {
        self.consumed.count()
            == self
                .service
                .with_session(|session| session.expected_events().len())
    }

    fn grow_session(&mut self) -> bool {
        if self.growths_left == 0 {
            return false;
        }
        self.growths_left -= 1;
        self.coverage.record("session grew");
        self.service
            .with_session(|session| session.grow(&mut self.rng));
        true
    }

    fn request(&mut self, checkpoint: Option<Checkpoint>) -> (SessionEvents, usize) {
        let limit = self.rng.choice([200, 200, 1, 2, 4]).unwrap();
        let read_ahead = self.rng.choice([0, 0, 0, 1, 2, 4]).unwrap();
        let request = self
            .client
            .session_events(SESSION)
            .limit(limit)
            .read_ahead(read_ahead);
        // The event type tells the service which consumer this is. Checkpoints keep it.
        let number = self.number.to_string();
        let request = match checkpoint {
            Some(checkpoint) => request.resume(self.maybe_through_json(checkpoint)),
            None => match self
                .service
                .with_session(|session| (session.direction(), session.first_cursor()))
            {
                (Direction::Before, cursor) => {
                    self.coverage.record("walked backwards");
                    request.event_types([number]).before(cursor)
                }
                (Direction::After, cursor) if self.rng.bool() => {
                    request.event_types([number]).after(cursor)
                }
                (Direction::After, _) => request.event_types([number]),
            },
        };
        if limit < 6 {
            self.coverage.record("pages in parts");
        }
        if read_ahead > 0 {
            self.coverage.record("read ahead");
        }
        (request, read_ahead)
    }

    fn maybe_through_json(&mut self, checkpoint: Checkpoint) -> Checkpoint {
        if self.rng.bool() {
            return checkpoint;
        }
        self.coverage.record("checkpoint went through JSON");
        serde_json::from_str(&serde_json::to_string(&checkpoint).unwrap()).unwrap()
    }

    async fn read_events(&mut self, request: SessionEvents, read_ahead: usize) -> Stopped {
        self.coverage.record("read events");
        let mut stream = request.stream();
        loop {
            self.record_checkpoint(stream.checkpoint());
            match self.next(&mut stream).await {
                Next::Item(Ok(event)) => self.consume(event.json(), read_ahead),
                Next::Item(Err(error)) => {
                    assert_eq!(error.checkpoint(), Some(&stream.checkpoint()));
                    assert!(stream.is_terminated() && stream.next().await.is_none());
                    return self.stop_at_error(&error);
                }
                Next::End => {
                    assert!(stream.is_terminated() && stream.next().await.is_none());
                    return Stopped::AtEnd(stream.checkpoint());
                }
                Next::Dropped => return Stopped::Early(stream.checkpoint()),
            }
        }
    }

    async fn read_pages(&mut self, request: SessionEvents, read_ahead: usize) -> Stopped {
        self.coverage.record("read pages");
        let mut pages = request.pages();
        loop {
            self.record_checkpoint(pages.checkpoint());
            match self.next(&mut pages).await {
                Next::Item(Ok(page)) => {
                    page.events()
                        .iter()
                        .for_each(|event| self.consume(event.json(), read_ahead));
                }
                Next::Item(Err(error)) => {
                    assert_eq!(error.checkpoint(), Some(&pages.checkpoint()));
                    assert!(pages.is_terminated() && pages.next().await.is_none());
                    return self.stop_at_error(&error);
                }
                Next::End => {
                    assert!(pages.is_terminated() && pages.next().await.is_none());
                    return Stopped::AtEnd(pages.checkpoint());
                }
                Next::Dropped => return Stopped::Early(pages.checkpoint()),
            }
        }
    }

    async fn read_split_events(&mut self, request: SessionEvents, read_ahead: usize) -> Stopped {
        self.coverage.record("read split events");
        let (mut events, outcome) = request.stream().split();
        let reached_end = loop {
            match self.next(&mut events).await {
                Next::Item(event) => self.consume(event.json(), read_ahead),
                Next::End => break true,
                Next::Dropped => break false,
            }
        };
        drop(events);
        match outcome.await {
            Ok(checkpoint) if reached_end => Stopped::AtEnd(checkpoint),
            Ok(checkpoint) => Stopped::Early(checkpoint),
            Err(error) => self.stop_at_error(&error),
        }
    }

    /// The next item, sometimes with interruptions, which must lose nothing.
    async fn next<S: Stream + Unpin>(&mut self, stream: &mut S) -> Next<S::Item> {
        let mut is_waiting = false;
        loop {
            let next = match self.random_action(is_waiting) {
                Action::Wait => Some(stream.next().await),
                Action::PollOnce => {
                    self.coverage.record("next() dropped after a poll");
                    stream.next().now_or_never()
                }
                Action::PollElsewhere => {
                    self.coverage
                        .record("polled on a runtime that nobody drives");
                    let _elsewhere = self.elsewhere.enter();
                    stream.next().now_or_never()
                }
                Action::WaitFor(patience) => {
                    self.coverage.record("next() dropped after a timeout");
                    timeout(patience, stream.next()).await.ok()
                }
                Action::Sleep(time) => {
                    self.coverage.record("slept between polls");
                    sleep(time).await;
                    continue;
                }
                Action::Drop if is_waiting => {
                    self.coverage.record("dropped the stream while waiting");
                    return Next::Dropped;
                }
                Action::Drop => {
                    self.coverage.record("dropped the stream between events");
                    return Next::Dropped;
                }
            };
            match next {
                Some(Some(item)) => return Next::Item(item),
                Some(None) => return Next::End,
                None => is_waiting = true,
            }
        }
    }

    fn random_action(&mut self, is_waiting: bool) -> Action {
        if self.interruptions_left == 0 || self.rng.u8(..if is_waiting { 2 } else { 4 }) > 0 {
            return Action::Wait;
        }
        self.interruptions_left -= 1;
        let max_millis = self.rng.choice([1_000, 40_000, 3_600_000]).unwrap();
        let time = Duration::from_millis(self.rng.u64(..max_millis));
        match self.rng.u8(..5) {
            0 => Action::PollOnce,
            1 => Action::WaitFor(time),
            2 => Action::Sleep(time),
            3 => Action::PollElsewhere,
            _ => Action::Drop,
        }
    }

    fn consume(&mut self, event: &str, read_ahead: usize) {
        let (index, is_reordered) = self
            .service
            .with_session(|session| (session.index_of(event), session.is_reordered()));
        if is_reordered {
            self.coverage.record("page was reordered");
        } else {
            assert_eq!(index, self.consumed.first, "consumer {}", self.number);
        }
        self.consumed.add(index);
        let ahead = self.service.pages_requested_after(self.number, event);
        assert!(
            ahead <= read_ahead,
            "{ahead} pages requested ahead, allowed are {read_ahead}"
        );
    }

    fn record_checkpoint(&mut self, checkpoint: Checkpoint) {
        let consumed = (self.consumed.clone(), checkpoint);
        if self.checkpoints.last() != Some(&consumed) {
            self.checkpoints.push(consumed);
        }
    }

    /// Checks an error, and chooses where to resume.
    fn stop_at_error(&mut self, error: &Error) -> Stopped {
        let unexpected = [ErrorKind::InvalidInput, ErrorKind::StaleCheckpoint];
        assert!(!unexpected.contains(&error.kind()), "{error}");
        self.coverage.record(&format!("error {:?}", error.kind()));
        let checkpoint = error.checkpoint().unwrap().clone();
        self.record_checkpoint(checkpoint.clone());
        if error.kind() == ErrorKind::MalformedEvent {
            self.coverage.record("skipped a malformed event");
            return Stopped::Early(checkpoint.skip());
        }
        self.coverage.record("resumed after an error");
        match error.kind() {
            ErrorKind::Login | ErrorKind::Unauthorized => Stopped::Refused(checkpoint),
            _ => Stopped::Early(checkpoint),
        }
    }
}
