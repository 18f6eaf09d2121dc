//! Refusals and empty responses under a paused clock: what is retried, when, and what the error reports.

use std::time::Duration;

use futures::TryStreamExt;
use futures::future::join_all;
use tokio::task::yield_now;
use tokio::time::{Instant, advance, sleep};

use super::memory::{MemoryServer, Reply, client_credentials, count_events, page, session_page};
use super::session::SESSION;
use crate::fetch::failure::Cause;
use crate::{Error, ErrorKind, RateLimit, RetryPolicy, Waiting};

/// The first request gets one reply, and all others a session of one event.
fn first(reply: Reply) -> MemoryServer {
    MemoryServer::new(move |request| match request.number {
        1 => reply.clone(),
        _ => session_page(&[1], request),
    })
}

fn always(reply: Reply) -> MemoryServer {
    MemoryServer::new(move |_| reply.clone())
}

async fn error_of(server: &MemoryServer) -> Error {
    count_events(&server.client()).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn row_75_an_empty_success_is_retried_once_then_an_error_that_says_so() {
    for reply in [Reply::status(204), Reply::ok(""), Reply::ok(" \r\n")] {
        let server = first(reply.clone());
        assert_eq!(count_events(&server.client()).await.unwrap(), 1);
        assert_eq!(server.requests().len(), 2);

        let error = error_of(&always(reply)).await;
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::UnexpectedResponse, 2)
        );
        assert!(error.to_string().contains("no body"), "{error}");
        assert!(matches!(error.status(), Some(200 | 204)));
    }
}

#[tokio::test(start_paused = true)]
async fn row_76_statuses_of_gateways_that_pass_are_retried() {
    for status in [425, 520, 521, 522, 523, 524, 529] {
        let server = first(Reply::status(status));
        assert_eq!(count_events(&server.client()).await.unwrap(), 1, "{status}");
        let error = error_of(&always(Reply::status(status))).await;
        assert_eq!(
            (error.kind(), error.attempts(), error.is_transient()),
            (ErrorKind::Unavailable, 5, true),
            "{status}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn row_76_a_fractional_wait_is_rounded_up() {
    let server = first(Reply::status(429).header("retry-after", "42.5"));
    assert_eq!(count_events(&server.client()).await.unwrap(), 1);
    let second = server.requests()[1].at.as_secs_f64();
    assert!((43.0..=44.0).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn row_76_attempts_without_a_named_wait_outlast_a_window() {
    let server = MemoryServer::new(|request| {
        if request.at < Duration::from_secs(60) {
            Reply::status(429).delayed_by(Duration::from_millis(50))
        } else {
            session_page(&[1], request)
        }
    });
    let client = server.client();
    for result in join_all((0..16).map(|_| count_events(&client))).await {
        assert_eq!(result.unwrap(), 1);
    }
    // Each pause doubles, however many requests met it: 1 + 2 + 4 + 8 + 16 + 32 s.
    assert_eq!(server.requests().len(), 7 * 16);
    let volleys: Vec<_> = server
        .requests()
        .chunks(16)
        .map(|volley| volley[0].at)
        .collect();
    for (pause, pair) in volleys.windows(2).enumerate() {
        let gap = pair[1].as_secs_f64() - pair[0].as_secs_f64();
        let shortest = f64::from(1_u32 << pause);
        assert!((shortest..=shortest + 1.2).contains(&gap), "{pause}: {gap}");
    }
}

#[tokio::test(start_paused = true)]
async fn row_76_a_success_makes_the_next_pause_short_again() {
    let server = MemoryServer::new(|request| match request.number % 2 {
        1 => Reply::status(429),
        _ => session_page(&[1; 5], request),
    });
    assert_eq!(count_events(&server.client()).await.unwrap(), 5);
    let times: Vec<_> = server.requests().iter().map(|request| request.at).collect();
    for pair in times.windows(2) {
        assert!(pair[1] <= pair[0] + Duration::from_secs(2), "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_read_from_a_message_that_also_names_the_limit() {
    let body = include_str!("../../../tests/fixtures/error-429-with-limit.json");
    let server = first(Reply::status(429).body(body));
    assert_eq!(count_events(&server.client()).await.unwrap(), 1);
    let second = server.requests()[1].at.as_secs_f64();
    assert!((22.0..=23.0).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn row_77_a_numeric_code_is_reported_and_no_wait_is_taken_from_a_400() {
    let body = include_str!("../../../tests/fixtures/error-400-numeric-code.json");
    let error = error_of(&always(Reply::status(400).body(body))).await;
    assert_eq!((error.code(), error.attempts()), (Some("40001"), 1));
    assert!(error.service_message().unwrap().contains("could not be"));
    assert_eq!(error.retry_after(), None);

    let server = first(Reply::status(503).body(body));
    assert_eq!(count_events(&server.client()).await.unwrap(), 1);
    assert!(server.requests()[1].at < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn row_82_a_cursor_refused_on_resume_is_a_rejected_cursor() {
    let interrupted = MemoryServer::new(|request| match request.page() {
        0 => session_page(&[1, 1], request),
        _ => Reply::status(501),
    });
    let checkpoint = error_of(&interrupted).await.checkpoint().unwrap().clone();
    for status in [400, 410] {
        let server = always(Reply::status(status));
        let request = server.client().session_events(SESSION);
        let mut resumed = request.resume(checkpoint.clone()).stream();
        let error = resumed.try_next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CursorRejected, "{status}");
        assert_eq!((error.attempts(), error.concerns_client()), (1, false));
        assert_eq!(server.requests()[0].cursor(), Some("1"));

        let error = error_of(&server).await;
        assert_eq!(
            error.kind(),
            ErrorKind::Rejected,
            "{status} without a cursor"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_of_zero_never_retries() {
    let policy = RetryPolicy::default().budget(0);
    for reply in [
        Reply::status(503),
        Reply::status(429),
        Reply::status(429).header("retry-after", "1"),
        Reply::status(204),
        Reply::fault(Cause::Connect),
        Reply::fault(Cause::Garbled),
    ] {
        let server = always(reply.delayed_by(Duration::from_millis(50)));
        let client = server.client_with(policy, RateLimit::unlimited());
        // The second 429 joins the pause of the first and would cost nothing.
        for result in join_all([count_events(&client), count_events(&client)]).await {
            let error = result.unwrap_err();
            assert_eq!(error.attempts(), 1);
            assert!(!error.to_string().contains("budget"), "{error}");
            assert_eq!(error.concerns_client(), error.kind() == ErrorKind::Connect);
        }
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_of_zero_still_replaces_a_refused_token_once() {
    let server = MemoryServer::new(|request| match &request.token {
        None => Reply::token(&format!("t{}", request.number), 86_399),
        Some(token) if token == "t1" => Reply::status(401),
        Some(_) => page(&["a"], None),
    });
    let policy = RetryPolicy::default().budget(0);
    let client =
        server.client_with_credentials(client_credentials(), policy, RateLimit::unlimited());
    assert_eq!(count_events(&client).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn errors_distinguish_what_concerns_the_client_and_what_is_transient() {
    let missing = include_str!("../../../tests/fixtures/error-403.json");
    for (reply, concerns_client, is_transient) in [
        (Reply::status(401), true, false),
        (Reply::status(403), false, false),
        (Reply::status(403).body(missing), true, false),
        (Reply::status(404), false, false),
        (Reply::status(429), false, true),
        (Reply::status(429).header("retry-after", "600"), true, true),
        (Reply::status(503), false, true),
        (Reply::status(503).header("retry-after", "600"), true, true),
        (Reply::fault(Cause::Connect), true, true),
        (Reply::fault(Cause::ConnectTimeout), true, true),
        (Reply::fault(Cause::Timeout), false, true),
        (Reply::fault(Cause::Certificate), true, false),
        (Reply::fault(Cause::TooLarge), false, false),
    ] {
        let error = error_of(&always(reply)).await;
        assert_eq!(
            (error.concerns_client(), error.is_transient()),
            (concerns_client, is_transient),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_is_used_up_concerns_the_client() {
    let server = always(Reply::status(503));
    let policy = RetryPolicy::default().budget(14);
    let client = server.client_with(policy, RateLimit::unlimited());
    let error = count_events(&client).await.unwrap_err();
    assert_eq!((error.attempts(), error.concerns_client()), (2, true));
    assert!(error.to_string().contains("budget"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_refused_or_unavailable_concerns_the_client() {
    for (status, kind) in [(400, ErrorKind::Login), (503, ErrorKind::Unavailable)] {
        let server = always(Reply::status(status));
        let error = count_events(&server.client_that_logs_in())
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.concerns_client()), (kind, true));
    }
}

#[tokio::test(start_paused = true)]
async fn activity_reports_the_longest_retry_wait_and_forgets_a_dropped_one() {
    let server = MemoryServer::new(|request| match request.number {
        1 => Reply::status(503).header("retry-after", "100"),
        _ => Reply::status(503).header("retry-after", "10"),
    });
    let client = server.client();
    let walk = || {
        let client = client.clone();
        tokio::spawn(async move { count_events(&client).await })
    };
    let left = || match client.activity().waiting {
        Some(Waiting::Retry {
            left,
            attempt: 2,
            of: 5,
            ..
        }) => Some(left.as_secs()),
        None => None,
        other => panic!("{other:?}"),
    };
    let long = walk();
    sleep(Duration::from_secs(1)).await;
    let short = walk();
    sleep(Duration::from_secs(1)).await;
    assert!((98..100).contains(&left().unwrap()), "{:?}", left());
    long.abort();
    yield_now().await;
    assert!((9..=10).contains(&left().unwrap()), "{:?}", left());
    short.abort();
    yield_now().await;
    assert_eq!(left(), None);
}

#[tokio::test(start_paused = true)]
async fn row_64_a_runtime_that_stands_still_during_a_retrys_wait_costs_no_deadline() {
    let server = MemoryServer::new(|request| match request.number {
        1 | 2 => Reply::status(503).header("retry-after", "10"),
        _ => session_page(&[1], request),
    });
    let policy = RetryPolicy::default().page_deadline(Duration::from_secs(30));
    let client = server.client_with(policy, RateLimit::unlimited());
    let start = Instant::now();
    let walk = tokio::spawn(async move { count_events(&client).await });
    sleep(Duration::from_secs(5)).await;
    advance(Duration::from_secs(10 * 60)).await;
    assert_eq!(walk.await.unwrap().unwrap(), 1);
    assert!(start.elapsed() > Duration::from_secs(10 * 60));
}
