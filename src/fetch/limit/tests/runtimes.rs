//! Real runtimes that share a limiter while one of them is idle, blocked or gone.

use std::sync::mpsc::channel;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;

const HANG: Duration = Duration::from_secs(10);
/// More than the delays of unpolled tickets on a busy machine, less than one without passing them over.
const SOON: Duration = Duration::from_secs(1);

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn multi_thread() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_time().build().unwrap()
}

/// Spawns waiters that have been polled once, each of them.
fn queue_waiters(runtime: &Runtime, limiter: &Arc<dyn Quota>, number: usize) {
    runtime.block_on(async {
        for _ in 0..number {
            tokio::spawn(queued(limiter));
        }
    });
}

/// How long so many requests take.
fn requests(runtime: &Runtime, limiter: &Arc<dyn Quota>, number: usize) -> Duration {
    runtime.block_on(async {
        let start = Instant::now();
        let mut all = JoinSet::new();
        for _ in 0..number {
            let limiter = Arc::clone(limiter);
            all.spawn(async move { request(&limiter).await });
        }
        timeout(HANG, all.join_all()).await.expect("no hang");
        start.elapsed()
    })
}

#[test]
fn row_61_three_hundred_waiters_of_an_idle_runtime_delay_those_of_another_by_less_than_a_second() {
    for other in [current_thread(), multi_thread()] {
        let limiter = limiter(RateLimit::per_minute(300).burst(600));
        // No slot is free while the waiters queue, however long that takes.
        let permit = || waiter(&limiter).now_or_never().unwrap().unwrap();
        let held: Vec<_> = (0..300).map(|_| permit()).collect();
        let idle = current_thread();
        queue_waiters(&idle, &limiter, 300);
        drop(held);
        let took = requests(&other, &limiter, 300);
        assert!(took <= SOON, "{took:?}");
        assert_eq!(limiter.activity().permits_left, Some(0));
    }
}

#[test]
fn row_61_a_runtime_that_is_shut_down_leaves_its_places_to_others() {
    for (gone, other) in [
        (current_thread(), multi_thread()),
        (multi_thread(), current_thread()),
    ] {
        let period = Duration::from_millis(300);
        let limit = RateLimit::per_minute(2).per_second(1_000);
        let limiter: Arc<dyn Quota> = Arc::new(Limiter::with_period(limit, period).unwrap());
        let (sent, held) = channel();
        gone.block_on(async {
            // Two requests that are on their way, and waiters behind them.
            for _ in 0..2 {
                let (limiter, sent) = (Arc::clone(&limiter), sent.clone());
                tokio::spawn(async move {
                    let mut permit = limiter.permit().await.unwrap();
                    permit.sent();
                    sent.send(()).unwrap();
                    std::future::pending::<()>().await;
                    drop(permit);
                });
            }
            tokio::task::yield_now().await;
        });
        held.iter().take(2).for_each(drop);
        queue_waiters(&gone, &limiter, 50);
        drop(gone);
        let took = requests(&other, &limiter, 2);
        assert!(took < period + SOON, "{took:?}");
    }
}

#[test]
fn row_61_a_runtime_that_is_blocked_with_the_head_hardly_delays_another() {
    let limiter = limiter(RateLimit::per_minute(21).burst(50));
    let permit = || waiter(&limiter).now_or_never().unwrap().unwrap();
    let held: Vec<_> = (0..21).map(|_| permit()).collect();
    let (blocked, has_blocked) = channel();
    let (unblock, until) = channel::<()>();
    let waits = Arc::clone(&limiter);
    let thread = std::thread::spawn(move || {
        current_thread().block_on(async {
            let waiter = tokio::spawn(queued(&waits));
            blocked.send(()).unwrap();
            let _ = until.recv_timeout(HANG);
            waiter.await.unwrap().unwrap();
        });
    });
    has_blocked.recv().unwrap();
    drop(held);
    let took = requests(&current_thread(), &limiter, 20);
    assert!(took <= SOON, "{took:?}");
    unblock.send(()).unwrap();
    thread.join().unwrap();
}

#[test]
fn a_waiter_may_move_to_another_runtime_when_its_own_has_gone() {
    let limiter = limiter(RateLimit::per_minute(1));
    let held = waiter(&limiter).now_or_never();
    let gone = current_thread();
    let mut waiter = waiter(&limiter);
    gone.block_on(async { assert!((&mut waiter).now_or_never().is_none()) });
    drop(gone);
    drop(held);
    let permit = current_thread().block_on(async { timeout(HANG, waiter).await });
    drop(permit.unwrap().unwrap());
}
