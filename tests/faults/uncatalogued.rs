//! Faults beyond the catalogue.

use std::time::Duration;

use journey_events::{ClientBuilder, ErrorKind};

use crate::support::raw::{Play, RawServer, Step, answer, ok};
use crate::support::session::{SESSION, all_ids, page_json, session_json};
use crate::support::walks::{
    SIZES, Walked, builder, fails, healthy, is_cured, is_harmless, is_tried_once_more,
    permits_are_requests, walk,
};

fn defaults(settings: ClientBuilder) -> ClientBuilder {
    settings
}

fn send(text: impl AsRef<[u8]>) -> Step {
    Step::Send(text.as_ref().to_vec())
}

/// An answer that nobody asked for must not be taken for that to the next request.
#[tokio::test]
async fn an_answer_too_many_is_not_the_next_page() {
    let server = RawServer::start(|asked| {
        let page = ok(session_json(&SIZES, asked.page()));
        let alien = ok(page_json(&["alien"], Some(2)));
        Play::Fault(vec![Step::Send([page, alien].concat())])
    })
    .await;
    let client = builder(&server.base_url).build().unwrap();
    let Walked { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    permits_are_requests(&client, &server).await;
}

#[tokio::test]
async fn an_answer_before_the_request_is_not_the_first_page() {
    let server = RawServer::start_with(
        |connection| {
            let alien = ok(page_json(&["alien"], None));
            (connection == 1).then_some(Step::Send(alien))
        },
        healthy,
    )
    .await;
    let client = builder(&server.base_url).build().unwrap();
    let Walked { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    assert_eq!(server.seen().faults, 1);
}

#[tokio::test]
async fn http_1_0_is_understood() {
    is_harmless(|page| vec![send(format!("HTTP/1.0 200 OK\r\n\r\n{page}")), Step::Close]).await;
}

#[tokio::test]
async fn chunk_extensions_and_trailers_are_passed_over() {
    is_harmless(|page| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n";
        let (first, second) = page.split_at(7);
        let chunk = |text: &str| format!("{:x};a=\"b\"\r\n{text}\r\n", text.len());
        let chunks = format!("{}{}0\r\nx: y\r\n\r\n", chunk(first), chunk(second));
        vec![send(format!("{head}{chunks}"))]
    })
    .await;
}

#[tokio::test]
async fn a_success_without_a_body_is_never_an_empty_page() {
    for status in ["200 OK", "204 No Content"] {
        is_cured(defaults, move |_| vec![send(answer(status, "", ""))]).await;
        fails(ErrorKind::Transport, 5, move |_| {
            vec![send(answer(status, "", ""))]
        })
        .await;
    }
}

#[tokio::test]
async fn headers_that_drip_are_retried_after_the_attempt_timeout() {
    let settings = |settings: ClientBuilder| settings.attempt_timeout(Duration::from_millis(250));
    is_cured(settings, |_| {
        let mut steps = vec![send("HTTP/1.1 200 OK\r\n")];
        for _ in 0..1_000 {
            steps.extend([send("x: y\r\n"), Step::Pause(Duration::from_millis(25))]);
        }
        steps
    })
    .await;
}

#[tokio::test]
async fn informational_answers_without_end_are_retried_after_the_attempt_timeout() {
    let settings = |settings: ClientBuilder| settings.attempt_timeout(Duration::from_millis(250));
    is_cured(settings, |_| {
        vec![Step::Flood(b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec())]
    })
    .await;
}

#[tokio::test]
async fn a_change_of_protocol_that_nobody_asked_for_is_an_error() {
    fails(ErrorKind::Rejected, 1, |_| {
        let head = "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n";
        vec![send(head), Step::Close]
    })
    .await;
}

#[tokio::test]
async fn malformed_header_lines_are_tried_once_more() {
    for header in [
        "no colon",
        "bad name: x",
        ": no name",
        "x: a\u{0}b",
        " folded: x",
    ] {
        is_tried_once_more(ErrorKind::Transport, move |page| {
            vec![
                send(answer("200 OK", &format!("{header}\r\n"), page)),
                Step::Close,
            ]
        })
        .await;
    }
}

#[tokio::test]
async fn a_compression_that_was_not_asked_for_is_an_error() {
    for coding in ["compress", "deflate", "zstd", "gzip, gzip"] {
        fails(ErrorKind::UnexpectedAnswer, 1, move |_| {
            let header = format!("content-encoding: {coding}\r\n");
            vec![send(answer("200 OK", &header, [0x8b, 0x05, 0x80, 0x03]))]
        })
        .await;
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_behind_every_answer_costs_nothing() {
    for announced in ["connection: close\r\n", ""] {
        is_harmless(move |page| vec![send(answer("200 OK", announced, page)), Step::Close]).await;
    }
}

#[tokio::test]
async fn faults_of_all_kinds_one_behind_the_other_are_survived() {
    let faults: [fn(&str) -> Vec<Step>; 4] = [
        |_| vec![Step::Reset],
        |_| vec![send(answer("503 Service Unavailable", "", ""))],
        |_| vec![send(answer("429 Too Many Requests", "", ""))],
        |page| {
            vec![
                send(format!("HTTP/1.1 200 OK\r\n\r\n{}", &page[..20])),
                Step::Close,
            ]
        },
    ];
    let played = std::sync::atomic::AtomicUsize::new(0);
    let server = RawServer::start(move |asked| {
        let number = played.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match faults.get(number % 5) {
            Some(fault) => Play::Fault(fault(&session_json(&SIZES, asked.page()))),
            None => healthy(asked),
        }
    })
    .await;
    let client = builder(&server.base_url).build().unwrap();
    let Walked { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    assert_eq!(server.seen().faults, 4 * SIZES.len());
    permits_are_requests(&client, &server).await;
}
