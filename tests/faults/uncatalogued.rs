//! Faults that aren't in the catalogue.

use std::time::Duration;

use journey_events::{ClientBuilder, ErrorKind};

use crate::support::raw::{RawServer, Reply, Step, ok, response};
use crate::support::session::{SESSION, all_ids, page_json, session_json};
use crate::support::walks::{
    SIZES, WalkResult, assert_fails, assert_harmless, assert_permits_match_requests,
    assert_recovers, assert_retried_once, builder, healthy, walk,
};

fn send(text: impl AsRef<[u8]>) -> Step {
    Step::Send(text.as_ref().to_vec())
}

/// An unsolicited response must not be taken as the response to the next request.
#[tokio::test]
async fn an_unsolicited_response_is_not_the_next_page() {
    let server = RawServer::start(|request| {
        let page = ok(session_json(&SIZES, request.page()));
        let unsolicited = ok(page_json(&["unsolicited"], Some(2)));
        Reply::Fault(vec![Step::Send([page, unsolicited].concat())])
    })
    .await;
    let client = builder(&server.base_url).build().unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    assert_permits_match_requests(&client, &server).await;
}

#[tokio::test]
async fn http_1_0_is_accepted() {
    assert_harmless(|page| vec![send(format!("HTTP/1.0 200 OK\r\n\r\n{page}")), Step::Close]).await;
}

#[tokio::test]
async fn chunk_extensions_and_trailers_are_ignored() {
    assert_harmless(|page| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n";
        let (first, second) = page.split_at(7);
        let chunk = |text: &str| format!("{:x};a=\"b\"\r\n{text}\r\n", text.len());
        let chunks = format!("{}{}0\r\nx: y\r\n\r\n", chunk(first), chunk(second));
        vec![send(format!("{head}{chunks}"))]
    })
    .await;
}

#[tokio::test]
async fn headers_that_drip_are_retried_after_the_attempt_timeout() {
    let settings = |settings: ClientBuilder| settings.attempt_timeout(Duration::from_millis(250));
    assert_recovers(settings, |_| {
        let mut steps = vec![send("HTTP/1.1 200 OK\r\n")];
        for _ in 0..1_000 {
            steps.extend([send("x: y\r\n"), Step::Pause(Duration::from_millis(25))]);
        }
        steps
    })
    .await;
}

#[tokio::test]
async fn endless_informational_responses_are_retried_after_the_attempt_timeout() {
    let settings = |settings: ClientBuilder| settings.attempt_timeout(Duration::from_millis(250));
    assert_recovers(settings, |_| {
        vec![Step::Flood(b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec())]
    })
    .await;
}

#[tokio::test]
async fn malformed_header_lines_are_retried_once() {
    for header in [
        "no colon",
        "bad name: x",
        ": no name",
        "x: a\u{0}b",
        " folded: x",
    ] {
        assert_retried_once(ErrorKind::Transport, move |page| {
            vec![
                send(response("200 OK", &format!("{header}\r\n"), page)),
                Step::Close,
            ]
        })
        .await;
    }
}

#[tokio::test]
async fn an_unrequested_content_encoding_is_an_error() {
    for coding in ["compress", "deflate", "zstd", "gzip, gzip"] {
        assert_fails(ErrorKind::UnexpectedResponse, 1, move |_| {
            let header = format!("content-encoding: {coding}\r\n");
            vec![send(response("200 OK", &header, [0x8b, 0x05, 0x80, 0x03]))]
        })
        .await;
    }
}

#[tokio::test]
async fn closing_the_connection_after_every_response_costs_no_request() {
    for header in ["connection: close\r\n", ""] {
        assert_harmless(move |page| vec![send(response("200 OK", header, page)), Step::Close])
            .await;
    }
}

#[tokio::test]
async fn a_walk_survives_different_faults_in_a_row() {
    let faults: [fn(&str) -> Vec<Step>; 4] = [
        |_| vec![Step::Reset],
        |_| vec![send(response("503 Service Unavailable", "", ""))],
        |_| vec![send(response("529 Site Overloaded", "", ""))],
        |page| {
            vec![
                send(format!("HTTP/1.1 200 OK\r\n\r\n{}", &page[..20])),
                Step::Close,
            ]
        },
    ];
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = RawServer::start(move |request| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match faults.get(number % 5) {
            Some(fault) => Reply::Fault(fault(&session_json(&SIZES, request.page()))),
            None => healthy(request),
        }
    })
    .await;
    let client = builder(&server.base_url).build().unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    assert_eq!(server.observed().faults, 4 * SIZES.len());
    assert_permits_match_requests(&client, &server).await;
}
