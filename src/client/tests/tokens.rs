//! Access tokens during walks: logins, refusals and expiry.

use std::time::Duration;

use futures::StreamExt;

use super::memory::{MemoryServer, ReceivedRequest, Reply, count_events, session_page};
use super::session::SESSION;
use crate::{ErrorKind, RateLimit};

/// Replies of a server that numbers its tokens and accepts only this one.
fn accepts_only(token: &'static str) -> impl Fn(&ReceivedRequest) -> Reply {
    move |request| match &request.token {
        None => {
            Reply::token(&format!("t{}", request.number), 86_399).delayed_by(Duration::from_secs(1))
        }
        Some(sent) if sent == token => session_page(&[1, 1], request),
        Some(_) => Reply::status(401).delayed_by(Duration::from_secs(1)),
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once_and_the_walk_continues() {
    let server = MemoryServer::new(accepts_only("t3"));
    let client = server.client_that_logs_in();
    assert_eq!(count_events(&client).await.unwrap(), 2);
    let tokens: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.token)
        .collect();
    let token = |text: &str| Some(text.to_owned());
    assert_eq!(tokens, [None, token("t1"), None, token("t3"), token("t3")]);
    let stats = client.stats();
    assert_eq!((stats.requests, stats.attempts, stats.pages), (5, 3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_repeatedly_is_an_error_after_one_new_token() {
    let server = MemoryServer::new(accepts_only("none"));
    let error = count_events(&server.client_that_logs_in())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unauthorized, 2)
    );
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_refused_fixed_token_is_an_immediate_error() {
    let server = MemoryServer::new(accepts_only("none"));
    let error = count_events(&server.client()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Unauthorized, Some(401))
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn row_40_many_walks_refused_at_once_cause_one_login() {
    // Request 1 is the first login; requests 2 to 21 are the refused pages of the 20 walks.
    let server = MemoryServer::new(accepts_only("t22"));
    let client = server.client_that_logs_in();
    let walks = futures::future::join_all((0..20).map(|_| count_events(&client))).await;
    assert!(walks.into_iter().all(|events| events.unwrap() == 2));
    let logins = server
        .requests()
        .iter()
        .filter(|request| request.token.is_none())
        .count();
    assert_eq!(logins, 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_replaced_before_it_expires() {
    let server = MemoryServer::new(|request| match request.token {
        None => Reply::token(&format!("t{}", request.number), 100),
        Some(_) => session_page(&[1; 5], request),
    });
    let client = server.client_that_logs_in();
    let mut stream = client.session_events(SESSION).stream();
    while stream.next().await.transpose().unwrap().is_some() {
        tokio::time::sleep(Duration::from_secs(50)).await;
    }
    let logins: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.token.is_none())
        .collect();
    assert_eq!(
        logins,
        [true, false, false, true, false, false, true, false]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_an_error_with_the_status_and_code_of_the_response() {
    for status in [400, 401, 404, 302] {
        let body = r#"{"error":"invalid_client","error_description":"no"}"#;
        let server = MemoryServer::new(move |_| Reply::status(status).body(body));
        let error = count_events(&server.client_that_logs_in())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Login);
        assert_eq!(
            (error.status(), error.code()),
            (Some(status), Some("invalid_client"))
        );
        assert_eq!(server.requests().len(), 1);
    }
    let server = MemoryServer::new(|_| Reply::ok("{}"));
    let error = count_events(&server.client_that_logs_in())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Login);
}

#[tokio::test(start_paused = true)]
async fn row_67_a_refused_login_is_one_request_in_30_s_for_2000_streams() {
    let body = r#"{"error":"invalid_client"}"#;
    let server = MemoryServer::new(move |_| {
        Reply::status(401)
            .body(body)
            .delayed_by(Duration::from_secs(1))
    });
    let client = server.client_that_logs_in();
    for logins in [1, 1, 2] {
        for walk in futures::future::join_all((0..2_000).map(|_| count_events(&client))).await {
            let error = walk.unwrap_err();
            assert_eq!(
                (error.kind(), error.status(), error.code()),
                (ErrorKind::Login, Some(401), Some("invalid_client"))
            );
        }
        assert_eq!(server.requests().len(), logins);
        tokio::time::sleep(Duration::from_secs(15)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn row_66_a_login_service_that_is_down_stops_no_walk_while_the_token_is_valid() {
    let server = MemoryServer::new(|request| match (&request.token, request.at.as_secs()) {
        (None, 0) => Reply::token("old", 1_000),
        (None, ..1_000) => Reply::status(503).delayed_by(Duration::from_secs(5)),
        (None, _) => Reply::token("new", 1_000),
        (Some(token), at) if token == if at < 1_000 { "old" } else { "new" } => {
            session_page(&[1; 20], request)
        }
        (Some(_), _) => Reply::status(401),
    });
    let client = server.client_that_logs_in();
    let mut stream = client.session_events(SESSION).stream();
    let mut events = 0;
    while stream.next().await.transpose().unwrap().is_some() {
        events += 1;
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    assert_eq!(events, 20);
    let requests = server.requests();
    let refreshes = requests
        .iter()
        .filter(|request| request.token.is_none() && (900..1_000).contains(&request.at.as_secs()));
    assert!(refreshes.count() > 1, "the fault fired");
    let pages = requests.iter().filter(|request| request.token.is_some());
    let late: Vec<_> = pages.filter(|page| page.at.as_secs() % 60 > 1).collect();
    assert!(late.is_empty(), "no page waited: {late:?}");
}

#[tokio::test(start_paused = true)]
async fn row_68_a_token_with_an_odd_lifetime_is_used_until_it_is_refused() {
    for lifetime in [
        "",
        r#","expires_in":null"#,
        r#","expires_in":"soon""#,
        r#","expires_in":"3600""#,
        r#","expires_in":-1"#,
        r#","expires_in":0"#,
        r#","expires_in":1"#,
        r#","expires_in":0.5"#,
        r#","expires_in":1e300"#,
        r#","expires_in":18446744073709551615"#,
    ] {
        let server = MemoryServer::new(move |request| match request.token {
            None => Reply::ok(format!(r#"{{"access_token":"t"{lifetime}}}"#)),
            Some(_) => session_page(&[1, 1], request),
        });
        assert_eq!(
            count_events(&server.client_that_logs_in()).await.unwrap(),
            2
        );
        assert_eq!(server.requests().len(), 3, "{lifetime}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_login_is_retried() {
    let server = MemoryServer::new(|request| match (request.number, &request.token) {
        (1, _) => Reply::status(503),
        (2, _) => Reply::ok(r#"{"access_token":"#),
        (_, None) => Reply::token("t", 1_000),
        _ => session_page(&[1], request),
    });
    assert_eq!(
        count_events(&server.client_that_logs_in()).await.unwrap(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_while_its_page_waits_for_a_permit_is_replaced() {
    let server = MemoryServer::new(|request| match &request.token {
        None => Reply::token(&request.at.as_secs().to_string(), 60),
        // A token is the second at which it was issued.
        Some(issued_at) if request.at.as_secs() < issued_at.parse::<u64>().unwrap() + 60 => {
            session_page(&[1; 4], request)
        }
        Some(_) => Reply::status(401),
    });
    let client = server.client_that_logs_in_with(RateLimit::per_minute(1));
    assert_eq!(count_events(&client).await.unwrap(), 4);
    assert_eq!(
        client.stats().attempts,
        4,
        "no permit was wasted on a refusal"
    );
}

#[tokio::test(start_paused = true)]
async fn a_login_after_the_queue_does_not_carry_a_permit_into_the_next_window() {
    let server = MemoryServer::new(|request| match (&request.token, request.at.as_secs()) {
        (None, 0) => Reply::token("short", 60),
        (None, _) => Reply::token("long", 86_399).delayed_by(Duration::from_secs(30)),
        (Some(_), _) => session_page(&[1; 3], request),
    });
    let client = server.client_that_logs_in_with(RateLimit::per_minute(1));
    assert_eq!(count_events(&client).await.unwrap(), 3);
    let pages: Vec<_> = server
        .requests()
        .iter()
        .filter(|request| request.token.is_some())
        .map(|request| request.at.as_secs())
        .collect();
    assert_eq!(
        pages,
        [0, 90, 150],
        "the permit of second 60 expired, and its slot was free again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_hanging_login_ends_at_the_deadline_of_the_page() {
    let server = MemoryServer::new(|_| Reply::status(200).delayed_by(Duration::from_secs(3600)));
    let start = tokio::time::Instant::now();
    let error = count_events(&server.client_that_logs_in())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        start.elapsed() <= Duration::from_secs(5 * 60),
        "{:?}",
        start.elapsed()
    );
}
