//! Rows 28 to 30: requests refused by HTTP/2 itself.

use h2::Reason;
use journey_events::Client;

use crate::support::http2::{Action, Http2Server};
use crate::support::session::{SESSION, all_ids, session_json};
use crate::support::walks::{SIZES, WalkResult, builder, walk};

/// Asserts that the walk recovers from an action that happens once, at each page in turn, and that only
/// this crate retries: one permit per request on the wire.
async fn assert_recovers(action: Action) {
    for faulty in 0..SIZES.len() {
        let action = action.clone();
        let server = Http2Server::start(move |request| {
            if request.number == faulty + 1 {
                action.clone()
            } else {
                Action::Page(session_json(&SIZES, request.page))
            }
        })
        .await;
        let client = client(&server);
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "fault at page {faulty}: {error:?}");
        assert_eq!(ids, all_ids(&SIZES));
        let pages: Vec<_> = server
            .requests()
            .iter()
            .map(|request| request.page)
            .collect();
        let mut expected: Vec<_> = (0..SIZES.len()).collect();
        expected.insert(faulty, faulty);
        assert_eq!(pages, expected, "only the faulty page is requested twice");
        assert_eq!(client.stats().attempts, pages.len() as u64);
    }
}

fn client(server: &Http2Server) -> Client {
    builder(&server.base_url)
        .root_certificate(server.certificate.as_str())
        .build()
        .unwrap()
}

#[tokio::test]
async fn row_28_goaway_before_the_response_is_retried() {
    assert_recovers(Action::GoAway(Reason::NO_ERROR)).await;
}

#[tokio::test]
async fn row_28_goaway_after_the_response_costs_no_request() {
    let server = Http2Server::start(|request| {
        let page = session_json(&SIZES, request.page);
        match request.page {
            0 => Action::PageThenGoAway(page),
            _ => Action::Page(page),
        }
    })
    .await;
    let client = client(&server);
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    let connections: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.connection)
        .collect();
    assert_eq!(connections, [1, 2, 2]);
    assert_eq!(client.stats().attempts, 3);
}

#[tokio::test]
async fn row_29_refused_stream_is_retried() {
    assert_recovers(Action::ResetStream(Reason::REFUSED_STREAM)).await;
}

#[tokio::test]
async fn row_30_enhance_your_calm_is_retried() {
    assert_recovers(Action::ResetStream(Reason::ENHANCE_YOUR_CALM)).await;
    assert_recovers(Action::GoAway(Reason::ENHANCE_YOUR_CALM)).await;
}
