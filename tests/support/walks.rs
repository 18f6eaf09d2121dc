//! What holds for every walk, whatever fault strikes it: every id once and in order, and as many
//! permits as requests on the wire.

use std::time::Duration;

use futures::StreamExt;
use journey_events::{
    Checkpoint, Client, ClientBuilder, Error, ErrorKind, RateLimit, RetryPolicy, SessionEvents,
};

use super::raw::{Asked, Play, RawServer, Step, ok};
use super::session::{SESSION, all_ids, session_json};

/// The session of all walks here: pages of these sizes.
pub(crate) const SIZES: [usize; 3] = [3, 2, 4];

/// A client of a server on loopback: backoff in milliseconds, no quota, and timeouts that end a fault
/// quickly and are long for an answer that comes.
pub(crate) fn builder(base_url: impl Into<String>) -> ClientBuilder {
    Client::builder()
        .base_url(base_url)
        .access_token("t0k3n")
        .rate_limit(RateLimit::unlimited())
        .retry(RetryPolicy::default().base_delay(Duration::from_millis(1)))
}

/// What a walk gave: the ids, and the error if one ended it.
pub(crate) struct Walked {
    pub(crate) ids: Vec<String>,
    pub(crate) error: Option<Error>,
}

/// Longer than any walk here takes, and shorter than the defaults that end a fault in the field.
const HANG: Duration = Duration::from_secs(10);

/// Walks to the end or to an error, which must be the last item and carry the place reached.
pub(crate) async fn walk(request: SessionEvents) -> Walked {
    let walked = tokio::time::timeout(HANG, walk_on(request)).await;
    walked.expect("the walk ends")
}

async fn walk_on(request: SessionEvents) -> Walked {
    let mut stream = request.stream();
    let mut ids = Vec::new();
    let mut error = None;
    while let Some(event) = stream.next().await {
        assert!(error.is_none(), "an error is the last item");
        match event {
            Ok(event) => ids.push(event.id().unwrap().to_owned()),
            Err(failed) => {
                assert_eq!(failed.checkpoint(), Some(&stream.checkpoint()));
                error = Some(failed);
            }
        }
    }
    Walked { ids, error }
}

/// The ids that a walk from a checkpoint gives, which must end right; the checkpoint goes through its
/// serialized form.
pub(crate) async fn resumed(client: &Client, checkpoint: &Checkpoint) -> Vec<String> {
    let json = serde_json::to_string(checkpoint).unwrap();
    let checkpoint = serde_json::from_str(&json).unwrap();
    let Walked { ids, error } = walk(client.session_events(SESSION).resume(checkpoint)).await;
    assert!(error.is_none(), "{error:?}");
    ids
}

/// What the service answers when nothing is wrong.
pub(crate) fn healthy(asked: &Asked) -> Play {
    Play::Healthy(vec![Step::Send(ok(session_json(&SIZES, asked.page())))])
}

/// A server that plays a fault for the first `times` requests for one page; `fault` is given the page.
pub(crate) async fn struck(
    page: usize,
    times: usize,
    fault: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
) -> RawServer {
    let left = std::sync::atomic::AtomicUsize::new(times);
    let take = move || {
        use std::sync::atomic::Ordering::Relaxed;
        left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
            .is_ok()
    };
    RawServer::start(move |asked| {
        if asked.page() == page && take() {
            Play::Fault(fault(&session_json(&SIZES, page)))
        } else {
            healthy(asked)
        }
    })
    .await
}

/// The walk goes on over the fault and ends right. The fault strikes once, at every page in turn.
pub(crate) async fn is_cured(
    settings: impl Fn(ClientBuilder) -> ClientBuilder,
    fault: impl Fn(&str) -> Vec<Step> + Clone + Send + Sync + 'static,
) {
    for page in 0..SIZES.len() {
        walks_over(page, &settings, fault.clone()).await;
    }
}

/// The fault is none to the client: no page is asked for again.
pub(crate) async fn is_harmless(fault: impl Fn(&str) -> Vec<Step> + Clone + Send + Sync + 'static) {
    for page in 0..SIZES.len() {
        let attempts = walks_over(page, |settings| settings, fault.clone()).await;
        assert_eq!(attempts, SIZES.len() as u64, "struck at page {page}");
    }
}

/// Walks the whole session over a fault that strikes once at a page; the attempts that it took.
async fn walks_over(
    page: usize,
    settings: impl Fn(ClientBuilder) -> ClientBuilder,
    fault: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
) -> u64 {
    let server = struck(page, 1, fault).await;
    let client = settings(builder(&server.base_url)).build().unwrap();
    let Walked { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "struck at page {page}: {error:?}");
    assert_eq!(ids, all_ids(&SIZES), "struck at page {page}");
    permits_are_requests(&client, &server).await;
    assert_eq!(server.seen().faults, 1, "the fault strikes");
    client.stats().attempts
}

/// The walk goes on over the fault if it passes at once; else it ends with one typed error after two
/// attempts.
pub(crate) async fn is_tried_once_more(
    kind: ErrorKind,
    fault: impl Fn(&str) -> Vec<Step> + Clone + Send + Sync + 'static,
) {
    is_cured(|settings| settings, fault.clone()).await;
    fails(kind, 2, fault).await;
}

/// The walk ends with one typed error after so many attempts, from which a second walk ends right,
/// whichever page is struck. The error of the page in the middle, for a closer look.
pub(crate) async fn fails(
    kind: ErrorKind,
    attempts: u32,
    fault: impl Fn(&str) -> Vec<Step> + Clone + Send + Sync + 'static,
) -> Error {
    fails_at(0, kind, attempts, fault.clone()).await;
    fails_at(2, kind, attempts, fault.clone()).await;
    fails_at(1, kind, attempts, fault).await
}

/// The walk ends with one typed error at a page after so many attempts, from which a second walk ends
/// right.
pub(crate) async fn fails_at(
    page: usize,
    kind: ErrorKind,
    attempts: u32,
    fault: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
) -> Error {
    let server = struck(page, attempts as usize, fault).await;
    let client = builder(&server.base_url).build().unwrap();
    let Walked { mut ids, error } = walk(client.session_events(SESSION)).await;
    let error = error.expect("the fault ends the walk");
    assert_eq!(
        (error.kind(), error.attempts()),
        (kind, attempts),
        "struck at page {page}: {error:?}"
    );
    assert_eq!(ids, all_ids(&SIZES[..page]), "struck at page {page}");
    permits_are_requests(&client, &server).await;
    assert_eq!(server.seen().faults, attempts as usize, "the fault strikes");

    ids.extend(resumed(&client, error.checkpoint().unwrap()).await);
    assert_eq!(ids, all_ids(&SIZES), "resumed after page {page}");
    permits_are_requests(&client, &server).await;
    error
}

/// As many permits as requests on the wire; a connection that was met with a fault counts as the
/// request that it was opened for.
pub(crate) async fn permits_are_requests(client: &Client, server: &RawServer) {
    let attempts = client.stats().attempts;
    let seen = server.saw(attempts).await;
    assert_eq!((seen.asked.len() + seen.unread) as u64, attempts);
}
