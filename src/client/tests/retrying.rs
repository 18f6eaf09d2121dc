//! Retries under a paused clock: when the next request goes out, and what ends them.

use std::time::Duration;

use futures::TryStreamExt;
use tokio::time::Instant;

use super::memory::{Memory, Reply, page, session};
use super::session::SESSION;
use crate::fetch::failure::Cause;
use crate::{Client, Error, ErrorKind, RateLimit, RetryPolicy};

/// Walks a session; the oracle of every test here: as many permits as requests on the wire.
async fn count(client: &Client, memory: &Memory) -> Result<usize, Error> {
    let events = client
        .session_events(SESSION)
        .stream()
        .try_collect::<Vec<_>>()
        .await;
    assert_eq!(client.stats().attempts, memory.asked().len() as u64);
    Ok(events?.len())
}

fn seconds(memory: &Memory) -> Vec<u64> {
    memory
        .asked()
        .iter()
        .map(|asked| asked.at.as_secs())
        .collect()
}

/// A service whose first request gets one reply and all others a session of one event.
fn first(reply: Reply) -> Memory {
    Memory::new(move |asked| match asked.number {
        1 => reply.clone(),
        _ => session(&[1], asked),
    })
}

/// The second request goes out when 42 s are over, and at most a second later.
async fn waits_42_seconds(reply: Reply) {
    let memory = first(reply);
    assert_eq!(count(&memory.client(), &memory).await.unwrap(), 1);
    let second = memory.asked()[1].at.as_secs_f64();
    assert!((42.0..=43.0).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn row_31_nothing_goes_out_before_retry_after() {
    for status in [429, 503] {
        waits_42_seconds(Reply::status(status).header("retry-after", "42")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn row_32_without_the_header_the_seconds_in_the_body_count() {
    let message = include_str!("../../../tests/fixtures/error-429.json");
    waits_42_seconds(Reply::status(429).body(message)).await;
}

#[tokio::test(start_paused = true)]
async fn row_33_a_date_is_measured_against_the_answers_own_however_far_off_that_clock_is() {
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
        waits_42_seconds(reply.header("date", date)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn row_56_a_wall_clock_that_is_a_day_off_makes_no_walk_hang() {
    use std::time::SystemTime;
    let day = Duration::from_hours(24);
    // The date alone, against a clock that is a day behind: longer than is waited out.
    let until = httpdate::fmt_http_date(SystemTime::now() + day);
    let memory = first(Reply::status(429).header("retry-after", &until));
    let error = count(&memory.client(), &memory).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 1)
    );
    assert!(error.retry_after().unwrap() > Duration::from_hours(23));

    // And against one that is a day ahead: past, so backoff decides.
    let until = httpdate::fmt_http_date(SystemTime::now() - day);
    let memory = first(Reply::status(429).header("retry-after", &until));
    assert_eq!(count(&memory.client(), &memory).await.unwrap(), 1);
    assert!(seconds(&memory)[1] < 3, "{:?}", seconds(&memory));
}

#[tokio::test(start_paused = true)]
async fn row_34_what_is_no_retry_after_leaves_backoff_and_no_hot_loop() {
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
            let memory = Memory::new(move |_| Reply::status(status).header("retry-after", value));
            let start = Instant::now();
            let error = count(&memory.client(), &memory).await.unwrap_err();
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
async fn row_35_a_retry_after_above_the_cap_is_an_error_at_once_with_the_seconds_in_it() {
    for (status, kind) in [(429, ErrorKind::RateLimited), (503, ErrorKind::Unavailable)] {
        let memory = first(Reply::status(status).header("retry-after", "181"));
        let error = count(&memory.client(), &memory).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after()),
            (kind, Some(Duration::from_secs(181)))
        );
        assert!(error.to_string().contains("retry after 181 s"), "{error}");
        assert_eq!(seconds(&memory), [0]);
    }
}

#[tokio::test(start_paused = true)]
async fn row_35_a_wait_past_the_deadline_is_an_error_at_once() {
    let memory = Memory::new(|_| Reply::status(429).header("retry-after", "100"));
    let error = count(&memory.client(), &memory).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 3)
    );
    assert!(
        memory.asked()[2].at < Duration::from_secs(203),
        "no wait after the last"
    );
    assert!(error.to_string().contains("deadline"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn faults_and_throttling_are_counted_apart() {
    let memory = Memory::new(|_| Reply::status(503));
    let error = count(&memory.client(), &memory).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unavailable, 5)
    );

    let memory = Memory::new(|_| Reply::status(429).header("retry-after", "1"));
    let error = count(&memory.client(), &memory).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 8)
    );

    // 4 faults and 7 times throttled, and then it comes.
    let memory = Memory::new(|asked| match asked.number {
        1 | 3 | 5 | 7 => Reply::fault(Cause::Torn),
        2 | 4 | 6 | 8..=11 => Reply::status(429),
        _ => session(&[1], asked),
    });
    assert_eq!(count(&memory.client(), &memory).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_new_attempt_can_not_cure_is_an_error_after_one() {
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
        let memory = first(reply);
        let error = count(&memory.client(), &memory).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_http_is_tried_once_more() {
    let memory = Memory::new(|_| Reply::fault(Cause::Garbled));
    let error = count(&memory.client(), &memory).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 2));
}

#[tokio::test(start_paused = true)]
async fn json_that_ends_early_is_a_torn_body_and_tried_again() {
    let memory = first(Reply::ok(r#"{"entities":[{"id":"#));
    assert_eq!(count(&memory.client(), &memory).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_cursor_is_named_as_such() {
    let memory = Memory::new(|asked| match asked.page() {
        0 => session(&[1, 1], asked),
        _ => Reply::status(400),
    });
    let error = count(&memory.client(), &memory).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CursorRejected);
    assert_eq!(error.checkpoint().unwrap().cursor(), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_attempts_that_hang() {
    let memory = Memory::new(|_| Reply::status(200).after(Duration::from_hours(1)));
    let policy = RetryPolicy::default().max_attempts(100);
    let start = Instant::now();
    let client = memory.client_with(policy, RateLimit::unlimited());
    let error = count(&client, &memory).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        (8..=10).contains(&error.attempts()),
        "30 s each: {}",
        error.attempts()
    );
    assert!(
        start.elapsed() <= Duration::from_mins(5),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_permit_does_not_count_against_the_deadline() {
    let memory = Memory::new(|asked| match asked.number {
        1..=7 => page(&["a"], Some(asked.number)),
        8 => Reply::fault(Cause::Torn),
        _ => page(&["b"], None),
    });
    let policy = RetryPolicy::default().page_deadline(Duration::from_secs(30));
    let client = memory.client_with(policy, RateLimit::per_minute(1));
    assert_eq!(count(&client, &memory).await.unwrap(), 8);
    assert!(client.stats().waited > Duration::from_mins(7));
}

#[tokio::test(start_paused = true)]
async fn row_37_the_budget_leaves_a_dead_service_alone() {
    let memory = Memory::new(|_| Reply::status(503));
    let client = memory.client();
    let mut attempts = Vec::new();
    for _ in 0..12 {
        let error = count(&client, &memory).await.unwrap_err();
        attempts.push(error.attempts());
        if error.attempts() < 5 {
            assert!(error.to_string().contains("budget"), "{error}");
        }
    }
    // 500 tokens are 35 retries of 14.
    assert_eq!(attempts, [5, 5, 5, 5, 5, 5, 5, 5, 4, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn the_budget_survives_a_flaky_network_for_ever() {
    let memory = Memory::new(|asked| {
        if asked.number % 2 == 1 {
            Reply::fault(Cause::Torn)
        } else {
            session(&[1; 1_000], asked)
        }
    });
    assert_eq!(count(&memory.client(), &memory).await.unwrap(), 1_000);
    assert_eq!(memory.asked().len(), 2_000);
}

#[tokio::test(start_paused = true)]
async fn never_means_one_attempt() {
    for reply in [
        Reply::status(503),
        Reply::status(429),
        Reply::fault(Cause::Connect),
    ] {
        let memory = first(reply);
        let client = memory.client_with(RetryPolicy::never(), RateLimit::unlimited());
        assert_eq!(count(&client, &memory).await.unwrap_err().attempts(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn one_throttled_request_holds_back_all_who_share_the_client() {
    let memory = Memory::new(|asked| match asked.number {
        1 => Reply::status(429).header("retry-after", "42"),
        _ => session(&[1], asked),
    });
    let client = memory.client();
    let late = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        client
            .session_events(SESSION)
            .stream()
            .try_collect::<Vec<_>>()
            .await
    };
    let early = client
        .session_events(SESSION)
        .stream()
        .try_collect::<Vec<_>>();
    let (early, late) = tokio::join!(early, late);
    assert_eq!((early.unwrap().len(), late.unwrap().len()), (1, 1));
    assert!(
        seconds(&memory)[1..].iter().all(|at| *at >= 42),
        "{:?}",
        seconds(&memory)
    );
}
