//! Quotas with real time, and a server that comes and goes.

#![allow(clippy::print_stdout, reason = "a measurement prints its results")]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use journey_events::{Permit, Quota};
use tokio::time::{Instant, sleep, timeout};

use crate::error::ErrorKind;
use crate::postgres::test_server::{Database, Proxy};
use crate::postgres::{PostgresUrl, init};
use crate::quota::PostgresQuota;
use crate::quota::rules::Rules;

const SOON: Duration = Duration::from_millis(1_500);

/// A period of two seconds and the margin, so that tests needn't wait for a minute.
fn short() -> Rules {
    Rules {
        period: Duration::from_secs(2 + 1),
        ..Rules::default()
    }
}

fn database() -> Option<Database> {
    let database = Database::create()?;
    init(database.url()).unwrap();
    Some(database)
}

fn open(url: &PostgresUrl, per_minute: u32) -> Arc<PostgresQuota> {
    let per_minute = NonZeroU32::new(per_minute).unwrap();
    Arc::new(PostgresQuota::with_rules(url, "name", per_minute, short()).unwrap())
}

async fn soon(quota: &PostgresQuota) -> Permit {
    timeout(SOON, quota.permit()).await.expect("soon").unwrap()
}

async fn is_refused(quota: &PostgresQuota, during: Duration) {
    assert!(timeout(during, quota.permit()).await.is_err(), "a permit");
}

#[tokio::test]
async fn permits_are_granted_up_to_the_quota_to_all_together() {
    let Some(database) = database() else { return };
    let (one, other) = (open(database.url(), 3), open(database.url(), 3));
    let permits = [soon(&one).await, soon(&other).await, soon(&one).await];
    is_refused(&one, Duration::from_millis(300)).await;
    let mut waiting = other.permit();
    assert!((&mut waiting).now_or_never().is_none());
    sleep(Duration::from_millis(50)).await;
    drop(permits);
    timeout(SOON, waiting).await.expect("soon").unwrap();
    assert_eq!(other.processes(), 2);
    assert_eq!(one.outage(), None);
}

#[tokio::test]
async fn connections_that_are_cut_delay_permits_and_fail_none() {
    let Some(database) = database() else { return };
    let quota = open(database.url(), 1_000);
    for _ in 0..5 {
        soon(&quota).await;
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    }
    soon(&quota).await;
}

#[tokio::test]
async fn while_the_database_cannot_be_reached_requests_wait_and_then_continue() {
    let Some(database) = database() else { return };
    let proxy = Proxy::start(database.url());
    let quota = open(proxy.url(), 1_000);
    soon(&quota).await;
    proxy.refuse();
    let waiting = tokio::spawn({
        let quota = Arc::clone(&quota);
        async move { quota.permit().await }
    });
    is_refused(&quota, Duration::from_secs(1)).await;
    let outage = quota.outage().expect("it says so");
    assert!(outage.lasts >= Duration::from_millis(500), "{outage:?}");
    assert!(outage.cause.contains("postgres://"), "{outage:?}");
    proxy.accept();
    timeout(Duration::from_secs(6), waiting)
        .await
        .expect("it is back")
        .unwrap()
        .unwrap();
    assert_eq!(quota.outage(), None);
}

#[tokio::test]
async fn a_permit_that_took_too_long_to_arrive_is_not_used() {
    let Some(database) = database() else { return };
    let proxy = Proxy::start(database.url());
    let quota = open(proxy.url(), 1_000);
    drop(soon(&quota).await);
    // Half of its validity is spent on the way.
    proxy.delay(Duration::from_millis(500));
    let permit = timeout(Duration::from_secs(4), quota.permit())
        .await
        .unwrap()
        .unwrap();
    let shown = format!("{permit:?}");
    let (_, valid_for) = shown.split_once("valid_for: ").unwrap();
    let (millis, _) = valid_for.split_once('.').unwrap();
    let millis: u32 = millis.parse().unwrap();
    assert!((1..=500).contains(&millis), "{shown}");
    drop(permit);
    // All of it.
    proxy.delay(Duration::from_millis(1_100));
    is_refused(&quota, Duration::from_secs(4)).await;
    proxy.delay(Duration::ZERO);
    timeout(Duration::from_secs(4), quota.permit())
        .await
        .expect("again")
        .unwrap();
}

#[tokio::test]
async fn a_killed_process_frees_nothing_too_early() {
    let Some(database) = database() else { return };
    let proxy = Proxy::start(database.url());
    let (killed, quota) = (open(proxy.url(), 4), open(database.url(), 4));
    let mut kept = Vec::new();
    for _ in 0..4 {
        kept.push(soon(&killed).await);
    }
    // Its requests are under way, and nothing is heard of it any longer.
    proxy.refuse();
    let since = Instant::now();
    timeout(Duration::from_secs(10), quota.permit())
        .await
        .unwrap()
        .unwrap();
    let waited = since.elapsed();
    assert!(waited >= short().period, "{waited:?}");
    assert!(waited < short().period + short().beat * 3, "{waited:?}");
}

#[test]
fn a_url_that_cannot_work_is_an_error_at_once() {
    let Some(database) = Database::create() else {
        return;
    };
    let open = |url: &PostgresUrl| PostgresQuota::open(url, "name", NonZeroU32::MIN).unwrap_err();
    let missing = open(database.url());
    assert_eq!(missing.kind(), ErrorKind::DatabaseSchema, "{missing}");
    assert!(missing.to_string().contains("ledger init"), "{missing}");
    init(database.url()).unwrap();
    let refused = open(&database.url_of_plain_role());
    assert_eq!(refused.kind(), ErrorKind::DatabaseRefused, "{refused}");
}

#[tokio::test]
async fn the_permissions_that_the_schema_names_are_enough() {
    let Some(database) = database() else { return };
    let url = database.url_of_plain_role();
    let (role, _) = url.to_string()["postgres://".len()..]
        .split_once('@')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let schema = crate::postgres::schema_sql();
    let grants = schema
        .lines()
        .filter_map(|line| line.strip_prefix("--     GRANT "));
    for grant in grants {
        let grant = grant.replace("loader", &role);
        database.execute(&format!("GRANT {grant}"));
    }
    drop(soon(&open(&url, 5)).await);
}

#[test]
fn debug_shows_the_database_and_no_name() {
    let Some(database) = database() else { return };
    let text = format!("{:?}", open(database.url(), 5));
    assert!(
        text.contains("postgres://") && !text.contains("\"name\""),
        "{text}"
    );
    let names = "SELECT count(*) FROM journey_events.quota_known WHERE name LIKE '%name%'";
    assert_eq!(database.number(names), 0, "a digest");
}

/// Run with `cargo test --release -p journey-events-dataset --lib -- --ignored eighty_permits --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and the machine should be idle"]
async fn eighty_permits_a_second_of_four_processes() {
    let Some(database) = database() else { return };
    let rules = Rules {
        interval: Duration::ZERO,
        ..Rules::default()
    };
    let quota = NonZeroU32::new(1_000_000).unwrap();
    let mut tasks = Vec::new();
    for seed in 1..5_u64 {
        let url = database.url().clone();
        let quota = Arc::new(PostgresQuota::with_rules(&url, "name", quota, rules).unwrap());
        tasks.push(tokio::spawn(async move {
            let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut times = Vec::new();
            for _ in 0..400 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                // 50 ms on average: 20 a second of each.
                sleep(Duration::from_millis(random % 101)).await;
                let start = Instant::now();
                let permit = quota.permit().await.unwrap();
                times.push(start.elapsed());
                drop(permit);
            }
            times
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 100];
    println!(
        "\npermits: median {:.2?}, 99th percentile {:.2?}",
        at(50),
        at(99)
    );
    assert!(at(50) <= Duration::from_millis(2), "{:?}", at(50));
    assert!(at(99) <= Duration::from_millis(15), "{:?}", at(99));
}
