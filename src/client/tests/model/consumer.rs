//! The consumer of a model walk: takes events in every way there is, leaves at random, comes back.

use std::time::Duration;

use fastrand::Rng;
use futures::stream::FusedStream;
use futures::{FutureExt, Stream, StreamExt};
use tokio::time::{sleep, timeout};

use super::super::session::SESSION;
use super::seen::Seen;
use super::service::Service;
use crate::position::cursor::Direction;
use crate::{Checkpoint, CheckpointState, Client, Error, ErrorKind, SessionEvents};

/// What must have happened for the model to have tested all that a consumer can do.
pub(super) const ALL_DEEDS: [&str; 16] = [
    "next() dropped after a poll",
    "next() dropped after a while",
    "slept between polls",
    "left the stream between events",
    "left the stream within a request",
    "took events",
    "took pages",
    "took plain events",
    "came back through JSON",
    "went on from an error",
    "went on past an unreadable event",
    "session grew",
    "walk was done",
    "read ahead",
    "walked backwards",
    "pages in parts",
];

/// A login that is refused answers everyone for 30 s.
const REFUSAL_SECONDS: u64 = 30;
/// No walk takes nearly as many.
const MOST_STREAMS: u32 = 10_000;

/// A checkpoint, and how many events had come out when it was handed out.
pub(super) type Place = (usize, Checkpoint);

pub(super) struct Consumer {
    pub(super) number: usize,
    pub(super) client: Client,
    pub(super) service: Service,
    pub(super) seen: Seen,
    pub(super) rng: Rng,
    /// How often it may still be impatient, so that every walk ends.
    pub(super) whims_left: u32,
    pub(super) growths_left: u32,
    pub(super) came: usize,
    pub(super) places: Vec<Place>,
}

/// Where a stream was left.
enum Left {
    At(Checkpoint),
    Done(Checkpoint),
    Refused(Checkpoint),
}

/// What a consumer does about the next item.
enum Whim {
    Wait,
    Poll,
    WaitFor(Duration),
    Sleep(Duration),
    Leave,
}

/// What a consumer gets, or does instead of waiting for it.
enum Turn<T> {
    Item(T),
    End,
    Leave,
}

impl Consumer {
    /// Walks until nothing more is to come; every checkpoint handed out on the way.
    pub(super) async fn walk(mut self) -> Vec<Place> {
        let mut place = None;
        for stream in 0.. {
            assert!(stream < MOST_STREAMS, "the walk goes round in circles");
            let (request, read_ahead) = self.request(place);
            self.service.begin_stream(self.number);
            let expected = self.service.with_session(|session| session.truth().len());
            let left = match self.rng.u8(..4) {
                0 => self.take_pages(request, read_ahead).await,
                1 => self.take_plain_events(request, read_ahead).await,
                _ => self.take_events(request, read_ahead).await,
            };
            place = Some(match left {
                Left::At(checkpoint) => checkpoint,
                Left::Refused(checkpoint) => {
                    let seconds = self.rng.u64(..=2 * REFUSAL_SECONDS);
                    sleep(Duration::from_secs(seconds)).await;
                    checkpoint
                }
                Left::Done(checkpoint) => {
                    assert_eq!(checkpoint.state(), CheckpointState::Done);
                    assert!(self.came >= expected, "the walk ended early");
                    self.seen.note("walk was done");
                    if self.is_complete() && !self.lets_the_session_grow() {
                        return self.places;
                    }
                    checkpoint
                }
            });
        }
        self.places
    }

    fn is_complete(&self) -> bool {
        self.came == self.service.with_session(|session| session.truth().len())
    }

    fn lets_the_session_grow(&mut self) -> bool {
        if self.growths_left == 0 {
            return false;
        }
        self.growths_left -= 1;
        self.seen.note("session grew");
        self.service
            .with_session(|session| session.grow(&mut self.rng));
        true
    }

    fn request(&mut self, place: Option<Checkpoint>) -> (SessionEvents, usize) {
        let limit = self.rng.choice([200, 200, 1, 2, 4]).unwrap();
        let read_ahead = self.rng.choice([0, 0, 0, 1, 2, 4]).unwrap();
        let request = self
            .client
            .session_events(SESSION)
            .limit(limit)
            .read_ahead(read_ahead);
        // Tells the service who asks; a resumed walk takes it from its checkpoint.
        let number = self.number.to_string();
        let request = match place {
            Some(place) => request.resume(self.written_and_read(place)),
            None => match self
                .service
                .with_session(|session| (session.direction(), session.first_cursor()))
            {
                (Direction::Before, cursor) => {
                    self.seen.note("walked backwards");
                    request.event_types([number]).before(cursor)
                }
                (Direction::After, cursor) if self.rng.bool() => {
                    request.event_types([number]).after(cursor)
                }
                (Direction::After, _) => request.event_types([number]),
            },
        };
        if limit < 6 {
            self.seen.note("pages in parts");
        }
        if read_ahead > 0 {
            self.seen.note("read ahead");
        }
        (request, read_ahead)
    }

    fn written_and_read(&mut self, place: Checkpoint) -> Checkpoint {
        if self.rng.bool() {
            return place;
        }
        self.seen.note("came back through JSON");
        serde_json::from_str(&serde_json::to_string(&place).unwrap()).unwrap()
    }

    async fn take_events(&mut self, request: SessionEvents, read_ahead: usize) -> Left {
        self.seen.note("took events");
        let mut stream = request.stream();
        loop {
            self.keep(stream.checkpoint());
            match self.turn(&mut stream).await {
                Turn::Item(Ok(event)) => self.take(event.json(), read_ahead),
                Turn::Item(Err(error)) => {
                    assert_eq!(error.checkpoint(), Some(&stream.checkpoint()));
                    assert!(stream.is_terminated() && stream.next().await.is_none());
                    return self.failed(&error);
                }
                Turn::End => {
                    assert!(stream.is_terminated() && stream.next().await.is_none());
                    return Left::Done(stream.checkpoint());
                }
                Turn::Leave => return Left::At(stream.checkpoint()),
            }
        }
    }

    async fn take_pages(&mut self, request: SessionEvents, read_ahead: usize) -> Left {
        self.seen.note("took pages");
        let mut pages = request.pages();
        loop {
            self.keep(pages.checkpoint());
            match self.turn(&mut pages).await {
                Turn::Item(Ok(page)) => {
                    page.events()
                        .iter()
                        .for_each(|event| self.take(event.json(), read_ahead));
                }
                Turn::Item(Err(error)) => {
                    assert_eq!(error.checkpoint(), Some(&pages.checkpoint()));
                    assert!(pages.is_terminated() && pages.next().await.is_none());
                    return self.failed(&error);
                }
                Turn::End => {
                    assert!(pages.is_terminated() && pages.next().await.is_none());
                    return Left::Done(pages.checkpoint());
                }
                Turn::Leave => return Left::At(pages.checkpoint()),
            }
        }
    }

    async fn take_plain_events(&mut self, request: SessionEvents, read_ahead: usize) -> Left {
        self.seen.note("took plain events");
        let (mut events, outcome) = request.stream().split();
        let is_ended = loop {
            match self.turn(&mut events).await {
                Turn::Item(event) => self.take(event.json(), read_ahead),
                Turn::End => break true,
                Turn::Leave => break false,
            }
        };
        drop(events);
        match outcome.await {
            Ok(checkpoint) if is_ended => Left::Done(checkpoint),
            Ok(checkpoint) => Left::At(checkpoint),
            Err(error) => self.failed(&error),
        }
    }

    /// The next item, sometimes with an impatience that must lose nothing.
    async fn turn<S: Stream + Unpin>(&mut self, stream: &mut S) -> Turn<S::Item> {
        let mut is_waiting = false;
        loop {
            let next = match self.whim(is_waiting) {
                Whim::Wait => Some(stream.next().await),
                Whim::Poll => {
                    self.seen.note("next() dropped after a poll");
                    stream.next().now_or_never()
                }
                Whim::WaitFor(patience) => {
                    self.seen.note("next() dropped after a while");
                    timeout(patience, stream.next()).await.ok()
                }
                Whim::Sleep(time) => {
                    self.seen.note("slept between polls");
                    sleep(time).await;
                    continue;
                }
                Whim::Leave if is_waiting => {
                    self.seen.note("left the stream within a request");
                    return Turn::Leave;
                }
                Whim::Leave => {
                    self.seen.note("left the stream between events");
                    return Turn::Leave;
                }
            };
            match next {
                Some(Some(item)) => return Turn::Item(item),
                Some(None) => return Turn::End,
                None => is_waiting = true,
            }
        }
    }

    fn whim(&mut self, is_waiting: bool) -> Whim {
        if self.whims_left == 0 || self.rng.u8(..if is_waiting { 2 } else { 4 }) > 0 {
            return Whim::Wait;
        }
        self.whims_left -= 1;
        let most = self.rng.choice([1_000, 40_000, 3_600_000]).unwrap();
        let time = Duration::from_millis(self.rng.u64(..most));
        match self.rng.u8(..4) {
            0 => Whim::Poll,
            1 => Whim::WaitFor(time),
            2 => Whim::Sleep(time),
            _ => Whim::Leave,
        }
    }

    fn take(&mut self, event: &str, read_ahead: usize) {
        let expected = self
            .service
            .with_session(|session| session.truth().get(self.came).cloned());
        assert_eq!(
            Some(event),
            expected.as_deref(),
            "event {} of consumer {}",
            self.came,
            self.number
        );
        self.came += 1;
        let beyond = self.service.pages_asked_beyond(self.number, event);
        assert!(
            beyond <= read_ahead,
            "{beyond} pages asked for ahead, allowed are {read_ahead}"
        );
    }

    fn keep(&mut self, checkpoint: Checkpoint) {
        let place = (self.came, checkpoint);
        if self.places.last() != Some(&place) {
            self.places.push(place);
        }
    }

    /// Where to go on from an error.
    fn failed(&mut self, error: &Error) -> Left {
        let is_the_consumers = [ErrorKind::InvalidInput, ErrorKind::StaleCheckpoint];
        assert!(!is_the_consumers.contains(&error.kind()), "{error}");
        self.seen.note(&format!("error {:?}", error.kind()));
        let checkpoint = error.checkpoint().unwrap().clone();
        self.keep(checkpoint.clone());
        if error.kind() == ErrorKind::MalformedEvent {
            self.seen.note("went on past an unreadable event");
            return Left::At(checkpoint.skip(1));
        }
        self.seen.note("went on from an error");
        match error.kind() {
            ErrorKind::Login | ErrorKind::Unauthorized => Left::Refused(checkpoint),
            _ => Left::At(checkpoint),
        }
    }
}
