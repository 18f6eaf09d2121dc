//! Rows 41 to 44, 46, 47, 50 and 51: complete pages with unexpected content.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::TryStreamExt;
use journey_events::{CheckpointState, Client, ErrorKind};

use crate::support::raw::{RawServer, ReceivedRequest, Reply, Step, ok};
use crate::support::session::{SESSION, all_ids, ids, page_json, session_json};
use crate::support::walks::{
    WalkResult, assert_fails, assert_permits_match_requests, builder, resume, walk,
};

/// A server whose pages are written by the test.
async fn server(page: impl Fn(&ReceivedRequest) -> String + Send + Sync + 'static) -> RawServer {
    RawServer::start(move |request| Reply::Fault(vec![Step::Send(ok(page(request)))])).await
}

fn client(server: &RawServer) -> Client {
    builder(&server.base_url).build().unwrap()
}

#[tokio::test]
async fn row_41_row_42_a_cursor_cycle_is_an_error_before_any_event_is_yielded_twice() {
    for length in [1, 2, 3, 7] {
        // Pages 0 to 4 lead into a cycle of pages 5 to 4 + length, until the service is fixed.
        let last = 4 + length;
        let is_fixed = Arc::new(AtomicBool::new(false));
        let fixed = Arc::clone(&is_fixed);
        let server = server(move |request| {
            let number = request.page();
            let next = match number == last {
                true if fixed.load(Ordering::Relaxed) => None,
                true => Some(5),
                false => Some(number + 1),
            };
            page_json(&ids(number, 2), next)
        })
        .await;
        let client = client(&server);
        let mut stream = client.session_events(SESSION).stream();
        let expected = all_ids(&vec![2; last + 1]);
        for id in &expected[..expected.len() - 1] {
            let event = stream.try_next().await.unwrap().unwrap();
            assert_eq!(event.id(), Some(id.as_str()));
        }
        let before_the_last_event = stream.checkpoint();
        let walked = walk(client.session_events(SESSION)).await;
        let error = walked.error.unwrap();
        assert_eq!(error.kind(), ErrorKind::CursorLoop);
        assert_eq!(walked.ids, expected, "a cycle of {length}");
        assert_eq!(
            server.observed().faults,
            2 * (5 + length),
            "every page is requested once"
        );
        assert_permits_match_requests(&client, &server).await;

        is_fixed.store(true, Ordering::Relaxed);
        assert!(
            resume(&client, error.checkpoint().unwrap())
                .await
                .is_empty()
        );
        assert_eq!(
            resume(&client, &before_the_last_event).await,
            expected[expected.len() - 1..]
        );
    }
}

#[tokio::test]
async fn row_43_row_80_empty_pages_are_followed_however_many_there_are() {
    let mut sizes = vec![2];
    sizes.extend([0; 600]);
    sizes.push(2);
    let expected = all_ids(&sizes);
    let server = server(move |request| session_json(&sizes, request.page())).await;
    let client = client(&server);
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, expected);
    assert_eq!(server.observed().faults, 602);
    assert_permits_match_requests(&client, &server).await;
}

#[tokio::test]
async fn row_44_a_link_that_is_absent_null_empty_or_without_a_cursor_is_the_end() {
    for link in [
        "",
        r#","nextUri":null"#,
        r#","nextUri":"""#,
        r#","nextUri":"/x?after=""#,
        r#","nextUri":"/x?after=&pageSize=200""#,
    ] {
        let server = server(move |request| match request.page() {
            0 => page_json(&ids(0, 2), Some(1)),
            _ => page_json(&ids(1, 2), None)
                .replace(r#","selfUri""#, &format!(r#"{link},"selfUri""#)),
        })
        .await;
        let client = client(&server);
        let mut stream = client.session_events(SESSION).stream();
        let mut count = 0;
        while stream.try_next().await.unwrap().is_some() {
            count += 1;
        }
        assert_eq!((count, server.observed().faults), (4, 2), "{link}");
        assert_eq!(stream.checkpoint().state(), CheckpointState::Done);
    }
}

#[tokio::test]
async fn row_46_an_event_on_two_pages_is_yielded_twice_as_documented() {
    let server = server(|request| match request.page() {
        0 => page_json(&["a", "b"], Some(1)),
        // An event was inserted before them, so every event moved back by one.
        _ => page_json(&["b", "c"], None),
    })
    .await;
    let client = client(&server);
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, ["a", "b", "b", "c"]);
    assert_permits_match_requests(&client, &server).await;
}

#[tokio::test]
async fn row_47_events_beyond_the_limit_are_all_yielded() {
    let sizes = [7, 300, 1];
    let server = server(move |request| session_json(&sizes, request.page())).await;
    let client = client(&server);
    let WalkResult { ids, error } = walk(client.session_events(SESSION).limit(2)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&sizes));
    let head = &server.observed().requests[0].head;
    assert!(head.contains("limit=2&"), "{head}");
}

#[tokio::test]
async fn row_50_missing_entities_are_an_empty_page_if_a_page_uri_is_present_and_otherwise_an_error()
{
    for body in ["{}", r#"{"entities":null}"#, r#"{"total":3}"#] {
        assert_fails(ErrorKind::UnexpectedResponse, 1, move |_| {
            vec![Step::Send(ok(body))]
        })
        .await;
    }
    for entities in ["", r#""entities":null,"#] {
        let server = server(move |request| match request.page() {
            0 => format!(r#"{{{entities}"selfUri":"/x","nextUri":"/x?after=1"}}"#),
            _ => page_json(&ids(0, 3), None),
        })
        .await;
        let WalkResult { ids, error } = walk(client(&server).session_events(SESSION)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, all_ids(&[3]));
        assert_eq!(server.observed().faults, 2);
    }
}

#[tokio::test]
async fn row_51_a_malformed_event_is_an_error_after_the_events_before_it_and_can_be_skipped() {
    let malformed = r#"{"id":42,"eventType":["someone@customer.example"]}"#;
    let server = server(move |request| match request.page() {
        0 => page_json(&ids(0, 3), Some(1)),
        1 => {
            let page = page_json(&ids(1, 3), Some(2));
            let second = r#"{"id":"1-1","eventType":"com.genesys.journey.WebEvent"}"#;
            assert!(page.contains(second));
            page.replace(second, malformed)
        }
        _ => page_json(&ids(2, 1), None),
    })
    .await;
    let client = client(&server);
    let WalkResult { mut ids, error } = walk(client.session_events(SESSION)).await;
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::MalformedEvent);
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("page 2") && text.contains("event 2"),
        "{text}"
    );
    assert!(!text.contains("someone"), "{text}");
    assert_permits_match_requests(&client, &server).await;

    let after_it = error.checkpoint().unwrap().clone().skip();
    ids.extend(resume(&client, &after_it).await);
    let mut expected = all_ids(&[3, 3, 1]);
    expected.retain(|id| id != "1-1");
    assert_eq!(ids, expected);
}
