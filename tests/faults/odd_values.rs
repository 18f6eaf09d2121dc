//! Row 72: values that can't be decoded or are of another type than published, in whole walks.

use futures::TryStreamExt;
use journey_events::{CheckpointState, ErrorKind};

use crate::support::raw::{RawServer, Reply, Step, ok};
use crate::support::session::{SESSION, all_ids, ids, page_json};
use crate::support::walks::{WalkResult, assert_permits_match_requests, builder, resume, walk};

/// Members of an event, and of a listing, that aren't needed.
const ODD_MEMBERS: [&str; 8] = [
    r#""customerId":"caf\udce9""#,
    r#""customerId":1e999"#,
    r#""correlationId":{"a":["b"]}"#,
    r#""createdDate":20260301"#,
    r#""session":["s"]"#,
    r#""x":{"\ud83d":[1e999,"\ud83d"]}"#,
    r#""\ud83d":1"#,
    r#""selfUri":1e999"#,
];

/// A server whose second page is changed by a function of its JSON.
async fn server(change: impl Fn(String) -> String + Send + Sync + 'static) -> RawServer {
    RawServer::start(move |request| {
        let page = request.page();
        let json = page_json(&ids(page, 3), (page < 2).then_some(page + 1));
        let step = |json| vec![Step::Send(ok(json))];
        match page {
            1 => Reply::Fault(step(change(json))),
            _ => Reply::Healthy(step(json)),
        }
    })
    .await
}

#[tokio::test]
async fn row_72_an_odd_member_of_an_event_or_a_listing_costs_no_event() {
    for odd in ODD_MEMBERS {
        let server = server(move |json| {
            let in_an_event = json.replacen(r#"{"id":"1-1""#, &format!(r#"{{{odd},"id":"1-1""#), 1);
            assert_ne!(in_an_event, json);
            in_an_event.replacen(r#"{"entities""#, &format!(r#"{{{odd},"entities""#), 1)
        })
        .await;
        let client = builder(&server.base_url).build().unwrap();
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "{odd}: {error:?}");
        assert_eq!(ids, all_ids(&[3, 3, 3]), "{odd}");
        assert_eq!(server.observed().faults, 1);
        assert_permits_match_requests(&client, &server).await;
    }
}

#[tokio::test]
async fn row_72_an_event_whose_id_is_odd_is_yielded_with_its_text() {
    for odd in ["12", "1e999", r#""\ud83d""#, r#"["1-1"]"#] {
        let server = server(move |json| json.replace(r#""1-1""#, odd)).await;
        let client = builder(&server.base_url).build().unwrap();
        let events: Vec<_> = {
            let stream = client.session_events(SESSION).stream();
            stream.try_collect().await.unwrap()
        };
        assert_eq!((events.len(), events[4].id()), (9, None));
        let text = format!(r#"{{"id":{odd},"eventType":"com.genesys.journey.WebEvent"}}"#);
        assert_eq!(events[4].json(), text);
        assert_eq!(server.observed().faults, 1);
    }
}

#[tokio::test]
async fn row_72_only_an_event_without_a_readable_type_is_malformed_and_can_be_skipped() {
    let good = r#"{"id":"1-1","eventType":"com.genesys.journey.WebEvent"}"#;
    for malformed in [
        "null",
        "7",
        r#"["1-1","com.genesys.journey.WebEvent"]"#,
        r#"{"id":"1-1"}"#,
        r#"{"id":"1-1","eventType":"\ud83d someone@customer.example"}"#,
        r#"{"id":"1-1","eventType":1e999}"#,
        r#"{"id":"1-1","\ud83d":"com.genesys.journey.WebEvent"}"#,
    ] {
        let server = server(move |json| json.replace(good, malformed)).await;
        let client = builder(&server.base_url).build().unwrap();
        let WalkResult { mut ids, error } = walk(client.session_events(SESSION)).await;
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::MalformedEvent, "{malformed}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        let text = format!("{error} {error:?} {source}");
        assert!(
            text.contains("event 2") && source.contains("`eventType`"),
            "{text}"
        );
        assert!(!text.contains("someone"), "{text}");
        assert_permits_match_requests(&client, &server).await;

        let after_it = error.checkpoint().unwrap().clone().skip();
        assert_eq!(after_it.state(), CheckpointState::Within);
        ids.extend(resume(&client, &after_it).await);
        let mut expected = all_ids(&[3, 3, 3]);
        expected.retain(|id| id != "1-1");
        assert_eq!(ids, expected, "{malformed}");
    }
}

#[tokio::test]
async fn row_72_a_link_that_is_not_text_is_an_error_after_the_events_of_its_page() {
    for odd in ["1", r#""/x?after=2\ud83d""#, r#"["/x?after=2"]"#] {
        let link = r#""nextUri":"/x?after=2""#;
        let forward = server(move |json| json.replace(link, &format!(r#""nextUri":{odd}"#))).await;
        let client = builder(&forward.base_url).build().unwrap();
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert_eq!(
            error.unwrap().kind(),
            ErrorKind::UnexpectedResponse,
            "{odd}"
        );
        assert_eq!(ids, all_ids(&[3, 3]), "{odd}");

        let unneeded = format!(r#"{{"previousUri":{odd},"entities""#);
        let backward = server(move |json| json.replace(r#"{"entities""#, &unneeded)).await;
        let client = builder(&backward.base_url).build().unwrap();
        let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
        assert!(error.is_none(), "{odd}: {error:?}");
        assert_eq!(ids, all_ids(&[3, 3, 3]), "{odd}");
    }
}
