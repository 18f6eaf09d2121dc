//! Row 70: extreme settings are clamped or refused, and never a panic.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::TryStreamExt;
use journey_events::{
    Client, ClientBuilder, Error, ErrorKind, RateLimit, RetryPolicy, SessionEvents,
};
use wiremock::matchers::path_regex;
use wiremock::{Mock, MockServer, ResponseTemplate};

const SESSION: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";
const DURATIONS: [Duration; 3] = [Duration::ZERO, Duration::from_nanos(1), Duration::MAX];
const NUMBERS: [u32; 3] = [0, 1, u32::MAX];

/// What an extreme value of a setting leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The walk completes.
    Works,
    /// The setting is refused before anything is sent.
    Refused,
    /// The walk ends with an error of this kind.
    Fails(ErrorKind),
}
use Outcome::{Fails, Refused, Works};

const TIMEOUT: Outcome = Fails(ErrorKind::Timeout);

fn policy() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::from_millis(1))
}

/// Longer than the shortest timer.
const DELAY: Duration = Duration::from_millis(20);

/// A service whose first response is a 503, or a 429 that names a wait, and whose session ended.
async fn service(first: ResponseTemplate) -> MockServer {
    let service = MockServer::start().await;
    let events = || Mock::given(path_regex("/events$"));
    events()
        .respond_with(first.set_delay(DELAY))
        .up_to_n_times(1)
        .mount(&service)
        .await;
    let page = r#"{"entities":[{"id":"a","eventType":"t"}]}"#;
    let page = ResponseTemplate::new(200)
        .set_body_string(page)
        .set_delay(DELAY);
    events().respond_with(page).mount(&service).await;
    let session = format!(r#"{{"id":"{SESSION}","endedDate":"2026-03-01T10:00:00Z"}}"#);
    Mock::given(path_regex(format!("/{SESSION}$")))
        .respond_with(ResponseTemplate::new(200).set_body_string(session))
        .mount(&service)
        .await;
    service
}

/// Counts panics, also those of tasks that nothing awaits.
fn panics() -> usize {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            default(panic);
        }));
    });
    PANICS.load(Ordering::Relaxed)
}

/// Builds a client and walks a session with it.
async fn walk(
    first: ResponseTemplate,
    settings: impl FnOnce(ClientBuilder) -> ClientBuilder,
    request: impl FnOnce(SessionEvents) -> SessionEvents,
) -> Outcome {
    assert_eq!(panics(), 0);
    let service = service(first).await;
    let builder = Client::builder()
        .base_url(service.uri())
        .access_token("t")
        .rate_limit(RateLimit::unlimited())
        .retry_policy(policy());
    let client = match settings(builder).build() {
        Ok(client) => client,
        Err(error) => return refused(&error),
    };
    let request = request(client.session_events(SESSION));
    if let Err(error) = request.validate() {
        return refused(&error);
    }
    let events = request.stream().try_collect::<Vec<_>>().await;
    tokio::task::yield_now().await;
    assert_eq!(panics(), 0);
    match events {
        Ok(events) => {
            assert_eq!(events.len(), 1);
            Works
        }
        Err(error) => Fails(error.kind()),
    }
}

fn refused(error: &Error) -> Outcome {
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    Refused
}

fn unavailable() -> ResponseTemplate {
    ResponseTemplate::new(503)
}

async fn with_client(settings: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Outcome {
    walk(unavailable(), settings, |request| request).await
}

async fn with_policy(first: ResponseTemplate, policy: RetryPolicy) -> Outcome {
    walk(
        first,
        |builder| builder.retry_policy(policy),
        |request| request,
    )
    .await
}

#[tokio::test]
async fn row_70_extreme_timeouts_are_clamped_or_refused() {
    type Set = fn(ClientBuilder, Duration) -> ClientBuilder;
    let settings: [(Set, [Outcome; 3]); 4] = [
        // Loopback may connect before the timer fires.
        (ClientBuilder::connect_timeout, [Refused, Works, Works]),
        (ClientBuilder::read_timeout, [Refused, TIMEOUT, Works]),
        (ClientBuilder::attempt_timeout, [Refused, TIMEOUT, Works]),
        (ClientBuilder::idle_timeout, [Works, Works, Works]),
    ];
    for (number, (set, outcomes)) in settings.into_iter().enumerate() {
        for (value, expected) in DURATIONS.into_iter().zip(outcomes) {
            let outcome = with_client(|builder| set(builder, value)).await;
            let may_time_out = number == 0 && value == DURATIONS[1] && outcome == TIMEOUT;
            assert!(
                outcome == expected || may_time_out,
                "timeout {number}, {value:?}: {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn row_70_extreme_retry_policies_are_clamped_or_refused() {
    type Set = fn(RetryPolicy, Duration) -> RetryPolicy;
    let limited = Fails(ErrorKind::RateLimited);
    let unavailable_error = Fails(ErrorKind::Unavailable);
    let settings: [(Set, [Outcome; 3]); 3] = [
        (
            |policy, delay| policy.base_delay(delay).max_delay(Duration::from_millis(1)),
            [Works, Works, Works],
        ),
        (RetryPolicy::max_delay, [Works, Works, Works]),
        (RetryPolicy::page_deadline, [Refused, TIMEOUT, Works]),
    ];
    for (number, (set, outcomes)) in settings.into_iter().enumerate() {
        for (value, expected) in DURATIONS.into_iter().zip(outcomes) {
            let outcome = with_policy(unavailable(), set(policy(), value)).await;
            assert_eq!(outcome, expected, "policy {number}, {value:?}");
        }
    }
    // The longest wait of all is longer than the page may take.
    let longest = policy()
        .base_delay(Duration::MAX)
        .max_delay(Duration::MAX)
        .page_deadline(Duration::from_secs(1));
    assert_eq!(with_policy(unavailable(), longest).await, unavailable_error);

    // And with all the time in the world, it is waited for.
    let endless = longest.page_deadline(Duration::MAX);
    let waits = with_policy(unavailable(), endless);
    let waits = tokio::time::timeout(Duration::from_millis(300), waits).await;
    assert!(waits.is_err());

    let throttled = |wait: &str| ResponseTemplate::new(429).insert_header("retry-after", wait);
    for (value, wait, expected) in [
        (Duration::ZERO, "1", limited),
        (Duration::from_nanos(1), "1", limited),
        (Duration::MAX, "18446744073709551615", limited),
    ] {
        let policy = policy().max_retry_after(value).page_deadline(Duration::MAX);
        assert_eq!(with_policy(throttled(wait), policy).await, expected);
    }
}

#[tokio::test]
async fn row_70_extreme_numbers_of_attempts_and_tokens_are_taken_or_refused() {
    type Set = fn(RetryPolicy, u32) -> RetryPolicy;
    let gives_up = Fails(ErrorKind::Unavailable);
    let settings: [(Set, [Outcome; 3]); 3] = [
        (RetryPolicy::max_attempts, [Refused, gives_up, Works]),
        (RetryPolicy::max_throttled_attempts, [Refused, Works, Works]),
        (RetryPolicy::budget, [gives_up, gives_up, Works]),
    ];
    for (number, (set, outcomes)) in settings.into_iter().enumerate() {
        for (value, expected) in NUMBERS.into_iter().zip(outcomes) {
            let outcome = with_policy(unavailable(), set(policy(), value)).await;
            assert_eq!(outcome, expected, "policy {number}, {value}");
        }
    }
}

#[tokio::test]
async fn row_70_extreme_requests_are_clamped_or_refused() {
    let with = |request: fn(SessionEvents) -> SessionEvents| {
        walk(unavailable(), |builder| builder, request)
    };
    assert_eq!(with(|request| request.limit(0)).await, Refused);
    assert_eq!(with(|request| request.limit(u32::MAX)).await, Works);
    assert_eq!(with(|request| request.read_ahead(0)).await, Works);
    assert_eq!(
        with(|request| request.read_ahead(usize::MAX)).await,
        Refused
    );
    assert_eq!(
        with(|request| request.follow(Duration::ZERO)).await,
        Refused
    );

    // With the longest interval, the second page is never requested.
    let follow = with(|request| request.follow(Duration::MAX));
    let waits = tokio::time::timeout(Duration::from_millis(300), follow).await;
    assert!(waits.is_err());
}
