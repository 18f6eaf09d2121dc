//! Finding sessions in conversations: requests, laziness, retries, errors.

use std::time::Duration;

use futures::stream::FusedStream;
use futures::{StreamExt, TryStreamExt};

use super::memory::{MemoryServer, ReceivedRequest, Reply, client_credentials};
use crate::fetch::failure::Cause;
use crate::fetch::limit::rate_limit::RateLimit;
use crate::fetch::retry::policy::RetryPolicy;
use crate::model::Timestamp;
use crate::{ErrorKind, FoundSessions};

const CONVERSATION: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const SESSION: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";

fn details() -> Reply {
    Reply::ok(include_str!(
        "../../../tests/fixtures/conversation-details.json"
    ))
}

fn query_result() -> Reply {
    Reply::ok(include_str!(
        "../../../tests/fixtures/conversations-query.json"
    ))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn march(days: std::ops::Range<u8>) -> std::ops::Range<Timestamp> {
    let day = |day: u8| at(&format!("2026-03-{day:02}T00:00:00Z"));
    day(days.start)..day(days.end)
}

/// A page of conversations, each with the session of its number.
fn conversations(numbers: std::ops::Range<u32>, total: u32) -> Reply {
    let conversation = |number| {
        format!(
            r#"{{"conversationId":"c{number}","participants":[{{"sessions":[{{"journeyCustomerSessionId":"s{number}"}}]}}]}}"#
        )
    };
    let all: Vec<_> = numbers.map(conversation).collect();
    Reply::ok(format!(
        r#"{{"conversations":[{}],"totalHits":{total}}}"#,
        all.join(",")
    ))
}

/// The page size and number of a query.
fn paging(request: &ReceivedRequest) -> (u32, u32) {
    let body: serde_json::Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
    let number = |name: &str| u32::try_from(body["paging"][name].as_u64().unwrap()).unwrap();
    (number("pageSize"), number("pageNumber"))
}

async fn ids(sessions: FoundSessions) -> Vec<String> {
    let ids = sessions.map_ok(crate::FoundSession::into_id);
    ids.try_collect().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_sessions_of_a_conversation_are_found_with_one_request() {
    let server = MemoryServer::new(|_| details());
    let mut sessions = server.client().conversation_sessions(CONVERSATION);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(server.requests().len(), 0, "nothing before the first poll");
    let session = sessions.next().await.unwrap().unwrap();
    assert_eq!(
        (session.id(), session.session_type()),
        (SESSION, Some("web"))
    );
    assert!(sessions.next().await.is_none() && sessions.is_terminated());
    assert!(sessions.next().await.is_none());
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let path = format!("/api/v2/analytics/conversations/{CONVERSATION}/details");
    assert_eq!((&requests[0].path, &requests[0].body), (&path, &None));
}

#[tokio::test(start_paused = true)]
async fn the_sessions_of_an_interval_are_found_with_a_query() {
    let server = MemoryServer::new(|_| query_result());
    let sessions = server.client().sessions_between(march(1..2));
    assert_eq!(ids(sessions).await, [SESSION]);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let path = "/api/v2/analytics/conversations/details/query";
    assert_eq!(requests[0].path, path);
    let body: serde_json::Value =
        serde_json::from_str(requests[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "interval": "2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z",
            "order": "asc",
            "orderBy": "conversationStart",
            "paging": {"pageSize": 100, "pageNumber": 1},
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_of_several_conversations_and_slices_is_yielded_once() {
    let server = MemoryServer::new(|_| {
        let with = |id: &str, session: &str| {
            format!(
                r#"{{"conversationId":"{id}","participants":[{{"sessions":[{{"journeyCustomerSessionId":"{session}"}},{{"journeyCustomerSessionId":"b"}}]}}]}}"#
            )
        };
        let (one, two) = (with("1", "a"), with("2", "c"));
        Reply::ok(format!(
            r#"{{"conversations":[{one},null,{two}],"totalHits":3}}"#
        ))
    });
    let sessions = server.client().sessions_between(march(1..20));
    assert_eq!(ids(sessions).await, ["a", "b", "c"]);
    assert_eq!(server.requests().len(), 3, "three slices");
}

#[tokio::test(start_paused = true)]
async fn pages_are_requested_as_they_are_consumed_and_overlap() {
    let server = MemoryServer::new(|request| {
        let (size, number) = paging(request);
        let (start, end) = (size * (number - 1), size * number);
        conversations(start..end.min(250), 250)
    });
    let mut sessions = server.client().sessions_between(march(1..2));
    let mut requests = Vec::new();
    for number in 0..250 {
        let session = sessions.next().await.unwrap().unwrap();
        assert_eq!(session.id(), format!("s{number}"));
        tokio::time::sleep(Duration::from_secs(60)).await;
        requests.push(server.requests().len());
    }
    assert_eq!((requests[99], requests[100], requests[249]), (1, 2, 3));
    assert!(sessions.next().await.is_none());
    let pagings: Vec<_> = server.requests().iter().map(paging).collect();
    assert_eq!(pagings, [(100, 1), (99, 2), (98, 3)]);
}

#[tokio::test(start_paused = true)]
async fn a_query_is_retried_like_a_page_and_takes_a_permit_each_time() {
    let server = MemoryServer::new(|request| match request.number {
        1 => Reply::fault(Cause::Torn),
        2 => Reply::status(429).header("retry-after", "7"),
        3 => Reply::status(503),
        4 => Reply::ok(r#"{"conversations":[{"conversationId":"a"#),
        _ => query_result(),
    });
    let client = server.client();
    assert_eq!(ids(client.sessions_between(march(1..2))).await, [SESSION]);
    let stats = client.stats();
    assert_eq!((stats.requests, stats.attempts, stats.pages), (5, 5, 0));
    let bodies: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.body)
        .collect();
    assert!(
        bodies
            .iter()
            .all(|body| body.is_some() && *body == bodies[0])
    );
}

#[tokio::test(start_paused = true)]
async fn a_query_logs_in_and_replaces_a_refused_token() {
    let server = MemoryServer::new(|request| match request.number {
        1 => Reply::token("old", 3600),
        2 => Reply::status(401),
        3 => Reply::token("new", 3600),
        _ => query_result(),
    });
    let limit = RateLimit::unlimited();
    let client =
        server.client_with_credentials(client_credentials(), RetryPolicy::default(), limit);
    assert_eq!(ids(client.sessions_between(march(1..2))).await, [SESSION]);
    let tokens: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.token)
        .collect();
    let expected = [None, Some("old".to_owned()), None, Some("new".to_owned())];
    assert_eq!(tokens, expected);
}

#[tokio::test(start_paused = true)]
async fn an_error_names_what_was_requested_and_is_the_last_item() {
    let not_found = include_str!("../../../tests/fixtures/error-404.json");
    let forbidden = include_str!("../../../tests/fixtures/error-403.json");
    for (status, body, kind, text) in [
        (
            404,
            not_found,
            ErrorKind::NotFound,
            "the conversation doesn't exist",
        ),
        (
            403,
            forbidden,
            ErrorKind::Forbidden,
            "`analytics:conversationDetail:view`",
        ),
        (
            200,
            not_found,
            ErrorKind::UnexpectedResponse,
            "isn't a conversation",
        ),
    ] {
        let server = MemoryServer::new(move |_| Reply::status(status).body(body));
        let mut sessions = server.client().conversation_sessions(CONVERSATION);
        let error = sessions.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let named = format!("conversation {CONVERSATION}: ");
        assert!(error.to_string().starts_with(&named), "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(sessions.next().await.is_none());
    }
    let named = "page 1 of conversations of 2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z: ";
    for (status, body, kind, text) in [
        (
            403,
            forbidden,
            ErrorKind::Forbidden,
            "`analytics:conversationDetail:view`",
        ),
        (400, forbidden, ErrorKind::Rejected, "refused"),
        (
            200,
            not_found,
            ErrorKind::UnexpectedResponse,
            "isn't a listing of conversations",
        ),
    ] {
        let server = MemoryServer::new(move |_| Reply::status(status).body(body));
        let mut sessions = server.client().sessions_between(march(1..2));
        let error = sessions.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().starts_with(named), "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(sessions.next().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_input_is_an_error_before_anything_is_sent() {
    let server = MemoryServer::new(|_| details());
    let client = server.client();
    let std::ops::Range { start, end } = march(1..2);
    for sessions in [
        client.conversation_sessions("a/b"),
        client.conversation_sessions(""),
        client.sessions_between(end..start),
        client.sessions_between(start..start),
    ] {
        let items: Vec<_> = sessions.collect().await;
        let [Err(error)] = &*items else {
            panic!("{items:?}");
        };
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_cancels_its_request() {
    let server = MemoryServer::new(|_| query_result().delayed_by(Duration::from_secs(5)));
    let mut sessions = server.client().sessions_between(march(1..2));
    let first = tokio::time::timeout(Duration::from_secs(1), sessions.next()).await;
    assert!(first.is_err());
    drop(sessions);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(server.requests()[0].responded_at, None);
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_does_not_slow_a_request_down() {
    let server = MemoryServer::new(|_| query_result().delayed_by(Duration::from_secs(5)));
    let mut sessions = server.client().sessions_between(march(1..2));
    let first = tokio::time::timeout(Duration::from_secs(1), sessions.next()).await;
    assert!(first.is_err());
    tokio::time::sleep(Duration::from_secs(60)).await;
    let requests = server.requests();
    assert_eq!(requests[0].responded_at.map(|at| at.as_secs()), Some(5));
    assert_eq!(sessions.next().await.unwrap().unwrap().id(), SESSION);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_stream_polled_outside_a_runtime_ends_with_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let client = runtime.block_on(async { MemoryServer::new(|_| details()).client() });
    let mut sessions = client.conversation_sessions(CONVERSATION);
    let item = futures::executor::block_on(sessions.next());
    assert_eq!(item.unwrap().unwrap_err().kind(), ErrorKind::Runtime);
}
