//! Waiters of one process, with real time.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use journey_events::{Activity, Error, ErrorKind, Permit, Quota, Waiting};
use tokio::runtime;
use tokio::time::{Instant, sleep, timeout};

use super::{House, in_every_house, open, short};
use crate::quota::{QuotaError, SharedQuota};

type Waiter = BoxFuture<'static, Result<Permit, Error>>;

const SOON: Duration = Duration::from_millis(1_500);

/// A waiter that owns its quota.
fn waiter(quota: &Arc<dyn Quota>) -> Waiter {
    let quota = Arc::clone(quota);
    Box::pin(async move { quota.permit().await })
}

/// A waiter that was polled once and not served.
fn queued(quota: &Arc<dyn Quota>) -> Waiter {
    let mut waiter = waiter(quota);
    assert!((&mut waiter).now_or_never().is_none(), "it has to wait");
    waiter
}

fn in_a_folder(per_minute: u32) -> (tempfile::TempDir, Arc<SharedQuota>) {
    let folder = tempfile::tempdir().unwrap();
    let quota = Arc::new(open(folder.path(), per_minute, short()));
    (folder, quota)
}

async fn soon(waiter: Waiter) -> Permit {
    timeout(SOON, waiter).await.expect("soon").unwrap()
}

in_every_house!(
    permits_are_granted_up_to_the_quota,
    waiters_are_served_first_in_first_out,
    a_dropped_waiter_takes_nothing,
    a_waiter_dropped_after_its_permit_was_granted_gives_it_back,
    waiters_that_are_not_polled_hold_up_the_others_only_briefly,
    a_permit_expires_unused_after_a_second,
    a_pause_holds_at_once_and_reaches_the_other_process,
    activity_reports_what_is_left_and_until_when_the_quota_is_used_up,
    dropping_the_quota_withdraws_its_number_at_once,
);

async fn permits_are_granted_up_to_the_quota(house: House) {
    let quota = house.open(3);
    let permits = [
        soon(waiter(&quota)).await,
        soon(waiter(&quota)).await,
        soon(waiter(&quota)).await,
    ];
    let mut fourth = queued(&quota);
    assert!(timeout(SOON, &mut fourth).await.is_err());
    drop(permits);
    soon(fourth).await;
}

async fn waiters_are_served_first_in_first_out(house: House) {
    let quota = house.open(1);
    let first = soon(waiter(&quota)).await;
    let (sender, mut order) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..5 {
        let (waiter, sender) = (queued(&quota), sender.clone());
        tokio::spawn(async move {
            let permit = waiter.await.unwrap();
            sender.send(number).unwrap();
            drop(permit);
        });
    }
    drop((first, sender));
    let mut served = Vec::new();
    while let Some(number) = timeout(SOON, order.recv()).await.unwrap() {
        served.push(number);
    }
    assert_eq!(served, [0, 1, 2, 3, 4]);
}

async fn a_dropped_waiter_takes_nothing(house: House) {
    let quota = house.open(1);
    let permit = soon(waiter(&quota)).await;
    let (dropped, kept) = (queued(&quota), queued(&quota));
    drop(dropped);
    drop(permit);
    let _permit = soon(kept).await;
    assert_eq!(quota.activity().permits_left, Some(0), "one is in use");
}

async fn a_waiter_dropped_after_its_permit_was_granted_gives_it_back(house: House) {
    let quota = house.open(1);
    for _ in 0..5 {
        let granted = queued(&quota);
        sleep(Duration::from_millis(20)).await;
        drop(granted);
        drop(soon(waiter(&quota)).await);
    }
}

async fn waiters_that_are_not_polled_hold_up_the_others_only_briefly(house: House) {
    let quota = house.open(1);
    let permit = soon(waiter(&quota)).await;
    let mut unpolled: Vec<_> = (0..50).map(|_| queued(&quota)).collect();
    let polled = tokio::spawn(queued(&quota));
    sleep(Duration::from_millis(20)).await;
    drop(permit);
    let permit = timeout(SOON, polled).await.expect("soon").unwrap().unwrap();
    // Their places are kept: they are still ahead of who comes later.
    let late = queued(&quota);
    assert!((&mut unpolled[7]).now_or_never().is_none());
    sleep(Duration::from_millis(20)).await;
    drop(permit);
    let permit = soon(unpolled.remove(7)).await;
    drop(permit);
    soon(late).await;
}

#[test]
fn a_runtime_that_is_idle_or_gone_holds_up_nobody() {
    runtimes_hold_up_nobody(&House::folder());
}

#[test]
fn a_runtime_that_is_idle_or_gone_holds_up_nobody_in_a_database() {
    if let Some(house) = House::database() {
        runtimes_hold_up_nobody(&house);
    }
}

fn runtimes_hold_up_nobody(house: &House) {
    let quota = house.open(1);
    let runtime = || {
        runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let (idle, gone, current) = (runtime(), runtime(), runtime());
    let permit = current.block_on(soon(waiter(&quota)));
    for other in [&idle, &gone] {
        let waiter = waiter(&quota);
        other.block_on(async {
            tokio::spawn(waiter);
            tokio::task::yield_now().await;
        });
    }
    // Was waiting on a runtime that then ended.
    let mut moved = waiter(&quota);
    gone.block_on(async {
        assert!(
            timeout(Duration::from_millis(20), &mut moved)
                .await
                .is_err()
        );
    });
    drop(gone);
    drop(permit);
    drop(current.block_on(soon(moved)));
    drop(idle);
    current.block_on(soon(waiter(&quota)));
}

async fn a_permit_expires_unused_after_a_second(house: House) {
    let quota = house.open(5);
    let permit = soon(waiter(&quota)).await;
    assert!(
        format!("{permit:?}").contains("valid_for: 99"),
        "{permit:?}"
    );
}

async fn a_pause_holds_at_once_and_reaches_the_other_process(house: House) {
    let one = house.open(5);
    let other = house.open(5);
    let start = Instant::now();
    one.pause(Duration::from_millis(800));
    assert!(matches!(
        one.activity().waiting,
        Some(Waiting::RetryAfter(_))
    ));
    sleep(Duration::from_millis(50)).await;
    let (mine, others) = tokio::join!(waiter(&one), waiter(&other));
    drop((mine.unwrap(), others.unwrap()));
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(800), "{waited:?}");
    assert!(waited < Duration::from_millis(1_500), "{waited:?}");
    one.pause(Duration::MAX);
    // Without a request of its own, it looks once a second.
    sleep(SOON).await;
    let activity: Activity = other.activity();
    assert!(
        matches!(activity.waiting, Some(Waiting::RetryAfter(_))),
        "{activity:?}"
    );
}

async fn activity_reports_what_is_left_and_until_when_the_quota_is_used_up(house: House) {
    let quota = house.open(2);
    assert_eq!(quota.activity().permits_left, Some(2));
    assert_eq!(quota.activity().waiting, None);
    let permits = [soon(waiter(&quota)).await, soon(waiter(&quota)).await];
    sleep(Duration::from_millis(20)).await;
    let activity = quota.activity();
    assert_eq!(activity.permits_left, Some(0));
    match activity.waiting {
        Some(Waiting::Quota(left)) => assert!(left <= Duration::from_secs(3), "{left:?}"),
        other => panic!("{other:?}"),
    }
    drop(permits);
}

#[tokio::test]
async fn a_file_that_breaks_later_fails_the_requests_with_its_name() {
    let (_folder, quota) = in_a_folder(5);
    let breaker = rusqlite::Connection::open(quota.path()).unwrap();
    breaker.execute_batch("DROP TABLE slot").unwrap();
    let error = timeout(SOON, quota.permit()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("quota-"), "{error}");
}

async fn dropping_the_quota_withdraws_its_number_at_once(house: House) {
    let low = house.open(1);
    let high = house.open(3);
    let _permit = soon(waiter(&high)).await;
    let second = queued(&high);
    drop(low);
    soon(second).await;
}

#[test]
fn a_quota_without_a_usable_folder_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let one = std::num::NonZeroU32::MIN;
    for place in [file.clone(), file.join("below"), "/proc/nowhere".into()] {
        let error = SharedQuota::open_in(&place, "name", one).unwrap_err();
        assert!(matches!(error, QuotaError::Open { .. }), "{error:?}");
        assert!(
            error.to_string().contains(place.to_str().unwrap()),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn every_file_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("state");
    let quota: Arc<dyn Quota> = Arc::new(open(&folder, 5, short()));
    soon(waiter(&quota)).await;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().collect();
    assert!(files.len() >= 2, "the file and its log");
    for file in files {
        assert_eq!(mode(&file.path()), 0o600, "{file:?}");
    }
}

#[test]
fn debug_shows_the_file_and_no_name() {
    let (_folder, quota) = in_a_folder(5);
    let text = format!("{quota:?}");
    assert!(
        text.contains("quota-") && !text.contains("\"name\""),
        "{text}"
    );
}
