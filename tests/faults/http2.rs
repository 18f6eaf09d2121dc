//! Rows 28 to 30: what HTTP/2 has of its own to refuse a request with.

use h2::Reason;
use journey_events::Client;

use crate::support::http2::{Act, Http2Server};
use crate::support::session::{SESSION, all_ids, session_json};
use crate::support::walks::{SIZES, Walked, builder, walk};

/// The walk goes on over what is done once to a request, at every page in turn, and nobody but this
/// crate tries again: as many permits as requests on the wire.
async fn is_cured(act: Act) {
    for struck in 0..SIZES.len() {
        let act = act.clone();
        let server = Http2Server::start(move |asked| {
            if asked.number == struck + 1 {
                act.clone()
            } else {
                Act::Page(session_json(&SIZES, asked.page))
            }
        })
        .await;
        let client = client(&server);
        let Walked { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "struck at page {struck}: {error:?}");
        assert_eq!(ids, all_ids(&SIZES));
        let pages: Vec<_> = server.asked().iter().map(|asked| asked.page).collect();
        let mut expected: Vec<_> = (0..SIZES.len()).collect();
        expected.insert(struck, struck);
        assert_eq!(pages, expected, "the struck page is asked for twice");
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
async fn row_28_goaway_before_the_answer_is_retried() {
    is_cured(Act::GoAway(Reason::NO_ERROR)).await;
}

#[tokio::test]
async fn row_28_goaway_behind_the_answer_costs_nothing() {
    let server = Http2Server::start(|asked| {
        let page = session_json(&SIZES, asked.page);
        match asked.page {
            0 => Act::PageThenGoAway(page),
            _ => Act::Page(page),
        }
    })
    .await;
    let client = client(&server);
    let Walked { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    let connections: Vec<_> = server
        .asked()
        .iter()
        .map(|asked| asked.connection)
        .collect();
    assert_eq!(connections, [1, 2, 2]);
    assert_eq!(client.stats().attempts, 3);
}

#[tokio::test]
async fn row_29_refused_stream_is_retried() {
    is_cured(Act::ResetStream(Reason::REFUSED_STREAM)).await;
}

#[tokio::test]
async fn row_30_enhance_your_calm_is_retried() {
    is_cured(Act::ResetStream(Reason::ENHANCE_YOUR_CALM)).await;
    is_cured(Act::GoAway(Reason::ENHANCE_YOUR_CALM)).await;
}
