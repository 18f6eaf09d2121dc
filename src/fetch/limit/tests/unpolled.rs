//! Waiters that nobody polls: they take nothing, and hardly delay the others.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use futures::future::{pending, poll_fn};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::*;

const GRACE: Duration = Duration::from_millis(100);

/// A limiter whose only slot is in use.
async fn used_up() -> Arc<dyn Quota> {
    let limiter = limiter(RateLimit::per_minute(1));
    request(&limiter).await;
    limiter
}

#[tokio::test(start_paused = true)]
async fn a_head_that_misses_its_slot_delays_the_next_by_100_ms() {
    let limiter = used_up().await;
    // It looks at its place until shortly before its slot, and then no more.
    let mut unpolled = queued(&limiter);
    let next = tokio::spawn({
        let limiter = Arc::clone(&limiter);
        async move { wait_of_request(&limiter).await }
    });
    for _ in 0..59 {
        sleep(Duration::from_millis(1_010)).await;
        assert!((&mut unpolled).now_or_never().is_none());
    }
    assert_eq!(next.await.unwrap(), SLOT + GRACE);
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_nobody_polls_for_two_seconds_is_passed_over_before_its_slot() {
    let limiter = used_up().await;
    let unpolled = queued(&limiter);
    assert_eq!(wait_of_request(&limiter).await, SLOT);
    drop(unpolled);
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_was_passed_over_has_its_place_back_once_it_is_polled() {
    let limiter = used_up().await;
    let mut unpolled = queued(&limiter);
    let mut live = JoinSet::new();
    for _ in 0..3 {
        let limiter = Arc::clone(&limiter);
        live.spawn(async move {
            request(&limiter).await;
            Instant::now()
        });
    }
    live.join_next().await;
    // Two are left, which were behind it.
    assert!((&mut unpolled).now_or_never().is_none());
    unpolled.await.unwrap().answered();
    let third = Instant::now();
    for served in live.join_all().await {
        assert!(served > third);
    }
}

#[tokio::test(start_paused = true)]
async fn row_61_unpolled_waiters_delay_as_many_others_by_less_than_a_second() {
    for interleaved in [false, true] {
        let limiter = limiter(RateLimit::default());
        limiter.pause(Duration::from_secs(1));
        let mut unpolled = Vec::new();
        let mut live = JoinSet::new();
        let start = Instant::now();
        for _ in 0..300 {
            unpolled.push(queued(&limiter));
            let limiter = Arc::clone(&limiter);
            live.spawn(async move {
                request(&limiter).await;
                Instant::now()
            });
            if interleaved {
                tokio::task::yield_now().await;
            }
        }
        let last = live.join_all().await.into_iter().max().unwrap() - start;
        let ideal = Duration::from_millis(1_000 + 290 * 20);
        assert!(last <= ideal + GRACE * 3, "{last:?}");
        assert_eq!(limiter.activity().permits_left, Some(0), "the live ones'");
    }
}

#[tokio::test(start_paused = true)]
async fn row_61_waiters_that_stop_being_polled_delay_the_others_by_less_than_a_second() {
    for seed in 0..50 {
        let mut random = fastrand::Rng::with_seed(seed);
        let limiter = limiter(RateLimit::unlimited().per_second(20).burst(1));
        let start = Instant::now();
        limiter.pause(Duration::from_secs(5));
        let mut live = JoinSet::new();
        for _ in 0..100 {
            if random.bool() {
                let mut waiter = waiter(&limiter);
                let stop = Duration::from_millis(random.u64(..5_000));
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(stop, &mut waiter).await;
                    // It keeps its place, and isn't polled any more.
                    pending::<()>().await;
                    drop(waiter);
                });
            } else {
                let limiter = Arc::clone(&limiter);
                live.spawn(async move { request(&limiter).await });
            }
        }
        let waiting = u32::try_from(live.len()).unwrap();
        live.join_all().await;
        let ideal = Duration::from_secs(5) + Duration::from_millis(51) * (waiting - 1);
        let took = start.elapsed();
        assert!(
            took <= ideal + Duration::from_secs(1),
            "seed {seed}: {took:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn row_63_sixteen_waiters_that_nobody_polls_take_no_permit() {
    let limiter = limiter(RateLimit::per_minute(20));
    limiter.pause(Duration::from_secs(1));
    let mut unpolled: Vec<_> = (0..16).map(|_| queued(&limiter)).collect();
    for round in 0..16 {
        assert_eq!(limiter.activity().permits_left, Some(20 - round));
        sleep(Duration::from_secs(1)).await;
        let permit = (&mut unpolled[round as usize]).now_or_never();
        let mut permit = permit.expect("a permit in the first poll").unwrap();
        permit.sent();
        permit.answered();
    }
    assert_eq!(limiter.activity().permits_left, Some(4));
}

#[tokio::test(start_paused = true)]
async fn waiters_look_about_once_a_second() {
    let limiter = used_up().await;
    let polls = Arc::new(AtomicU32::new(0));
    let mut waiters = JoinSet::new();
    for _ in 0..100 {
        let (mut waiter, polls) = (waiter(&limiter), Arc::clone(&polls));
        waiters.spawn(poll_fn(move |cx| {
            polls.fetch_add(1, Relaxed);
            waiter.as_mut().poll(cx).map(drop)
        }));
    }
    sleep(Duration::from_secs(60)).await;
    let polls = polls.load(Relaxed);
    assert!((5_900..=6_200).contains(&polls), "{polls}");
}
