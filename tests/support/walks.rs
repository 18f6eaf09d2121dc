//! Walks over a scripted server, and what must hold for each whatever the fault: every id once and in
//! order, and one permit per request on the wire.

use std::time::Duration;

use futures::StreamExt;
use journey_events::{
    Checkpoint, Client, ClientBuilder, Error, ErrorKind, RateLimit, RetryPolicy, SessionEvents,
};

use super::raw::{RawServer, ReceivedRequest, Reply, Step, ok};
use super::session::{SESSION, all_ids, session_json};
use super::tls::install_provider;

/// Page sizes of the session that these walks read.
pub(crate) const SIZES: [usize; 3] = [3, 2, 4];

/// A client of a server on loopback, with backoff in milliseconds and no quota.
pub(crate) fn builder(base_url: impl Into<String>) -> ClientBuilder {
    install_provider();
    Client::builder()
        .base_url(base_url)
        .access_token("t0k3n")
        .rate_limit(RateLimit::unlimited())
        .retry_policy(RetryPolicy::default().base_delay(Duration::from_millis(1)))
}

/// The ids that a walk yielded, and the error if it ended with one.
pub(crate) struct WalkResult {
    pub(crate) ids: Vec<String>,
    pub(crate) error: Option<Error>,
}

/// Longer than any walk here takes, and shorter than the default timeouts.
const WALK_TIMEOUT: Duration = Duration::from_secs(10);

/// Walks to the end or to an error, which must be the last item and carry the current checkpoint.
pub(crate) async fn walk(request: SessionEvents) -> WalkResult {
    let walked = tokio::time::timeout(WALK_TIMEOUT, collect_ids(request)).await;
    walked.expect("the walk ends")
}

async fn collect_ids(request: SessionEvents) -> WalkResult {
    let mut stream = request.stream();
    let mut ids = Vec::new();
    let mut error = None;
    while let Some(event) = stream.next().await {
        assert!(error.is_none(), "an error is the last item");
        match event {
            Ok(event) => ids.push(event.id().unwrap().to_owned()),
            Err(last) => {
                assert_eq!(last.checkpoint(), Some(&stream.checkpoint()));
                assert_repeats_no_source(&last);
                error = Some(last);
            }
        }
    }
    WalkResult { ids, error }
}

/// Asserts that an error can be printed together with its sources without repeating any of them.
fn assert_repeats_no_source(error: &Error) {
    let first: &dyn std::error::Error = error;
    let chain = std::iter::successors(Some(first), |error| error.source());
    let texts: Vec<_> = chain.map(ToString::to_string).collect();
    // Except what OpenSSL says, which repeats itself.
    let ours = texts.iter().position(|text| text.starts_with("error:0A"));
    for pair in texts[..ours.unwrap_or(texts.len())].windows(2) {
        assert!(!pair[0].contains(&pair[1]), "{texts:?}");
    }
}

/// Resumes from a checkpoint, serialized and parsed again, and returns the ids of the rest of the walk,
/// which must not fail.
pub(crate) async fn resume(client: &Client, checkpoint: &Checkpoint) -> Vec<String> {
    let json = serde_json::to_string(checkpoint).unwrap();
    let checkpoint = serde_json::from_str(&json).unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION).resume(checkpoint)).await;
    assert!(error.is_none(), "{error:?}");
    ids
}

/// What the service returns when nothing is wrong.
pub(crate) fn healthy(request: &ReceivedRequest) -> Reply {
    Reply::Healthy(vec![Step::Send(ok(session_json(&SIZES, request.page())))])
}

/// A server that injects a fault into the first `times` requests for one page. `fault` gets the page's
/// JSON.
pub(crate) async fn server_failing_at(
    page: usize,
    times: usize,
    fault: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
) -> RawServer {
    let remaining = std::sync::atomic::AtomicUsize::new(times);
    let is_faulty = move || {
        use std::sync::atomic::Ordering::Relaxed;
        remaining
            .fetch_update(Relaxed, Relaxed, |remaining| remaining.checked_sub(1))
            .is_ok()
    };
    RawServer::start(move |request| {
        if request.page() == page && is_faulty() {
            Reply::Fault(fault(&session_json(&SIZES, page)))
        } else {
            healthy(request)
        }
    })
    .await
}

/// Asserts that the walk recovers from a fault that occurs once, at each page in turn.
pub(crate) async fn assert_recovers(
    settings: impl Fn(ClientBuilder) -> ClientBuilder,
    fault: impl Fn(&str) -> Vec<Step> + Clone + Send + Sync + 'static,
) {
    for page in 0..SIZES.len() {
        recover_at(page, &settings, fault.clone()).await;
    }
}

/// Asserts that the client accepts the response: every page is requested once.
pub(crate) async fn assert_harmless(
    fault: impl Fn(&str) -> Vec<Step> + Clone + Send + Sync + 'static,
) {
    for page in 0..SIZES.len() {
        let attempts = recover_at(page, |settings| settings, fault.clone()).await;
        assert_eq!(attempts, SIZES.len() as u64, "fault at page {page}");
    }
}

/// Walks the whole session with one fault at a page. Returns the number of attempts.
async fn recover_at(
    page: usize,
    settings: impl Fn(ClientBuilder) -> ClientBuilder,
    fault: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
) -> u64 {
    let server = server_failing_at(page, 1, fault).await;
    let client = settings(builder(&server.base_url)).build().unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "fault at page {page}: {error:?}");
    assert_eq!(ids, all_ids(&SIZES), "fault at page {page}");
    assert_permits_match_requests(&client, &server).await;
    assert_eq!(server.observed().faults, 1, "the fault was injected");
    client.stats().attempts
}

/// Asserts that the walk recovers from a fault that occurs once, and fails after two attempts if it
/// occurs again.
pub(crate) async fn assert_retried_once(
    kind: ErrorKind,
    fault: impl Fn(&str) -> Vec<Step> + Clone + Send + Sync + 'static,
) {
    assert_recovers(|settings| settings, fault.clone()).await;
    assert_fails(kind, 2, fault).await;
}

/// Asserts that the walk fails with this kind of error after this many attempts, whichever page is
/// affected, and that it can be resumed. Returns the error of the middle page.
pub(crate) async fn assert_fails(
    kind: ErrorKind,
    attempts: u32,
    fault: impl Fn(&str) -> Vec<Step> + Clone + Send + Sync + 'static,
) -> Error {
    assert_fails_at(0, kind, attempts, fault.clone()).await;
    assert_fails_at(2, kind, attempts, fault.clone()).await;
    assert_fails_at(1, kind, attempts, fault).await
}

/// Asserts that the walk fails at a page with this kind of error after this many attempts, and that
/// resuming it yields the rest.
pub(crate) async fn assert_fails_at(
    page: usize,
    kind: ErrorKind,
    attempts: u32,
    fault: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
) -> Error {
    let server = server_failing_at(page, attempts as usize, fault).await;
    let client = builder(&server.base_url).build().unwrap();
    let WalkResult { mut ids, error } = walk(client.session_events(SESSION)).await;
    let error = error.expect("the walk fails");
    assert_eq!(
        (error.kind(), error.attempts()),
        (kind, attempts),
        "fault at page {page}: {error:?}"
    );
    assert_eq!(ids, all_ids(&SIZES[..page]), "fault at page {page}");
    assert_permits_match_requests(&client, &server).await;
    assert_eq!(
        server.observed().faults,
        attempts as usize,
        "the fault was injected"
    );

    ids.extend(resume(&client, error.checkpoint().unwrap()).await);
    assert_eq!(ids, all_ids(&SIZES), "resumed at page {page}");
    assert_permits_match_requests(&client, &server).await;
    error
}

/// Asserts that the client took one permit per request on the wire. A connection that failed on accept
/// counts as the request it was opened for.
pub(crate) async fn assert_permits_match_requests(client: &Client, server: &RawServer) {
    let attempts = client.stats().attempts;
    let observed = server.wait_for_attempts(attempts).await;
    assert_eq!(
        (observed.requests.len() + observed.faults_before_request) as u64,
        attempts
    );
}
