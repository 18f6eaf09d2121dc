//! Rows 1 to 4, 22 to 24, 27, 53 and 59: connections that fail to open or are lost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use journey_events::{Client, ErrorKind, RetryPolicy, reqwest};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpListener;

use crate::support::lossy::LossyProxy;
use crate::support::raw::{RawServer, ReceivedRequest, Reply, Step, ok, response};
use crate::support::session::{SESSION, all_ids, session_json};
use crate::support::walks::{
    SIZES, WalkResult, assert_permits_match_requests, assert_recovers, builder, healthy, resume,
    server_failing_at, walk,
};

/// Asserts that the walk recovers from a connection that fails on accept with this step. Each page uses
/// a new connection, and each connection fails in turn.
async fn assert_recovers_on_accept(step: Step) {
    for faulty in 1..=SIZES.len() {
        let step = step.clone();
        let server = RawServer::start_with(
            move |connection| (connection == faulty).then(|| step.clone()),
            |request| {
                let page = session_json(&SIZES, request.page());
                let page = response("200 OK", "connection: close\r\n", page);
                Reply::Healthy(vec![Step::Send(page), Step::Close])
            },
        )
        .await;
        let client = builder(&server.base_url).build().unwrap();
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "connection {faulty}: {error:?}");
        assert_eq!(ids, all_ids(&SIZES));
        assert_permits_match_requests(&client, &server).await;
        assert_eq!(server.observed().faults, 1);
        assert_eq!(client.stats().attempts, SIZES.len() as u64 + 1);
    }
}

#[tokio::test]
async fn row_01_a_connection_closed_on_accept_is_retried() {
    assert_recovers_on_accept(Step::Close).await;
}

#[tokio::test]
async fn row_02_a_connection_reset_on_accept_is_retried() {
    assert_recovers_on_accept(Step::Reset).await;
}

#[tokio::test]
async fn row_03_a_connection_closed_after_the_request_is_retried() {
    assert_recovers(|settings| settings, |_| vec![Step::Close]).await;
}

#[tokio::test]
async fn row_04_a_connection_reset_after_the_request_is_retried() {
    assert_recovers(|settings| settings, |_| vec![Step::Reset]).await;
}

#[tokio::test]
async fn row_22_a_refused_connection_is_retried_then_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = builder(format!("http://{address}")).build().unwrap();
    let error = assert_fails_to_connect(&client, ErrorKind::Connect, 5).await;

    let listener = TcpListener::bind(address).await.unwrap();
    let _server = RawServer::start_on(listener, |_| None, healthy);
    let ids = resume(&client, error.checkpoint().unwrap()).await;
    assert_eq!(ids, all_ids(&SIZES));
}

#[tokio::test]
async fn row_23_an_unknown_host_is_retried_then_an_error() {
    let server = RawServer::start(healthy).await;
    let port = server.base_url.rsplit(':').next().unwrap();
    let resolver = Arc::new(LateResolver {
        failures: 5,
        lookups: AtomicUsize::new(0),
    });
    let http = Arc::clone(&resolver);
    let client = builder(format!("http://api.example:{port}"))
        .allow_plain_http()
        .http(move || {
            reqwest::Client::builder()
                .dns_resolver(Arc::clone(&http))
                .no_proxy()
        })
        .build()
        .unwrap();
    let error = assert_fails_to_connect(&client, ErrorKind::Connect, 5).await;
    assert_eq!(resolver.lookups.load(Ordering::Relaxed), 5);
    let ids = resume(&client, error.checkpoint().unwrap()).await;
    assert_eq!(ids, all_ids(&SIZES));
}

/// Fails the first lookups, then resolves every host to loopback.
struct LateResolver {
    failures: usize,
    lookups: AtomicUsize,
}

impl Resolve for LateResolver {
    fn resolve(&self, _: Name) -> Resolving {
        let is_known = self.lookups.fetch_add(1, Ordering::Relaxed) >= self.failures;
        Box::pin(async move {
            let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
            let addresses: Addrs = Box::new([loopback].into_iter());
            is_known.then_some(addresses).ok_or("no such host".into())
        })
    }
}

#[tokio::test]
async fn row_24_a_hanging_tls_handshake_is_retried_then_an_error() {
    let server = RawServer::start_with(|_| Some(Step::Silence), healthy).await;
    let client = builder(
        server
            .base_url
            .replace("http://127.0.0.1", "https://localhost"),
    )
    .connect_timeout(Duration::from_millis(100))
    .retry_policy(
        RetryPolicy::default()
            .base_delay(Duration::from_millis(1))
            .max_attempts(3),
    )
    .build()
    .unwrap();
    assert_fails_to_connect(&client, ErrorKind::Timeout, 3).await;
    assert_eq!(server.observed().faults, 3);
}

async fn assert_fails_to_connect(
    client: &Client,
    kind: ErrorKind,
    attempts: u32,
) -> journey_events::Error {
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(ids.is_empty());
    let error = error.unwrap();
    assert_eq!(
        (error.kind(), error.attempts()),
        (kind, attempts),
        "{error:?}"
    );
    assert_eq!(client.stats().attempts, u64::from(attempts));
    error
}

#[tokio::test]
async fn row_27_a_pooled_connection_closed_as_it_is_reused_is_retried() {
    for (page, end) in [(1, Step::Close), (2, Step::Close), (1, Step::Reset)] {
        let server = server_failing_at(page, 1, move |_| vec![end.clone()]).await;
        let client = builder(&server.base_url).build().unwrap();
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, all_ids(&SIZES));
        assert_permits_match_requests(&client, &server).await;
        let connections: Vec<_> = server
            .observed()
            .requests
            .iter()
            .map(|request| request.connection)
            .collect();
        // The retry's connection isn't kept.
        let expected: Vec<_> = (0..=SIZES.len())
            .map(|n| 1 + usize::from(n > page) + usize::from(n > page + 1))
            .collect();
        assert_eq!(
            connections, expected,
            "the closed connection had been reused"
        );
    }
}

/// Eight connections are left idle in the pool, then hang forever. More of them are dead than a request
/// has attempts.
#[tokio::test]
async fn row_69_a_retry_does_not_use_another_dead_connection() {
    const POOLED: usize = 8;
    for fault in [Step::Silence, Step::Reset] {
        let server = RawServer::start(move |request| match request.number {
            // Answered together, so that each needs a connection.
            ..=POOLED => Reply::Healthy(vec![
                Step::Pause(Duration::from_millis(100)),
                Step::Send(response("200 OK", "", session_json(&[1], 0))),
            ]),
            _ if request.connection <= POOLED => Reply::Fault(vec![fault.clone()]),
            _ => healthy(request),
        })
        .await;
        let client = builder(&server.base_url)
            .read_timeout(Duration::from_millis(200))
            .build()
            .unwrap();
        let walks = (0..POOLED).map(|_| walk(client.session_events(SESSION)));
        for WalkResult { error, .. } in futures::future::join_all(walks).await {
            assert!(error.is_none(), "{error:?}");
        }
        assert_eq!(server.observed().connections, POOLED);

        // Each page is requested on a dead connection first, then on a new one.
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, all_ids(&SIZES));
        assert_eq!(server.observed().faults, SIZES.len());
        assert_eq!(client.stats().attempts, (POOLED + 2 * SIZES.len()) as u64);
        assert_permits_match_requests(&client, &server).await;
    }
}

#[tokio::test]
async fn row_53_a_stream_dropped_during_a_request_frees_its_connection() {
    let server = server_failing_at(1, 1, |_| vec![Step::Silence]).await;
    let client = builder(&server.base_url).build().unwrap();
    let mut stream = client.session_events(SESSION).stream();
    for id in all_ids(&SIZES[..1]) {
        assert_eq!(
            stream.next().await.unwrap().unwrap().id(),
            Some(id.as_str())
        );
    }
    let checkpoint = stream.checkpoint();
    let in_flight = tokio::select! {
        biased;
        _ = stream.next() => None,
        observed = server.wait_until(|observed| observed.faults == 1) => Some(observed),
    };
    assert_eq!(in_flight.unwrap().disconnects, 0);
    drop(stream);
    assert_eq!(
        server
            .wait_until(|observed| observed.disconnects == 1)
            .await
            .disconnects,
        1
    );
    assert_eq!(resume(&client, &checkpoint).await, all_ids(&SIZES)[3..]);
    assert_permits_match_requests(&client, &server).await;
}

#[tokio::test]
async fn row_59_walks_survive_latency_and_loss() {
    let sizes = [2; 8];
    let server = RawServer::start(move |request| {
        let page = session_json(&sizes, request.page());
        Reply::Healthy(vec![Step::Send(response("200 OK", "", page))])
    })
    .await;
    let proxy = LossyProxy::start(&server.base_url).await;
    let client = builder(&proxy.base_url).build().unwrap();
    let walks = (0..8).map(|_| walk(client.session_events(SESSION)));
    for WalkResult { ids, error } in futures::future::join_all(walks).await {
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, all_ids(&sizes));
    }
    let (lost, attempts) = (proxy.lost(), client.stats().attempts);
    assert!(lost > 0, "some messages were lost");
    assert_eq!(attempts, 8 * 8 + lost, "each loss costs one attempt");
    let arrived = server
        .wait_for_attempts(attempts - proxy.lost_requests())
        .await
        .requests
        .len();
    assert_eq!(arrived as u64, attempts - proxy.lost_requests());
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the thread is what must stand still"
)]
fn row_64_a_runtime_that_stands_still_in_mid_request_uses_the_response_afterwards() {
    let elsewhere = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let slow = |request: &ReceivedRequest| {
        let page = ok(session_json(&SIZES, request.page()));
        Reply::Healthy(vec![
            Step::Pause(Duration::from_millis(300)),
            Step::Send(page),
        ])
    };
    let server = elsewhere.block_on(RawServer::start(slow));
    let here = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = builder(&server.base_url)
        .read_timeout(Duration::from_secs(1))
        .attempt_timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let mut events = client.session_events(SESSION).stream();
    here.block_on(async {
        let first = tokio::time::timeout(Duration::from_millis(150), events.next());
        assert!(first.await.is_err(), "the request is under way");
    });
    std::thread::sleep(Duration::from_millis(2_500));
    let event = here.block_on(events.next()).unwrap().unwrap();
    assert_eq!(event.id(), Some("0-0"));
    let walked = here.block_on(events.map(|event| event.unwrap()).count());
    assert_eq!(walked, all_ids(&SIZES).len() - 1);
    assert_eq!(
        server.observed().requests.len(),
        SIZES.len(),
        "each page once"
    );
}
