//! What only a ring in a database has to get right, at made-up times.

use std::time::Duration;

use journey_events::Settled;

use super::process::{Process, database};
use crate::clock::BootTime;
use crate::postgres::test_server::Database;
use crate::quota::ring::{News, Presence, Reply, Settlement};

const PERIOD: u64 = 61_000;

fn at(millis: u64) -> BootTime {
    BootTime::BOOT.plus(Duration::from_secs(3600) + Duration::from_millis(millis))
}

fn wanting(wanted: usize) -> News<'static> {
    News {
        presence: Presence::Here,
        settlements: &[],
        paused_until: BootTime::BOOT,
        wanted,
    }
}

fn process(database: &Database, id: i64, quota: u32) -> Process {
    Process::start(database, "name", id, quota)
}

fn take(process: &mut Process, wanted: usize, now: BootTime) -> Reply {
    process.report(&wanting(wanted), now)
}

fn count(reply: &Reply) -> usize {
    reply.slots.len()
}

#[test]
fn a_client_that_is_new_starts_at_once_and_others_do_not_concern_it() {
    let Some(database) = database() else { return };
    let mut one = process(&database, 1, 1);
    assert_eq!(count(&take(&mut one, 1, at(0))), 1);
    let mut other = Process::start(&database, "another", 1, 1);
    assert_eq!(count(&take(&mut other, 1, at(0))), 1);
    assert_eq!(count(&take(&mut one, 1, at(0))), 0);
}

#[test]
fn after_a_restart_nothing_is_granted_for_a_period_from_its_start() {
    let Some(database) = database() else { return };
    let mut one = process(&database, 1, 5);
    take(&mut one, 1, at(0));
    // The server's start is real: as if the last exchange had been with the server before that.
    database.execute(
        "UPDATE journey_events.quota_clients
         SET started = started - interval '1 day', at = 'epoch', paced = 'epoch'",
    );
    let started = start_of_server(&database);
    let since = |millis| at_server(started).plus(Duration::from_millis(millis));
    let early = take(&mut one, 1, since(PERIOD - 1));
    assert_eq!((count(&early), early.view.free), (0, 0));
    assert_eq!(early.next, Some(since(PERIOD)));
    assert_eq!(early.view.full_until, since(PERIOD));
    assert_eq!(count(&take(&mut one, 1, since(PERIOD))), 1);
}

/// The server's start, in microseconds on the made-up clock. It is long before 2030.
fn start_of_server(database: &Database) -> i64 {
    database.number(
        "SELECT (extract(epoch FROM pg_postmaster_start_time() - timestamptz '2030-01-01') * 1000000)::bigint",
    )
}

fn at_server(micros: i64) -> BootTime {
    BootTime::from_nanos(micros * 1_000)
}

#[test]
fn after_a_failover_nothing_is_granted_for_a_period_from_the_first_exchange() {
    let Some(database) = database() else { return };
    let (mut one, mut other) = (process(&database, 1, 5), process(&database, 2, 5));
    take(&mut one, 1, at(0));
    database.execute("UPDATE journey_events.quota_clients SET timeline = '0000002A'");
    let early = take(&mut one, 1, at(100_000));
    assert_eq!((count(&early), early.next), (0, Some(at(100_000 + PERIOD))));
    assert_eq!(count(&take(&mut other, 1, at(100_000 + PERIOD - 1))), 0);
    assert_eq!(count(&take(&mut one, 1, at(100_000 + PERIOD))), 1);
}

#[test]
fn without_timelines_each_restart_may_be_a_failover() {
    let Some(database) = database() else { return };
    database.execute(
        "CREATE OR REPLACE FUNCTION journey_events.quota_timeline() RETURNS text LANGUAGE sql AS $$ SELECT '' $$",
    );
    let mut one = process(&database, 1, 5);
    assert_eq!(count(&take(&mut one, 1, at(0))), 1);
    assert_eq!(count(&take(&mut one, 1, at(10_000))), 1);
    database
        .execute("UPDATE journey_events.quota_clients SET started = started - interval '1 day'");
    let early = take(&mut one, 1, at(100_000));
    assert_eq!((count(&early), early.next), (0, Some(at(100_000 + PERIOD))));
    assert_eq!(count(&take(&mut one, 1, at(100_000 + PERIOD))), 1);
}

#[test]
fn a_server_that_does_not_name_its_timeline_grants_permits() {
    let Some(database) = database() else { return };
    let role = database.url_of_plain_role().to_string();
    let role = role
        .split_once("//")
        .unwrap()
        .1
        .split_once('@')
        .unwrap()
        .0
        .to_owned();
    database.execute(&format!(
        "REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC;
         GRANT USAGE ON SCHEMA journey_events TO {role};
         GRANT ALL ON ALL TABLES IN SCHEMA journey_events TO {role};
         ALTER FUNCTION journey_events.quota_exchange OWNER TO {role}"
    ));
    let mut one = process(&database, 1, 5);
    assert_eq!(count(&take(&mut one, 1, at(0))), 1);
    assert_eq!(
        database.number("SELECT count(*) FROM journey_events.quota_clients WHERE timeline = ''"),
        1
    );
}

/// Nobody has permits that such a process could have forgotten.
#[test]
fn a_first_exchange_that_never_arrived_costs_no_wait() {
    let Some(database) = database() else { return };
    let mut one = process(&database, 1, 5);
    let _ = one.member.request(&wanting(1), at(0));
    assert_eq!(count(&take(&mut one, 1, at(10))), 1);
    // One that was answered had a ring.
    database.execute("TRUNCATE journey_events.quota_clients, journey_events.quota_known");
    assert_eq!(count(&take(&mut one, 1, at(20))), 0);
}

#[test]
fn a_ring_that_a_crash_emptied_is_silent_for_a_period() {
    let Some(database) = database() else { return };
    let mut one = process(&database, 1, 5);
    take(&mut one, 3, at(0));
    database.execute(
        "TRUNCATE journey_events.quota_clients, journey_events.quota_members, journey_events.quota_slots",
    );
    // Another process, which has no exchange behind it, doesn't take it for new either.
    let mut other = process(&database, 2, 5);
    assert_eq!(count(&take(&mut other, 1, at(1_000))), 0);
    assert_eq!(count(&take(&mut one, 1, at(1_000 + PERIOD - 1))), 0);
    assert_eq!(count(&take(&mut other, 1, at(1_000 + PERIOD))), 1);
}

#[test]
fn a_clock_that_is_set_back_makes_it_silent_and_not_for_ever() {
    let Some(database) = database() else { return };
    let mut one = process(&database, 1, 5);
    take(&mut one, 5, at(3_600_000));
    assert_eq!(count(&take(&mut one, 1, at(0))), 0);
    assert_eq!(count(&take(&mut one, 1, at(PERIOD - 1))), 0);
    assert_eq!(
        count(&take(&mut one, 1, at(PERIOD))),
        0,
        "they are under way"
    );
    let mut other = process(&database, 2, 10);
    assert_eq!(
        count(&take(&mut other, 1, at(PERIOD + 10))),
        0,
        "the lowest counts"
    );
    assert_eq!(count(&take(&mut other, 1, at(PERIOD + 5_011))), 1);
}

#[test]
fn permits_of_an_answer_that_never_arrived_are_free_again() {
    let Some(database) = database() else { return };
    let mut one = process(&database, 1, 3);
    let kept = take(&mut one, 1, at(0));
    assert_eq!(count(&kept), 1);
    // The ring grants two, and the answer is lost.
    let mut lost = process(&database, 1, 3);
    lost.member = one.member;
    take(&mut lost, 2, at(10));
    let mut again = process(&database, 1, 3);
    again.member.skip_to(1, 2);
    let reply = take(&mut again, 3, at(20));
    assert_eq!(count(&reply), 2, "one is still under way");
    assert_eq!(reply.slots[0].number, 1);
}

#[test]
fn an_exchange_that_was_overtaken_changes_nothing() {
    let Some(database) = database() else { return };
    let mut one = process(&database, 1, 5);
    take(&mut one, 1, at(0));
    one.member.skip_to(1, 5);
    assert_eq!(count(&take(&mut one, 1, at(10))), 1);
    // One that was delayed on its way arrives.
    one.member.skip_to(1, 3);
    let error = one.try_report(&wanting(2), at(20)).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "40001");
    one.member.skip_to(2, 6);
    assert_eq!(take(&mut one, 0, at(30)).view.free, 3);
}

#[test]
fn a_settlement_that_is_reported_twice_counts_once() {
    let Some(database) = database() else { return };
    let mut one = process(&database, 1, 1);
    let slot = take(&mut one, 1, at(0)).slots[0];
    let settlement = Settlement {
        slot,
        settled: Settled::Answered,
        at: at(500),
    };
    let news = News {
        settlements: &[settlement],
        ..wanting(1)
    };
    one.report(&news, at(500));
    let reply = one.report(&news, at(900));
    let frees = at(60_550);
    assert_eq!((count(&reply), reply.next), (0, Some(frees)));
    assert_eq!(count(&one.report(&news, frees)), 1, "it is free by then");
}

#[test]
fn a_pause_does_not_grow_by_being_told_to_and_fro() {
    let Some(database) = database() else { return };
    let (mut one, mut other) = (process(&database, 1, 5), process(&database, 2, 5));
    let latency = Duration::from_millis(50);
    (one.latency, other.latency) = (latency, latency);
    let news = |until| News {
        paused_until: until,
        ..wanting(1)
    };
    // As the ring has it: it was told 50 ms later.
    let ends = at(30_050);
    let mut known = [at(30_000), BootTime::BOOT];
    for second in 0..30 {
        for (process, known) in [&mut one, &mut other].into_iter().zip(&mut known) {
            let reply = process.report(&news(*known), at(second * 1_000));
            *known = reply.view.paused_until.max(*known);
            assert!(*known <= ends, "{known:?}");
            assert_eq!(reply.next, Some(ends.plus(latency)), "{second}");
        }
    }
    assert_eq!(count(&one.report(&news(known[0]), at(30_000))), 1);
}

#[test]
fn a_greedy_process_that_is_always_first_leaves_the_others_their_share() {
    let Some(database) = database() else { return };
    let mut greedy = process(&database, 1, 1_000);
    let mut modest: Vec<_> = (2..5).map(|id| process(&database, id, 1_000)).collect();
    let (mut of_greedy, mut of_modest) = (0, [0; 3]);
    // One permit each 20 ms. Each is there when it was told to be, the greedy one 1 ms before the others.
    take(&mut greedy, 10, at(0));
    for tick in 1..400 {
        let now = tick * 20;
        of_greedy += count(&take(&mut greedy, 500, at(now)));
        for (process, taken) in modest.iter_mut().zip(&mut of_modest) {
            *taken += count(&take(process, 1, at(now + 1)));
        }
    }
    let all = of_greedy + of_modest.iter().sum::<usize>();
    assert!(all >= 380, "the pace is kept: {all} of 400");
    for taken in of_modest {
        assert!(taken * 5 >= all, "{of_greedy} and {of_modest:?}");
    }
}

#[test]
fn a_process_that_was_to_come_and_does_not_delays_the_others_briefly() {
    let Some(database) = database() else { return };
    let (mut stopped, mut other) = (process(&database, 1, 1_000), process(&database, 2, 1_000));
    take(&mut other, 10, at(0));
    // It is told to come at 20 ms, and never does.
    assert_eq!(take(&mut stopped, 1, at(1)).next, Some(at(20)));
    let kept = take(&mut other, 2, at(25));
    assert_eq!(count(&kept), 0, "it is kept for the other");
    assert_eq!(kept.next, Some(at(40)), "and the next one isn't");
    assert_eq!(count(&take(&mut other, 2, at(40))), 1);
    assert_eq!(count(&take(&mut other, 1, at(121))), 1);
    assert_eq!(
        count(&take(&mut other, 9, at(250))),
        9,
        "nothing is kept any longer"
    );
}

/// Many processes that all take at once, from a ring of 20, without a pace; how many permits they got.
fn scramble(database: &Database) -> usize {
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..12)
            .map(|id| {
                scope.spawn(move || {
                    let mut process = process(database, id, 20);
                    process.member.rules.interval = Duration::ZERO;
                    let mut taken = 0;
                    for _ in 0..10 {
                        taken += count(&take(&mut process, 1, at(0)));
                    }
                    taken
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    })
}

#[test]
fn many_at_once_get_no_more_than_the_quota_thanks_to_the_lock() {
    let Some(database) = database() else { return };
    assert_eq!(scramble(&database), 20);
    // The control: permits counted by a plain query. It must fail, or the test shows nothing.
    let Some(database) = database_without_lock() else {
        return;
    };
    let taken = scramble(&database);
    assert!(taken > 20, "{taken} without the lock");
}

fn database_without_lock() -> Option<Database> {
    let database = database()?;
    let text = crate::postgres::schema_sql();
    let unlocked = text.replace("name = p_name FOR UPDATE", "name = p_name");
    assert_ne!(text, unlocked);
    // Long enough for others to count meanwhile. The clock is made up again.
    let slow = unlocked.replace(
        "granted := GREATEST(granted, 0);",
        "granted := GREATEST(granted, 0); PERFORM pg_sleep(0.002);",
    );
    let (_, function) = slow.split_once("-- Reports what a process did").unwrap();
    let (function, _) = function.split_once("REVOKE").unwrap();
    database.execute(&format!("-- {function}"));
    Some(database)
}
