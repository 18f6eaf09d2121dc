//! Rows 28 to 30: servers that offer HTTP/2. These tests are built with reqwest's `http2` on.

use journey_events::{ClientBuilder, ErrorKind, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::raw::{RawServer, Step, response};
use crate::support::session::{SESSION, all_ids, session_json};
use crate::support::tls::{Identity, identity};
use crate::support::walks::{
    SIZES, WalkResult, assert_fails, assert_harmless, assert_permits_match_requests,
    assert_retried_once, builder, healthy, walk,
};

/// A user's own HTTP client, which would speak HTTP/2 without asking.
fn http2_only() -> reqwest::ClientBuilder {
    reqwest::Client::builder().http2_prior_knowledge()
}

/// An HTTPS server that prefers HTTP/2. It returns the first page, whatever it is sent, and reports the
/// protocol negotiated and the first bytes of each connection.
async fn tls_server() -> (ClientBuilder, UnboundedReceiver<(Option<Vec<u8>>, Vec<u8>)>) {
    let Identity {
        certificate,
        acceptor,
    } = identity("localhost", &["h2", "http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, connections) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(socket).await.unwrap();
            let protocol = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
            let mut first = vec![0; 4];
            stream.read_exact(&mut first).await.unwrap();
            let _ = sender.send((protocol, first));
            let page = response("200 OK", "connection: close\r\n", session_json(&[3], 0));
            let _ = stream.write_all(&page).await;
            let _ = stream.shutdown().await;
        }
    });
    let client = builder(format!("https://localhost:{port}")).root_certificate(certificate);
    (client, connections)
}

#[tokio::test]
async fn row_28_http_1_1_is_negotiated_with_a_server_that_prefers_http_2() {
    for own in [None, Some(http2_only)] {
        let (mut settings, mut connections) = tls_server().await;
        if let Some(own) = own {
            settings = settings.http(own);
        }
        let client = settings.build().unwrap();
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, all_ids(&[3]));
        let (protocol, first) = connections.recv().await.unwrap();
        assert_eq!(protocol.as_deref(), Some(&b"http/1.1"[..]));
        assert_eq!(first, b"GET ");
        assert!(connections.try_recv().is_err(), "one connection");
        assert_eq!(client.stats().attempts, 1);
    }
}

#[tokio::test]
async fn row_29_no_preface_is_sent_without_tls() {
    let server = RawServer::start(healthy).await;
    let client = builder(&server.base_url).http(http2_only).build().unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    for request in server.observed().requests {
        let line = request.head.lines().next().unwrap().to_owned();
        assert!(
            line.starts_with("GET ") && line.ends_with(" HTTP/1.1"),
            "{line}"
        );
    }
    assert_permits_match_requests(&client, &server).await;
}

#[tokio::test]
async fn row_29_a_preface_from_the_server_is_retried_once_and_every_attempt_is_counted() {
    const EMPTY_SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    assert_retried_once(ErrorKind::Transport, |_| {
        vec![Step::Send(EMPTY_SETTINGS.to_vec()), Step::Close]
    })
    .await;
}

#[tokio::test]
async fn row_30_an_offered_upgrade_is_ignored() {
    assert_harmless(|page| {
        let offer = "connection: upgrade\r\nupgrade: h2c\r\n";
        vec![Step::Send(response("200 OK", offer, page))]
    })
    .await;
}

#[tokio::test]
async fn row_30_an_unrequested_upgrade_is_an_error_and_every_attempt_is_counted() {
    assert_fails(ErrorKind::Rejected, 1, |_| {
        let head =
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n";
        vec![Step::Send(head.into()), Step::Close]
    })
    .await;
}
