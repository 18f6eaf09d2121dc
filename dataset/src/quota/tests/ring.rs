//! What the processes learn from the ring, in a file and in a database, at made-up times.

use std::fs;
use std::time::Duration;

use journey_events::Settled;

use crate::clock::BootTime;
use crate::postgres::test_server::Database;
use crate::quota::exchange::Member;
use crate::quota::postgres::tests::process;
use crate::quota::ring::{News, Presence, Reply, Settlement, Slot};
use crate::quota::rules::Rules;
use crate::quota::store::Store;

/// Where the ring is.
enum House {
    File(tempfile::TempDir),
    Database(Box<Database>),
}

/// A process.
enum Process {
    File(Box<(Store, Member)>),
    Database(Box<process::Process>),
}

fn at(millis: u64) -> BootTime {
    // Long after the boot.
    BootTime::BOOT.plus(Duration::from_secs(3600) + Duration::from_millis(millis))
}

/// Runs a test with a ring in a file, and with one in a database if there is a server.
fn everywhere(test: impl Fn(&House)) {
    test(&House::file());
    if let Some(database) = process::database() {
        test(&House::Database(Box::new(database)));
    }
}

impl House {
    fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("quota.db"), "").unwrap();
        Self::File(folder)
    }

    fn process(&self, quota: u32) -> Process {
        match self {
            Self::File(folder) => {
                let store = Store::open(&folder.path().join("quota.db")).unwrap();
                let member = Member {
                    id: store.random().unwrap(),
                    quota,
                    rules: Rules::default(),
                    next: 0,
                };
                Process::File(Box::new((store, member)))
            }
            Self::Database(database) => {
                let bytes = crate::random::bytes().unwrap();
                let id = i64::from_le_bytes(bytes[..8].try_into().unwrap());
                let process = process::Process::start(database, "name", id, quota);
                Process::Database(Box::new(process))
            }
        }
    }
}

impl Process {
    fn report(&mut self, news: &News<'_>, now: BootTime) -> Reply {
        match self {
            Self::File(process) => {
                let (store, member) = &mut **process;
                member.exchange(store, news, || now).unwrap()
            }
            Self::Database(process) => process.report(news, now),
        }
    }

    fn take(&mut self, wanted: usize, now: BootTime) -> Reply {
        let news = News {
            wanted,
            ..nothing()
        };
        self.report(&news, now)
    }

    fn beat(&mut self, now: BootTime) -> Reply {
        self.take(0, now)
    }

    fn settle(&mut self, slot: Slot, settled: Settled, at: BootTime) -> Reply {
        let settlement = Settlement { slot, settled, at };
        let news = News {
            settlements: &[settlement],
            ..nothing()
        };
        self.report(&news, at)
    }
}

fn nothing() -> News<'static> {
    News {
        presence: Presence::Here,
        settlements: &[],
        paused_until: BootTime::BOOT,
        wanted: 0,
    }
}

#[test]
fn two_processes_have_one_quota_and_one_pace_between_them() {
    everywhere(|house| {
        let (mut one, mut other) = (house.process(12), house.process(12));
        assert_eq!(one.take(7, at(0)).slots.len(), 7);
        let reply = other.take(7, at(0));
        assert_eq!(reply.slots.len(), 3, "the burst is 10");
        assert_eq!(reply.next, Some(at(20)));
        assert_eq!(other.take(1, at(20)).slots.len(), 1);
        assert_eq!(one.take(2, at(40)).slots.len(), 1);
        let full = one.take(1, at(1_000));
        assert_eq!(full.slots.len(), 0);
        assert_eq!(full.next, None, "it depends on the answers");
        assert_eq!(full.view.free, 0);
    });
}

#[test]
fn a_slot_frees_for_all_when_its_permit_says() {
    for (settled, answered, frees) in [
        (Settled::NotSent, 300, 300),
        (Settled::Answered, 100, 60_150),
        (Settled::Answered, 4_000, 64_050),
        (Settled::Unanswered, 30_000, 91_000),
    ] {
        everywhere(|house| {
            let (mut one, mut other) = (house.process(1), house.process(1));
            let slot = one.take(1, at(0)).slots[0];
            one.settle(slot, settled, at(answered));
            if frees > answered {
                let early = other.take(1, at(frees - 1));
                assert!(early.slots.is_empty(), "{settled:?}");
                assert_eq!(early.next, Some(at(frees)), "{settled:?}");
                assert_eq!(early.view.full_until, at(frees), "{settled:?}");
            }
            assert_eq!(other.take(1, at(frees)).slots.len(), 1, "{settled:?}");
        });
    }
}

#[test]
fn a_request_under_way_uses_its_slot_however_long_while_its_process_lives() {
    everywhere(|house| {
        let (mut one, mut other) = (house.process(1), house.process(1));
        one.take(1, at(0));
        for second in 1..200 {
            one.beat(at(second * 1_000));
            assert!(other.take(1, at(second * 1_000)).slots.is_empty());
        }
    });
}

#[test]
fn a_killed_process_frees_its_slots_a_period_after_its_last_sign_of_life() {
    everywhere(|house| {
        let (mut killed, mut other) = (house.process(2), house.process(2));
        killed.take(2, at(0));
        killed.beat(at(5_000));
        for second in 5..=67 {
            let reply = other.take(2, at(second * 1_000));
            assert!(reply.slots.is_empty(), "{second}");
        }
        assert_eq!(other.take(2, at(67_001)).slots.len(), 2);
    });
}

#[test]
fn what_a_stopped_process_sent_counts_once_it_continues() {
    everywhere(|house| {
        let (mut stopped, mut other) = (house.process(1), house.process(1));
        let slot = stopped.take(1, at(0)).slots[0];
        let free = other.beat(at(90_000));
        assert_eq!(free.view.free, 1, "it was taken for lost");
        stopped.settle(slot, Settled::Answered, at(90_001));
        assert!(other.take(1, at(150_050)).slots.is_empty());
        assert_eq!(other.take(1, at(150_051)).slots.len(), 1);
    });
}

#[test]
fn the_lowest_quota_in_use_counts() {
    everywhere(|house| {
        let (mut high, mut low) = (house.process(8), house.process(3));
        high.take(5, at(0));
        assert_eq!(
            low.beat(at(0)).view.free,
            0,
            "more are in use than it allows"
        );
        let slots = high.take(1, at(100)).slots;
        assert!(slots.is_empty());
        // It is killed: its quota counts for five more seconds.
        assert!(high.take(1, at(5_000)).slots.is_empty());
        assert_eq!(high.take(1, at(5_001)).slots.len(), 1);
        // Another one leaves properly: its quota counts no longer, at once.
        let mut third = house.process(1);
        third.beat(at(6_000));
        assert!(high.take(1, at(6_000)).slots.is_empty());
        third.report(
            &News {
                presence: Presence::Leaving,
                ..nothing()
            },
            at(6_001),
        );
        assert_eq!(high.take(1, at(6_001)).slots.len(), 1);
    });
}

#[test]
fn with_more_in_use_than_the_lowest_quota_the_next_permit_waits_for_all_of_them() {
    everywhere(|house| {
        let mut high = house.process(3);
        for (second, slot) in high.take(3, at(0)).slots.into_iter().enumerate() {
            high.settle(slot, Settled::Answered, at(second as u64 * 1_000));
        }
        let mut low = house.process(1);
        // They free at 60.05 s, 61.05 s and 62.05 s, but the first two still leave one in use.
        assert_eq!(low.take(1, at(5_000)).next, Some(at(62_050)));
    });
}

#[test]
fn a_process_that_is_gone_leaves_its_used_slots() {
    everywhere(|house| {
        let (mut one, mut other) = (house.process(1), house.process(1));
        let slot = one.take(1, at(0)).slots[0];
        let settlement = Settlement {
            slot,
            settled: Settled::Answered,
            at: at(10),
        };
        one.report(
            &News {
                presence: Presence::Gone,
                settlements: &[settlement],
                ..nothing()
            },
            at(10),
        );
        assert!(other.take(1, at(60_059)).slots.is_empty());
        assert_eq!(other.take(1, at(60_060)).slots.len(), 1);
    });
}

#[test]
fn a_pause_is_for_all_and_the_later_end_wins() {
    everywhere(|house| {
        let (mut one, mut other) = (house.process(5), house.process(5));
        for until in [42_000, 7_000] {
            one.report(
                &News {
                    paused_until: at(until),
                    ..nothing()
                },
                at(0),
            );
        }
        let paused = other.take(1, at(41_999));
        assert!(paused.slots.is_empty());
        assert_eq!(paused.next, Some(at(42_000)));
        assert_eq!(paused.view.paused_until, at(42_000));
        assert_eq!(other.take(1, at(42_000)).slots.len(), 1);
    });
}

#[test]
fn row_70_the_largest_quota_is_a_quota() {
    everywhere(|house| {
        let mut process = house.process(u32::MAX);
        let reply = process.take(3, at(0));
        assert_eq!(reply.slots.len(), 3);
        assert_eq!(reply.view.free, u32::MAX - 3);
    });
}

#[test]
fn the_processes_that_use_the_quota_are_counted() {
    everywhere(|house| {
        let (mut first, mut second) = (house.process(10), house.process(10));
        let members = |of: &mut Process, now| of.take(0, now).view.members;
        assert_eq!(members(&mut first, at(0)), 1);
        assert_eq!(members(&mut second, at(0)), 2);
        assert_eq!(members(&mut first, at(4_000)), 2);
        // Nothing was heard of the second.
        assert_eq!(members(&mut first, at(5_001)), 1);
        let gone = News {
            presence: Presence::Leaving,
            ..nothing()
        };
        second.report(&gone, at(5_100));
        assert_eq!(members(&mut first, at(5_200)), 1);
    });
}

#[test]
fn the_quota_is_used_up_at_the_boot() {
    let house = House::file();
    let mut process = house.process(5);
    let after_boot = |millis| BootTime::BOOT.plus(Duration::from_millis(millis));
    let early = process.take(1, after_boot(2_000));
    assert!(early.slots.is_empty());
    assert_eq!(early.next, Some(after_boot(61_000)));
    assert_eq!(
        (early.view.free, early.view.full_until),
        (0, after_boot(61_000))
    );
    assert_eq!(process.take(1, after_boot(61_000)).slots.len(), 1);
}
