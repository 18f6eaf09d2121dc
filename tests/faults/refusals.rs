//! Rows 21, 38, 39, 45, 48, 49, 75 and 77: error responses, and 200s that aren't pages.

use std::time::Duration;

use journey_events::{Error, ErrorKind};

use crate::support::raw::{RawServer, Reply, Step, ok, response};
use crate::support::session::{SESSION, all_ids, session_json};
use crate::support::walks::{
    SIZES, WalkResult, assert_fails, assert_fails_at, assert_permits_match_requests,
    assert_retried_once, builder, resume, walk,
};

/// An error response as the service sends it, on a connection that stays open.
fn refusal(status: &str, body: &str) -> Vec<Step> {
    let headers = "content-type: application/json\r\nININ-Correlation-Id: c-42\r\n";
    vec![Step::Send(response(status, headers, body))]
}

#[tokio::test]
async fn row_21_retry_after_counts_even_if_the_body_of_the_429_is_cut_short() {
    let error = assert_fails(ErrorKind::RateLimited, 1, move |_| {
        let head = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 181\r\ncontent-length: 500\r\n";
        vec![
            Step::Send(format!("{head}\r\n{{\"messa").into_bytes()),
            Step::Close,
        ]
    })
    .await;
    assert_eq!(error.retry_after().unwrap().as_secs(), 181);
}

fn assert_reports_the_response(error: &Error, status: u16, code: &str) {
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.code(), Some(code));
    assert_eq!(error.correlation_id(), Some("c-42"));
    let text = error.to_string();
    for part in [SESSION, code, "c-42"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn row_38_a_permanent_refusal_is_an_error_after_one_attempt_with_code_and_correlation_id() {
    let bad_request = include_str!("../fixtures/error-400-bad-cursor.json");
    let error = assert_fails_at(0, ErrorKind::Rejected, 1, move |_| {
        refusal("400 Bad Request", bad_request)
    })
    .await;
    assert_reports_the_response(&error, 400, "bad.request");
    for (status, number, body, kind, code) in [
        (
            "403 Forbidden",
            403,
            include_str!("../fixtures/error-403.json"),
            ErrorKind::Forbidden,
            "missing.any.permissions",
        ),
        (
            "404 Not Found",
            404,
            include_str!("../fixtures/error-404.json"),
            ErrorKind::NotFound,
            "not.found",
        ),
        (
            "501 Not Implemented",
            501,
            r#"{"code":"not.implemented"}"#,
            ErrorKind::Rejected,
            "not.implemented",
        ),
    ] {
        let error = assert_fails(kind, 1, move |_| refusal(status, body)).await;
        assert_reports_the_response(&error, number, code);
    }
}

/// A service that issues numbered access tokens and refuses some of them on some pages.
async fn server_that_refuses(refuses: fn(token: &str, page: usize) -> bool) -> RawServer {
    let logins = std::sync::atomic::AtomicUsize::new(0);
    RawServer::start(move |request| {
        if request.head.starts_with("POST") {
            let number = logins.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            let token = format!(r#"{{"access_token":"t{number}","expires_in":86399}}"#);
            return Reply::Healthy(vec![Step::Send(ok(token))]);
        }
        let token = request
            .head
            .split("Bearer ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap();
        let page = request.page();
        if refuses(token, page) {
            let body = include_str!("../fixtures/error-401.json");
            return Reply::Fault(refusal("401 Unauthorized", body));
        }
        Reply::Healthy(vec![Step::Send(ok(session_json(&SIZES, page)))])
    })
    .await
}

#[tokio::test]
async fn row_39_a_token_refused_mid_walk_is_replaced_once() {
    let server = server_that_refuses(|token, page| token == "t1" && page > 0).await;
    let client = builder(&server.base_url)
        .client_credentials("client", "secret")
        .build()
        .unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, all_ids(&SIZES));
    assert_eq!(server.observed().faults, 1);
    let stats = client.stats();
    assert_eq!(
        (stats.attempts, stats.requests),
        (4, 6),
        "includes two logins"
    );
    assert_eq!(server.observed().requests.len(), 6);
}

#[tokio::test]
async fn row_39_a_token_refused_repeatedly_is_an_error() {
    let server = server_that_refuses(|_, page| page == 1).await;
    let client = builder(&server.base_url)
        .client_credentials("client", "secret")
        .build()
        .unwrap();
    let WalkResult { mut ids, error } = walk(client.session_events(SESSION)).await;
    let error = error.unwrap();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unauthorized, 2)
    );
    assert_reports_the_response(&error, 401, "bad.credentials");
    assert_eq!(server.observed().faults, 2);

    // A token supplied by the user can't be replaced.
    let client = builder(&server.base_url).build().unwrap();
    let error = walk(client.session_events(SESSION)).await.error.unwrap();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unauthorized, 1)
    );
    assert_page_requests(&server, 3 + 2);

    let healthy = server_that_refuses(|_, _| false).await;
    let elsewhere = builder(&healthy.base_url).build().unwrap();
    let request = elsewhere.session_events(SESSION);
    let cursor = error.checkpoint().unwrap().cursor().unwrap();
    ids.extend(walk(request.after(cursor)).await.ids);
    assert_eq!(ids, all_ids(&SIZES));
}

fn assert_page_requests(server: &RawServer, attempts: usize) {
    let is_page = |head: &str| head.starts_with("GET");
    let observed = server.observed();
    let pages = observed
        .requests
        .iter()
        .filter(|request| is_page(&request.head));
    assert_eq!(pages.count(), attempts);
}

#[tokio::test]
async fn row_45_a_cursor_refused_mid_walk_has_its_own_error_kind() {
    let body = include_str!("../fixtures/error-400-bad-cursor.json");
    for page in [1, 2] {
        let error = assert_fails_at(page, ErrorKind::CursorRejected, 1, move |_| {
            refusal("400 Bad Request", body)
        })
        .await;
        let cursor = page.to_string();
        assert_eq!(error.checkpoint().unwrap().cursor(), Some(cursor.as_str()));
    }
}

#[tokio::test]
async fn row_48_a_200_with_html_is_an_error() {
    let html = include_str!("../fixtures/error-502.html");
    let error = assert_fails(ErrorKind::UnexpectedResponse, 1, move |_| {
        vec![Step::Send(response(
            "200 OK",
            "content-type: text/html\r\n",
            html,
        ))]
    })
    .await;
    assert_eq!(error.status(), Some(200));
}

#[tokio::test]
async fn row_49_a_200_with_an_error_body_is_an_error() {
    let body = include_str!("../fixtures/error-body-with-status-200.json");
    let error = assert_fails(ErrorKind::UnexpectedResponse, 1, move |_| {
        refusal("200 OK", body)
    })
    .await;
    assert_eq!(error.correlation_id(), Some("c-42"));
}

#[tokio::test]
async fn row_75_a_success_without_a_body_is_retried_once_and_never_an_empty_page() {
    for status in ["200 OK", "204 No Content"] {
        assert_retried_once(ErrorKind::UnexpectedResponse, move |_| {
            vec![Step::Send(response(status, "", ""))]
        })
        .await;
    }
}

#[tokio::test]
async fn a_refusal_whose_body_stalls_is_known_by_its_status() {
    let server = RawServer::start(|_| {
        let head = "HTTP/1.1 404 Not Found\r\ncontent-length: 500\r\n\r\n{";
        Reply::Fault(vec![Step::Send(head.into()), Step::Silence])
    })
    .await;
    let client = builder(&server.base_url)
        .read_timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let error = walk(client.session_events(SESSION)).await.error.unwrap();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::NotFound, 1));
}

#[tokio::test]
async fn row_77_a_numeric_error_code_is_reported() {
    let body = include_str!("../fixtures/error-400-numeric-code.json");
    let error = assert_fails_at(0, ErrorKind::Rejected, 1, move |_| {
        refusal("400 Bad Request", body)
    })
    .await;
    assert_reports_the_response(&error, 400, "40001");
}

#[tokio::test]
async fn a_failed_walk_resumes_with_another_token() {
    let server = server_that_refuses(|token, page| token == "t0k3n" && page == 2).await;
    let client = builder(&server.base_url).build().unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    assert_eq!(ids, all_ids(&SIZES[..2]));
    assert_permits_match_requests(&client, &server).await;

    let checkpoint = error.unwrap().checkpoint().unwrap().clone();
    let other = builder(&server.base_url)
        .access_token("other")
        .build()
        .unwrap();
    assert_eq!(resume(&other, &checkpoint).await, all_ids(&SIZES)[5..]);
}
