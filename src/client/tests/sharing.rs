//! Many walks of one client: they pause together, and none of them is in another's way.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, advance};

use super::memory::{Asked, Memory, Reply, session};
use super::session::SESSION;
use crate::fetch::failure::Cause;
use crate::{Client, EventStream, RateLimit, RetryPolicy};

fn stream(client: &Client) -> EventStream {
    client.session_events(SESSION).stream()
}

async fn count(client: &Client) -> usize {
    stream(client).map(Result::unwrap).count().await
}

/// No span of 60 s has more requests than the quota.
fn is_within(quota: usize, asked: &[Asked]) {
    for (index, start) in asked.iter().enumerate() {
        let minute = asked[index..]
            .iter()
            .take_while(|other| other.at < start.at + Duration::from_mins(1));
        assert!(minute.count() <= quota, "from {:?} on", start.at);
    }
}

#[tokio::test(start_paused = true)]
async fn row_36_two_hundred_tasks_that_meet_429_pause_together_and_come_back_within_the_quota() {
    // All of them are on their way before the first answer comes.
    let memory = Memory::new(|asked| match asked.number {
        1..=200 => Reply::status(429)
            .header("retry-after", "42")
            .after(Duration::from_secs(1)),
        _ => session(&[1], asked),
    });
    let limit = RateLimit::default().burst(200);
    let client = memory.client_with(RetryPolicy::default(), limit);
    let walks = (0..200).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { count(&client).await })
    });
    for events in futures::future::join_all(walks).await {
        assert_eq!(events.unwrap(), 1);
    }
    let asked = memory.asked();
    assert_eq!(asked.len(), 400);
    assert_eq!(client.stats().attempts, 400);
    assert!(
        asked[..200].iter().all(|asked| asked.at.is_zero()),
        "all 200 meet the 429"
    );
    assert!(
        asked[200].at >= Duration::from_secs(43),
        "and nothing goes out before it is over"
    );
    is_within(300, &asked);
}

#[tokio::test(start_paused = true)]
async fn row_36_who_comes_while_the_client_pauses_waits_too() {
    let memory = Memory::new(|asked| {
        if asked.at < Duration::from_secs(42) {
            let left = 42 - asked.at.as_secs();
            Reply::status(429).header("retry-after", &left.to_string())
        } else {
            session(&[1], asked)
        }
    });
    let client = memory.client_with(RetryPolicy::default(), RateLimit::default());
    let walks = (0..200).map(|_| count(&client));
    let walks = futures::future::join_all(walks).await;
    assert!(walks.into_iter().all(|events| events == 1));
    let asked = memory.asked();
    assert_eq!(client.stats().attempts, asked.len() as u64);
    let early = asked
        .iter()
        .filter(|asked| asked.at < Duration::from_secs(42))
        .count();
    assert!(early <= 10, "the burst, and then the pause holds: {early}");
    is_within(300, &asked);
}

#[tokio::test(start_paused = true)]
async fn row_53_a_stream_dropped_in_a_request_leaves_the_others_alone() {
    let memory = Memory::new(|asked| match asked.number {
        1 => session(&[1], asked).after(Duration::from_hours(1)),
        _ => session(&[1], asked),
    });
    let client = memory.client_with(RetryPolicy::default(), RateLimit::per_minute(1));
    let mut dropped = stream(&client);
    assert!(dropped.next().now_or_never().is_none());
    assert_eq!(memory.asked().len(), 1, "the request is on its way");
    drop(dropped);
    assert_eq!(count(&client).await, 1);
    assert_eq!(seconds(&memory), [0, 61]);
    assert_eq!(client.stats().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn row_53_a_stream_dropped_while_it_sleeps_before_a_retry_takes_no_permit() {
    let memory = Memory::new(|asked| match asked.number {
        1 => Reply::fault(Cause::Torn),
        _ => session(&[1], asked),
    });
    let policy = RetryPolicy::default().base_delay(Duration::from_secs(10));
    let client = memory.client_with(policy, RateLimit::per_minute(2));
    let mut dropped = stream(&client);
    while memory.asked().is_empty() {
        assert!(dropped.next().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    assert!(dropped.next().now_or_never().is_none(), "it sleeps");
    drop(dropped);
    assert_eq!(count(&client).await, 1);
    assert_eq!(
        seconds(&memory),
        [0, 0],
        "the second permit was still there"
    );
}

#[tokio::test(start_paused = true)]
async fn row_53_a_stream_dropped_while_it_waits_for_a_permit_lets_the_next_one_in() {
    let memory = Memory::new(|asked| session(&[1], asked));
    let client = memory.client_with(RetryPolicy::default(), RateLimit::per_minute(1));
    count(&client).await;
    let mut dropped = stream(&client);
    assert!(dropped.next().now_or_never().is_none());
    drop(dropped);
    count(&client).await;
    assert_eq!(seconds(&memory), [0, 61]);
    assert_eq!(client.stats().waited.as_secs(), 61);
}

fn seconds(memory: &Memory) -> Vec<u64> {
    let asked = memory.asked();
    asked.iter().map(|asked| asked.at.as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn row_57_a_machine_that_was_suspended_sends_no_burst_over_the_quota() {
    let memory = Memory::new(|asked| session(&[1; 4], asked));
    let client = memory.client_with(RetryPolicy::default(), RateLimit::per_minute(5));
    let walks: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { count(&client).await })
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(57);
    let start = Instant::now();
    while !walks.iter().all(tokio::task::JoinHandle::is_finished) {
        for _ in 0..random.usize(0..50) {
            tokio::task::yield_now().await;
        }
        // Awake for a while, and then away for a day.
        let away = [
            Duration::from_secs(random.u64(1..70)),
            Duration::from_hours(24),
        ];
        advance(away[usize::from(random.u8(0..4) == 0)]).await;
        assert!(start.elapsed() < Duration::from_hours(24 * 365), "it hangs");
    }
    for walk in walks {
        assert_eq!(walk.await.unwrap(), 4);
    }
    assert_eq!(memory.asked().len(), 40);
    is_within(5, &memory.asked());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

#[test]
fn row_58_a_runtime_shut_down_in_the_middle_of_a_wait_is_no_panic_and_the_client_goes_on() {
    let hour = Duration::from_hours(1);
    let in_a_request = |asked: &Asked| session(&[1], asked).after(Duration::from_hours(1));
    let in_a_sleep = |_: &Asked| Reply::status(503).header("retry-after", "100");
    for (place, first, quota) in [
        ("in a request", in_a_request as fn(&Asked) -> Reply, 100),
        ("in a sleep", in_a_sleep, 100),
        ("in the queue", in_a_request, 1),
    ] {
        for read_ahead in [0, 2] {
            let outage = runtime();
            let (memory, client, held) = outage.block_on(async {
                let memory = Memory::new(move |asked| match asked.number {
                    1 | 2 => first(asked),
                    _ => session(&[1], asked),
                });
                let client =
                    memory.client_with(RetryPolicy::default(), RateLimit::per_minute(quota));
                let owned = client.clone();
                tokio::spawn(async move { count(&owned).await });
                let mut held = client
                    .session_events(SESSION)
                    .read_ahead(read_ahead)
                    .stream();
                let waits = tokio::time::timeout(Duration::from_secs(20), held.next()).await;
                assert!(waits.is_err(), "{place}");
                (memory, client, held)
            });
            let before = memory.asked().len();
            assert_eq!(before, if quota == 1 { 1 } else { 2 }, "{place}");
            drop(outage);
            drop(held);

            let again = runtime();
            let counted = again.block_on(async {
                let both = async { count(&client).await + count(&client).await };
                tokio::time::timeout(hour * 2, both).await
            });
            assert_eq!(counted.unwrap(), 2, "{place}");
        }
    }
}
