//! Rows 1 to 4, 22 to 24, 27 and 59: connections that do not come about, or do not last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use journey_events::{Client, ErrorKind, RetryPolicy, reqwest};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpListener;

use crate::support::lossy::LossyProxy;
use crate::support::raw::{Play, RawServer, Step, answer};
use crate::support::session::{SESSION, all_ids, session_json};
use crate::support::walks::{
    SIZES, Walked, builder, healthy, is_cured, permits_are_requests, resumed, struck, walk,
};

/// The walk goes on over a connection that is met with this step. Every page comes on a connection of
/// its own, and each connection is met so in turn.
async fn a_met_connection_is_cured(step: Step) {
    for met in 1..=SIZES.len() {
        let greeting = step.clone();
        let server = RawServer::start_with(
            move |connection| (connection == met).then(|| greeting.clone()),
            |asked| {
                let page = session_json(&SIZES, asked.page());
                let page = answer("200 OK", "connection: close\r\n", page);
                Play::Healthy(vec![Step::Send(page), Step::Close])
            },
        )
        .await;
        let client = builder(&server.base_url).build().unwrap();
        let Walked { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "connection {met}: {error:?}");
        assert_eq!(ids, all_ids(&SIZES));
        permits_are_requests(&client, &server).await;
        assert_eq!(server.seen().faults, 1);
        assert_eq!(client.stats().attempts, SIZES.len() as u64 + 1);
    }
}

#[tokio::test]
async fn row_01_a_connection_closed_on_accept_is_retried() {
    a_met_connection_is_cured(Step::Close).await;
}

#[tokio::test]
async fn row_02_a_connection_reset_on_accept_is_retried() {
    a_met_connection_is_cured(Step::Reset).await;
}

#[tokio::test]
async fn row_03_a_connection_closed_after_the_request_is_retried() {
    is_cured(|settings| settings, |_| vec![Step::Close]).await;
}

#[tokio::test]
async fn row_04_a_connection_reset_after_the_request_is_retried() {
    is_cured(|settings| settings, |_| vec![Step::Reset]).await;
}

#[tokio::test]
async fn row_22_a_refused_connection_is_retried_and_then_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = builder(format!("http://{address}")).build().unwrap();
    let error = fails_to_connect(&client, ErrorKind::Connect, 5).await;

    let listener = TcpListener::bind(address).await.unwrap();
    let _server = RawServer::start_on(listener, |_| None, healthy);
    let ids = resumed(&client, error.checkpoint().unwrap()).await;
    assert_eq!(ids, all_ids(&SIZES));
}

#[tokio::test]
async fn row_23_an_unknown_host_is_retried_and_then_an_error() {
    let server = RawServer::start(healthy).await;
    let port = server.base_url.rsplit(':').next().unwrap();
    let resolver = Arc::new(LateResolver {
        unknown: 5,
        asked: AtomicUsize::new(0),
    });
    let http = reqwest::Client::builder().dns_resolver(Arc::clone(&resolver));
    let client = builder(format!("http://api.example:{port}"))
        .allow_plain_http()
        .http(http.no_proxy())
        .build()
        .unwrap();
    let error = fails_to_connect(&client, ErrorKind::Connect, 5).await;
    assert_eq!(resolver.asked.load(Ordering::Relaxed), 5);
    let ids = resumed(&client, error.checkpoint().unwrap()).await;
    assert_eq!(ids, all_ids(&SIZES));
}

/// Knows no host for the first questions, and then that every host is this one.
struct LateResolver {
    unknown: usize,
    asked: AtomicUsize,
}

impl Resolve for LateResolver {
    fn resolve(&self, _: Name) -> Resolving {
        let is_known = self.asked.fetch_add(1, Ordering::Relaxed) >= self.unknown;
        Box::pin(async move {
            let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
            let addresses: Addrs = Box::new([loopback].into_iter());
            is_known.then_some(addresses).ok_or("no such host".into())
        })
    }
}

#[tokio::test]
async fn row_24_a_tls_handshake_that_hangs_is_retried_within_the_deadline_and_then_an_error() {
    let server = RawServer::start_with(|_| Some(Step::Silence), healthy).await;
    let client = builder(
        server
            .base_url
            .replace("http://127.0.0.1", "https://localhost"),
    )
    .connect_timeout(Duration::from_millis(100))
    .retry(
        RetryPolicy::default()
            .base_delay(Duration::from_millis(1))
            .max_attempts(3),
    )
    .build()
    .unwrap();
    fails_to_connect(&client, ErrorKind::Timeout, 3).await;
    assert_eq!(server.seen().faults, 3);
}

async fn fails_to_connect(
    client: &Client,
    kind: ErrorKind,
    attempts: u32,
) -> journey_events::Error {
    let Walked { ids, error } = walk(client.session_events(SESSION)).await;
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
        let server = struck(page, 1, move |_| vec![end.clone()]).await;
        let client = builder(&server.base_url).build().unwrap();
        let Walked { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, all_ids(&SIZES));
        permits_are_requests(&client, &server).await;
        let connections: Vec<_> = server
            .seen()
            .asked
            .iter()
            .map(|asked| asked.connection)
            .collect();
        let expected: Vec<_> = (0..=SIZES.len())
            .map(|n| if n <= page { 1 } else { 2 })
            .collect();
        assert_eq!(
            connections, expected,
            "the closed connection was a reused one"
        );
    }
}

#[tokio::test]
async fn row_53_a_stream_dropped_in_a_request_frees_its_connection() {
    let server = struck(1, 1, |_| vec![Step::Silence]).await;
    let client = builder(&server.base_url).build().unwrap();
    let mut stream = client.session_events(SESSION).stream();
    for id in all_ids(&SIZES[..1]) {
        assert_eq!(
            stream.next().await.unwrap().unwrap().id(),
            Some(id.as_str())
        );
    }
    let place = stream.checkpoint();
    let on_its_way = tokio::select! {
        biased;
        _ = stream.next() => None,
        seen = server.comes_to(|seen| seen.faults == 1) => Some(seen),
    };
    assert_eq!(on_its_way.unwrap().left, 0);
    drop(stream);
    assert_eq!(server.comes_to(|seen| seen.left == 1).await.left, 1);
    assert_eq!(resumed(&client, &place).await, all_ids(&SIZES)[3..]);
    permits_are_requests(&client, &server).await;
}

#[tokio::test]
async fn row_59_latency_and_loss_are_survived() {
    let sizes = [2; 8];
    let server = RawServer::start(move |asked| {
        let page = session_json(&sizes, asked.page());
        Play::Healthy(vec![Step::Send(answer("200 OK", "", page))])
    })
    .await;
    let proxy = LossyProxy::start(&server.base_url).await;
    let client = builder(&proxy.base_url).build().unwrap();
    let walks = (0..8).map(|_| walk(client.session_events(SESSION)));
    for Walked { ids, error } in futures::future::join_all(walks).await {
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, all_ids(&sizes));
    }
    let (lost, attempts) = (proxy.lost(), client.stats().attempts);
    assert!(lost > 0, "something is lost");
    assert_eq!(attempts, 8 * 8 + lost, "each loss costs one attempt");
    let arrived = server
        .saw(attempts - proxy.lost_requests())
        .await
        .asked
        .len();
    assert_eq!(arrived as u64, attempts - proxy.lost_requests());
}
