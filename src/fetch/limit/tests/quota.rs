//! Never over the quota, and never idle under it.

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::*;
use crate::fetch::limit::activity::{Activity, Waiting};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_fresh_window_is_used_at_the_pace_and_then_waited_out() {
    let limiter = limiter(RateLimit::default());
    let start = Instant::now();
    let mut given = Vec::new();
    for _ in 0..301 {
        request(&limiter).await;
        given.push(start.elapsed().as_secs_f64());
    }
    assert!(given[9] == 0.0, "the burst goes at once");
    assert!(
        (5.7..6.2).contains(&given[299]),
        "the rest at 50 a second: {}",
        given[299]
    );
    assert!(
        (60.05..60.1).contains(&given[300]),
        "the next window: {}",
        given[300]
    );
}

/// The largest number of arrivals in any span of 60 s.
fn most_in_a_minute(arrivals: &[Duration]) -> usize {
    let within = |(first, start): (usize, &Duration)| {
        let later = arrivals[first..].iter();
        later.take_while(|other| **other < *start + MINUTE).count()
    };
    arrivals.iter().enumerate().map(within).max().unwrap_or(0)
}

/// The largest number of arrivals in a window that begins with the first arrival after the window before.
fn most_in_a_fixed_window(arrivals: &[Duration]) -> usize {
    let (mut begin, mut count, mut most) = (None, 0, 0);
    for arrival in arrivals {
        if begin.is_none_or(|begin| *arrival >= begin + MINUTE) {
            (begin, count) = (Some(*arrival), 0);
        }
        count += 1;
        most = most.max(count);
    }
    most
}

/// One request, which may take 4 s to arrive, may never be answered, and may not be sent at all.
async fn odd_request(limiter: Arc<dyn Quota>, mut random: fastrand::Rng) -> Option<Instant> {
    sleep(Duration::from_millis(random.u64(0..240_000))).await;
    if random.u8(..10) == 0 {
        let patience = Duration::from_millis(random.u64(..90_000));
        let waited = tokio::time::timeout(patience, limiter.permit()).await;
        drop(waited);
        return None;
    }
    let mut permit = limiter.permit().await.unwrap();
    if random.u8(..10) == 0 {
        sleep(Duration::from_millis(random.u64(..2_000))).await;
        return None;
    }
    permit.sent();
    // Many arrive and are answered at once, so that nothing but the margin keeps two windows apart.
    let is_fast = random.bool();
    let mut way = |most| Duration::from_millis(if is_fast { 0 } else { random.u64(..=most) });
    sleep(way(4_000)).await;
    let arrival = Instant::now();
    sleep(way(3_000)).await;
    if random.u8(..100) == 0 {
        limiter.pause(Duration::from_secs(random.u64(..90)));
    }
    if random.bool() {
        permit.answered();
    }
    Some(arrival)
}

#[test]
fn no_window_of_the_service_has_more_arrivals_than_the_quota_however_long_requests_take_to_arrive()
{
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let quota = random.u32(1..80);
        let limit = RateLimit::per_minute(quota)
            .per_second(random.u32(1..100))
            .burst(random.u32(1..100));
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        let requests = 20 + quota * 4;
        let mut arrivals = runtime.block_on(async {
            let limiter = limiter(limit);
            let mut all = JoinSet::new();
            for _ in 0..requests {
                all.spawn(odd_request(Arc::clone(&limiter), random.fork()));
            }
            let arrivals = all.join_all().await;
            sleep(MINUTE * 2).await;
            let left = limiter.activity().permits_left;
            assert_eq!(left, Some(quota), "seed {seed}: slots are lost");
            arrivals.into_iter().flatten().collect::<Vec<_>>()
        });
        arrivals.sort();
        let start = arrivals[0];
        // By the service's clock, which may be slower than this machine's by what time servers correct at most.
        let slower = 1.0 - f64::from(random.u32(..=500)) / 1e6;
        let arrivals = arrivals
            .iter()
            .map(|arrival| (*arrival - start).mul_f64(slower));
        let arrivals: Vec<_> = arrivals.collect();
        for most in [
            most_in_a_minute(&arrivals),
            most_in_a_fixed_window(&arrivals),
        ] {
            assert!(
                most <= quota as usize,
                "seed {seed}: {most} of {quota} in a minute"
            );
        }
        assert!(arrivals.len() > requests as usize / 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slot_is_in_use_until_a_minute_after_a_late_response() {
    let limiter = limiter(RateLimit::per_minute(1));
    let mut permit = limiter.permit().await.unwrap();
    permit.sent();
    let waiter = tokio::spawn({
        let limiter = Arc::clone(&limiter);
        async move { wait_of_request(&limiter).await }
    });
    sleep(Duration::from_secs(50)).await;
    permit.answered();
    assert_eq!(waiter.await.unwrap().as_millis(), 110_050);
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_expires_returns_its_slot_to_the_next_waiter_at_once() {
    let limiter = limiter(RateLimit::per_minute(1));
    let permit = limiter.permit().await.unwrap();
    let waiter = tokio::spawn({
        let limiter = Arc::clone(&limiter);
        async move { wait_of_request(&limiter).await }
    });
    sleep(Duration::from_millis(999)).await;
    assert!(permit.is_valid());
    sleep(Duration::from_millis(251)).await;
    assert!(!permit.is_valid());
    drop(permit);
    assert_eq!(waiter.await.unwrap(), Duration::from_millis(1_250));
}

#[tokio::test(start_paused = true)]
async fn a_pace_applies_also_without_a_quota() {
    let limiter = limiter(RateLimit::unlimited().per_second(1).burst(2));
    let start = Instant::now();
    for _ in 0..12 {
        request(&limiter).await;
    }
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(limiter.activity(), Activity::default());
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_nothing_waits() {
    let limiter = limiter(RateLimit::unlimited());
    let start = Instant::now();
    for _ in 0..10_000 {
        request(&limiter).await;
    }
    assert!(start.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn row_70_the_largest_settings_are_no_panic() {
    let most = u32::MAX;
    for limit in [
        RateLimit::per_minute(most).per_second(most).burst(most),
        RateLimit::per_minute(most).per_second(1).burst(most),
        RateLimit::unlimited().per_second(most).burst(1),
    ] {
        let limiter = limiter(limit);
        for _ in 0..1_000 {
            request(&limiter).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn activity_reports_what_is_left_and_what_is_waited_for() {
    let limiter = limiter(RateLimit::per_minute(2));
    let left = |limiter: &Arc<dyn Quota>| limiter.activity().permits_left;
    assert_eq!(
        (left(&limiter), limiter.activity().waiting),
        (Some(2), None)
    );
    let mut first = limiter.permit().await.unwrap();
    first.sent();
    assert_eq!(
        (left(&limiter), limiter.activity().waiting),
        (Some(1), None)
    );
    let mut second = limiter.permit().await.unwrap();
    second.sent();
    let full = Activity {
        permits_left: Some(0),
        waiting: Some(Waiting::Quota(Duration::from_millis(60_050))),
    };
    sleep(Duration::from_secs(5)).await;
    assert_eq!(limiter.activity(), full, "both are on their way");
    first.answered();
    sleep(Duration::from_secs(1)).await;
    let waiting = limiter.activity().waiting;
    assert_eq!(waiting, Some(Waiting::Quota(Duration::from_millis(59_050))));
    limiter.pause(Duration::from_secs(3));
    let waiting = limiter.activity().waiting;
    assert_eq!(waiting, Some(Waiting::RetryAfter(Duration::from_secs(3))));
    sleep(MINUTE).await;
    assert_eq!(
        (left(&limiter), limiter.activity().waiting),
        (Some(1), None)
    );
}
