//! Public types can be sent to other threads and shared between them.

use futures::Stream;
use futures::stream::FusedStream;
use journey_events::model::Session;
use journey_events::{
    Activity, Checkpoint, CheckpointState, Client, ClientBuilder, ContactSessions, Error,
    ErrorKind, Event, EventBody, EventStream, Outcome, Page, PageSizeParameter, PageStream,
    RateLimit, Region, RetryPolicy, SessionEvents, SessionStream, Stats, Waiting,
};

macro_rules! assert_all {
    ([$($bound:tt)+] $($type:ty),+ $(,)?) => {{
        fn holds<T: $($bound)+>() {}
        $(holds::<$type>();)+
    }};
}

/// The compiler checks it; running it adds nothing.
#[test]
fn public_types_are_send_and_sync() {
    assert_all!([Send + Sync + 'static]
        Activity, Checkpoint, CheckpointState, Client, ClientBuilder, ContactSessions, Error,
        ErrorKind, Event, EventBody, Outcome, Page, Page<Session>, PageSizeParameter, RateLimit,
        Region, RetryPolicy, Session, SessionEvents, Stats, Waiting,
    );
    assert_all!([Clone] Checkpoint, Client, ContactSessions, Error, Event, SessionEvents);
    assert_all!([std::error::Error] Error);
}

#[test]
fn streams_are_fused_and_can_be_polled_anywhere() {
    assert_all!([Stream + FusedStream + Send + Unpin + 'static]
        EventStream, SessionStream, PageStream, PageStream<Session>,
    );
    assert_all!([Future + Send + Unpin + 'static] Outcome);
}

/// Futures that borrow the client can be spawned with a clone of it.
#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: T) {}
    let _ = |client: Client| {
        is_send(client.session("s"));
        is_send(client.session_events("s").page());
        let (events, outcome) = client.session_events("s").stream().split();
        is_send(events);
        is_send(outcome);
    };
}
