//! First in, first out, whoever leaves; and a pause applies to everyone.

use tokio::sync::mpsc::unbounded_channel;
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

use super::*;

#[tokio::test(start_paused = true)]
async fn row_36_waiters_are_served_first_in_first_out() {
    let limiter = limiter(RateLimit::per_minute(3).burst(1));
    let (served, mut order) = unbounded_channel();
    for number in 0..20 {
        let (limiter, served) = (Arc::clone(&limiter), served.clone());
        tokio::spawn(async move {
            request(&limiter).await;
            served.send(number).unwrap();
        });
        yield_now().await;
    }
    for expected in 0..20 {
        assert_eq!(order.recv().await, Some(expected));
    }
}

/// When each of the waiters is served, after a second in which all of them queue.
async fn served_after_a_second(waiters: usize, dropped: &[usize]) -> Vec<(usize, Duration)> {
    let limiter = limiter(RateLimit::default());
    let start = Instant::now();
    limiter.pause(Duration::from_secs(1));
    let (served, mut order) = unbounded_channel();
    let mut tasks = Vec::new();
    for number in 0..waiters {
        let (limiter, served) = (Arc::clone(&limiter), served.clone());
        tasks.push(tokio::spawn(async move {
            request(&limiter).await;
            served.send((number, start.elapsed())).unwrap();
        }));
    }
    sleep(Duration::from_millis(500)).await;
    for number in dropped {
        tasks[*number].abort();
    }
    drop(served);
    let mut all = Vec::new();
    while let Some(one) = order.recv().await {
        all.push(one);
    }
    all
}

#[tokio::test(start_paused = true)]
async fn row_65_waiters_that_are_dropped_at_once_leave_the_rest_at_the_ideal_time_and_in_order() {
    let mut numbers: Vec<usize> = (0..1_000).collect();
    fastrand::Rng::with_seed(65).shuffle(&mut numbers);
    let (dropped, kept) = numbers.split_at_mut(500);
    kept.sort_unstable();
    let served = served_after_a_second(1_000, dropped).await;
    let ideal = served_after_a_second(500, &[]).await;
    let (order, times): (Vec<_>, Vec<_>) = served.into_iter().unzip();
    assert_eq!(order, kept);
    let ideal: Vec<_> = ideal.into_iter().map(|(_, time)| time).collect();
    assert_eq!(times, ideal);
    assert!(times[499] < Duration::from_secs(69), "{:?}", times[499]);
}

#[tokio::test(start_paused = true)]
async fn row_53_a_waiter_that_is_dropped_takes_no_permit_and_moves_those_behind_it_up() {
    let limiter = limiter(RateLimit::per_minute(1));
    request(&limiter).await;
    let head = queued(&limiter);
    let behind = tokio::spawn({
        let limiter = Arc::clone(&limiter);
        async move { wait_of_request(&limiter).await }
    });
    sleep(Duration::from_secs(60)).await;
    drop(head);
    assert_eq!(behind.await.unwrap(), SLOT);
}

#[tokio::test(start_paused = true)]
async fn a_pause_applies_to_everyone_also_without_a_quota() {
    for limit in [RateLimit::default(), RateLimit::unlimited()] {
        let limiter = limiter(limit);
        limiter.pause(Duration::from_secs(42));
        limiter.pause(Duration::from_secs(7));
        assert!(limiter.activity().is_paused());
        assert_eq!(wait_of_request(&limiter).await.as_secs(), 42);
        assert_eq!(wait_of_request(&limiter).await.as_secs(), 0);
        assert!(!limiter.activity().is_paused());
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_moves_those_who_sleep_already() {
    let limiter = limiter(RateLimit::per_minute(1));
    request(&limiter).await;
    let mut waiters = JoinSet::new();
    for _ in 0..5 {
        let limiter = Arc::clone(&limiter);
        waiters.spawn(async move { wait_of_request(&limiter).await });
    }
    // The head sleeps until its slot frees.
    sleep(Duration::from_secs(60)).await;
    limiter.pause(Duration::from_secs(100));
    let mut waits = waiters.join_all().await;
    waits.sort();
    let expected = [0, 1, 2, 3, 4].map(|slots| Duration::from_secs(160) + SLOT * slots);
    assert_eq!(waits, expected);
}

#[tokio::test(start_paused = true)]
async fn row_70_a_pause_of_the_longest_duration_is_no_panic() {
    let limiter = limiter(RateLimit::unlimited());
    limiter.pause(Duration::MAX);
    let waiter = queued(&limiter);
    sleep(Duration::from_secs(3600)).await;
    drop(waiter);
    assert!(limiter.activity().is_paused());
}
