//! Retries under a paused clock: when the next request is sent, and when the client gives up.

use std::time::Duration;

use tokio::time::Instant;

use super::memory::{MemoryServer, Reply, count_events, page, session_page};
use crate::fetch::failure::Cause;
use crate::{Client, Error, ErrorKind, RateLimit, RetryPolicy};

/// Counts the session's events, and asserts that the client took one permit per request.
async fn count(client: &Client, server: &MemoryServer) -> Result<usize, Error> {
    let events = count_events(client).await;
    assert_eq!(client.stats().attempts, server.requests().len() as u64);
    events
}

/// A server that sends this reply first, and then a session of one event.
fn server_replying_first(reply: Reply) -> MemoryServer {
    MemoryServer::new(move |request| match request.number {
        1 => reply.clone(),
        _ => session_page(&[1], request),
    })
}

/// Asserts that the second request is sent 42 to 43 s after this reply.
async fn assert_waits_42_seconds(reply: Reply) {
    let server = server_replying_first(reply);
    assert_eq!(count(&server.client(), &server).await.unwrap(), 1);
    let retried_at = server.requests()[1].at.as_secs_f64();
    assert!((42.0..=43.0).contains(&retried_at), "{retried_at}");
}

#[tokio::test(start_paused = true)]
async fn row_31_no_request_is_sent_before_retry_after_has_passed() {
    for status in [429, 503] {
        assert_waits_42_seconds(Reply::status(status).header("retry-after", "42")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn row_32_the_seconds_in_the_body_count_if_the_header_is_missing() {
    let message = include_str!("../../../tests/fixtures/error-429.json");
    assert_waits_42_seconds(Reply::status(429).body(message)).await;
}

#[tokio::test(start_paused = true)]
async fn row_33_a_retry_after_date_is_measured_against_the_date_of_the_response() {
    for (date, until) in [
        (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:50:19 GMT",
        ),
        (
            "Wed, 31 Dec 2098 23:59:30 GMT",
            "Thu, 01 Jan 2099 00:00:12 GMT",
        ),
    ] {
        let reply = Reply::status(429).header("retry-after", until);
        assert_waits_42_seconds(reply.header("date", date)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn row_56_a_wall_clock_a_day_off_never_hangs_a_walk() {
    use std::time::SystemTime;
    let day = Duration::from_secs(24 * 3600);
    // The response has no Date and the local clock is a day behind: longer than the cap.
    let until = httpdate::fmt_http_date(SystemTime::now() + day);
    let server = server_replying_first(Reply::status(429).header("retry-after", &until));
    let error = count(&server.client(), &server).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 1)
    );
    assert!(error.retry_after().unwrap() > Duration::from_secs(23 * 3600));

    // The local clock is a day ahead: the date is in the past, so backoff applies.
    let until = httpdate::fmt_http_date(SystemTime::now() - day);
    let server = server_replying_first(Reply::status(429).header("retry-after", &until));
    assert_eq!(count(&server.client(), &server).await.unwrap(), 1);
    assert!(
        server.request_seconds()[1] < 3,
        "{:?}",
        server.request_seconds()
    );
}

#[tokio::test(start_paused = true)]
async fn row_34_an_invalid_retry_after_falls_back_to_backoff_without_a_hot_loop() {
    let values = [
        "0",
        "-1",
        "+42",
        "4.",
        "18446744073709551616",
        "42, 43",
        "",
        "soon",
    ];
    for (status, kind, attempts, longest_ms) in [
        // 7 pauses, each with up to 1 s of jitter.
        (429, ErrorKind::RateLimited, 8, 95_000 + 7_000),
        (503, ErrorKind::Unavailable, 5, 200 * 15),
    ] {
        for value in values {
            let server =
                MemoryServer::new(move |_| Reply::status(status).header("retry-after", value));
            let start = Instant::now();
            let error = count(&server.client(), &server).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (kind, attempts));
            assert_eq!(error.retry_after(), None, "{value:?}");
            let longest = Duration::from_millis(longest_ms);
            let waited = start.elapsed();
            assert!(
                !waited.is_zero() && waited <= longest,
                "{value:?}: {waited:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn row_35_a_retry_after_above_the_cap_is_an_immediate_error_with_the_seconds() {
    for (status, kind) in [(429, ErrorKind::RateLimited), (503, ErrorKind::Unavailable)] {
        let server = server_replying_first(Reply::status(status).header("retry-after", "181"));
        let error = count(&server.client(), &server).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after()),
            (kind, Some(Duration::from_secs(181)))
        );
        assert!(error.to_string().contains("retry after 181 s"), "{error}");
        assert_eq!(server.request_seconds(), [0]);
    }
}

#[tokio::test(start_paused = true)]
async fn row_35_a_wait_past_the_deadline_is_an_immediate_error() {
    let server = MemoryServer::new(|_| Reply::status(429).header("retry-after", "100"));
    let error = count(&server.client(), &server).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 3)
    );
    assert!(
        server.requests()[2].at < Duration::from_secs(203),
        "no wait after the last attempt"
    );
    assert!(error.to_string().contains("deadline"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn faults_and_throttling_are_counted_separately() {
    let server = MemoryServer::new(|_| Reply::status(503));
    let error = count(&server.client(), &server).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unavailable, 5)
    );

    let server = MemoryServer::new(|_| Reply::status(429).header("retry-after", "1"));
    let error = count(&server.client(), &server).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 8)
    );

    // One below both limits: 4 faults and 7 throttled attempts.
    let server = MemoryServer::new(|request| match request.number {
        1 | 3 | 5 | 7 => Reply::fault(Cause::Torn),
        2 | 4 | 6 | 8..=11 => Reply::status(429),
        _ => session_page(&[1], request),
    });
    assert_eq!(count(&server.client(), &server).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_is_an_error_after_one_attempt() {
    for (reply, kind) in [
        (Reply::status(400), ErrorKind::Rejected),
        (Reply::status(302), ErrorKind::Rejected),
        (Reply::status(403), ErrorKind::Forbidden),
        (Reply::status(404), ErrorKind::NotFound),
        (Reply::status(501), ErrorKind::Rejected),
        (Reply::fault(Cause::Certificate), ErrorKind::Certificate),
        (Reply::fault(Cause::TooLarge), ErrorKind::TooLarge),
        (Reply::ok("<html>"), ErrorKind::UnexpectedResponse),
        (Reply::ok("{}"), ErrorKind::UnexpectedResponse),
    ] {
        let server = server_replying_first(reply);
        let error = count(&server.client(), &server).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_not_http_is_retried_once() {
    let server = MemoryServer::new(|_| Reply::fault(Cause::Garbled));
    let error = count(&server.client(), &server).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 2));
}

#[tokio::test(start_paused = true)]
async fn truncated_json_is_retried() {
    let server = server_replying_first(Reply::ok(r#"{"entities":[{"id":"#));
    assert_eq!(count(&server.client(), &server).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_cursor_has_its_own_error_kind() {
    let server = MemoryServer::new(|request| match request.page() {
        0 => session_page(&[1, 1], request),
        _ => Reply::status(400),
    });
    let error = count(&server.client(), &server).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CursorRejected);
    assert_eq!(error.checkpoint().unwrap().cursor(), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn hanging_attempts_end_at_the_deadline() {
    let server = MemoryServer::new(|_| Reply::status(200).delayed_by(Duration::from_secs(3600)));
    let policy = RetryPolicy::default().max_attempts(100);
    let start = Instant::now();
    let client = server.client_with(policy, RateLimit::unlimited());
    let error = count(&client, &server).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        (8..=10).contains(&error.attempts()),
        "30 s each: {}",
        error.attempts()
    );
    assert!(
        start.elapsed() <= Duration::from_secs(5 * 60),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_permit_does_not_count_against_the_deadline() {
    let server = MemoryServer::new(|request| match request.number {
        1..=7 => page(&["a"], Some(request.number)),
        8 => Reply::fault(Cause::Torn),
        _ => page(&["b"], None),
    });
    let policy = RetryPolicy::default().page_deadline(Duration::from_secs(30));
    let client = server.client_with(policy, RateLimit::per_minute(1));
    assert_eq!(count(&client, &server).await.unwrap(), 8);
    assert!(client.stats().waited > Duration::from_secs(7 * 60));
}

#[tokio::test(start_paused = true)]
async fn row_37_an_exhausted_budget_stops_retries_against_a_dead_service() {
    let server = MemoryServer::new(|_| Reply::status(503));
    let client = server.client();
    let mut attempts = Vec::new();
    for _ in 0..12 {
        let error = count(&client, &server).await.unwrap_err();
        attempts.push(error.attempts());
        if error.attempts() < 5 {
            assert!(error.to_string().contains("budget"), "{error}");
        }
    }
    // 500 tokens pay for 35 retries at 14 each.
    assert_eq!(attempts, [5, 5, 5, 5, 5, 5, 5, 5, 4, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn the_budget_outlasts_a_permanently_flaky_network() {
    let server = MemoryServer::new(|request| {
        if request.number % 2 == 1 {
            Reply::fault(Cause::Torn)
        } else {
            session_page(&[1; 1_000], request)
        }
    });
    assert_eq!(count(&server.client(), &server).await.unwrap(), 1_000);
    assert_eq!(server.requests().len(), 2_000);
}

#[tokio::test(start_paused = true)]
async fn the_never_policy_makes_one_attempt() {
    for reply in [
        Reply::status(503),
        Reply::status(429),
        Reply::fault(Cause::Connect),
    ] {
        let server = server_replying_first(reply);
        let client = server.client_with(RetryPolicy::never(), RateLimit::unlimited());
        assert_eq!(count(&client, &server).await.unwrap_err().attempts(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_request_pauses_every_walk_of_the_client() {
    let server = MemoryServer::new(|request| match request.number {
        1 => Reply::status(429).header("retry-after", "42"),
        _ => session_page(&[1], request),
    });
    let client = server.client();
    let late = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        count_events(&client).await
    };
    let (early, late) = tokio::join!(count_events(&client), late);
    assert_eq!((early.unwrap(), late.unwrap()), (1, 1));
    assert!(
        server.request_seconds()[1..].iter().all(|at| *at >= 42),
        "{:?}",
        server.request_seconds()
    );
}
