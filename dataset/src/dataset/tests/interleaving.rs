//! Two processes at once, stopped and killed between any two steps, in many orders.
//!
//! One thread a process; only one runs at a time, and at each fault point a random one continues. A kill
//! unwinds a thread from the point it is at; the process then starts again. A lapse of a lease declares the
//! other process dead while it lives. The controls leave out one rule each and must be seen to fail.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

use super::wrapped::{Rule, Wrapped};
use super::*;
use crate::error::{ErrorKind, Result};
use crate::fault;
use crate::ledger::file::SealScope;
use crate::ledger::ids::WorkerId;
use crate::ledger::session::Reread;

const SESSIONS: [&str; 2] = ["s-1", "s-2"];
const EVENTS: usize = 2;

/// What unwinds in place of a kill.
struct Kill;
/// What unwinds once another thread found a fault.
struct Over;

/// Two processes, and which of them runs.
struct World {
    root: PathBuf,
    /// In place of the folder.
    bucket: Option<places::World>,
    without: Option<Rule>,
    turns: Mutex<Turns>,
    changed: Condvar,
}

struct Turns {
    turn: usize,
    ended: [bool; 2],
    workers: [Option<WorkerId>; 2],
    /// Workers of processes that were killed.
    killed: Vec<WorkerId>,
    kills: u32,
    lapses: u32,
    seed: u64,
    fault: Option<String>,
}

impl Turns {
    fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed >> 11) % below
    }
}

impl World {
    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap()
    }

    fn random(&self, below: u64) -> u64 {
        self.turns().random(below)
    }

    /// Lets a random process continue, and returns when this one may.
    fn pass(&self, me: usize, to_other: u64) {
        let mut turns = self.turns();
        let other = 1 - me;
        if turns.random(100) < to_other && !turns.ended[other] {
            turns.turn = other;
            self.changed.notify_all();
        }
        while turns.turn != me && turns.fault.is_none() {
            turns = self.changed.wait(turns).unwrap();
        }
        if turns.fault.is_some() {
            drop(turns);
            resume_unwind(Box::new(Over));
        }
    }

    fn fail(&self, fault: impl Into<String>) -> ! {
        self.turns().fault.get_or_insert(fault.into());
        self.changed.notify_all();
        resume_unwind(Box::new(Over))
    }

    /// What a reader lists. Without the rule, that is also what is being built.
    fn listed(&self) -> Vec<String> {
        if let Some(bucket) = &self.bucket {
            return bucket.rows();
        }
        let mut listed = rows(&self.root);
        if self.without == Some(Rule::BuildOutside) {
            for path in files(&self.root.join("_journey-events/building")) {
                let text = std::fs::read_to_string(path).unwrap();
                listed.extend(text.lines().map(str::to_owned));
            }
        }
        listed
    }

    fn at_point(&self, me: usize, name: &str) {
        let rows = self.listed();
        if rows.iter().collect::<HashSet<_>>().len() != rows.len() {
            self.fail(format!("doubled in what a reader lists, at {name}"));
        }
        let mut turns = self.turns();
        if turns.kills > 0 && turns.random(20) == 0 {
            turns.kills -= 1;
            let killed = turns.workers[me].take();
            turns.killed.extend(killed);
            drop(turns);
            resume_unwind(Box::new(Kill));
        }
        drop(turns);
        self.pass(me, 40);
    }

    /// Declares the other process dead although it lives, as if its lease had lapsed.
    fn maybe_lapse(&self, me: usize, run: &Run) -> Result<()> {
        let mut turns = self.turns();
        let lapses = turns.lapses > 0 && turns.random(5) == 0;
        if let Some(other) = turns.workers[1 - me].filter(|_| lapses) {
            turns.lapses -= 1;
            drop(turns);
            let mut live = run.store.ledger.live_workers()?;
            live.retain(|worker| worker.id == other);
            run.store.ledger.declare_dead(run.worker(), &live)?;
            run.clean_up()?;
        }
        Ok(())
    }

    /// Lets the leases of killed processes end, where these are recognized by their leases alone.
    fn end_leases(&self, run: &Run) -> Result<()> {
        let killed = self.turns().killed.clone();
        let mut live = run.store.ledger.live_workers()?;
        live.retain(|worker| killed.contains(&worker.id));
        run.store.ledger.declare_dead(run.worker(), &live)?;
        run.clean_up()
    }

    fn open(&self) -> Dataset {
        let (dataset, file) = match &self.bucket {
            Some(bucket) => (bucket.open(), bucket.folder.path().join("ledger.db")),
            None => (
                open(&self.root),
                self.root.join("_journey-events/ledger.db"),
            ),
        };
        match self.without {
            Some(rule) => dataset.wrap_ledger(|ledger| Box::new(Wrapped::new(ledger, rule, file))),
            None => dataset,
        }
    }

    /// A process: reads what is due, publishes all, and returns only when nothing is left to do.
    fn run_once(&self, me: usize) -> Result<()> {
        let run = self.open().begin_run()?;
        self.turns().workers[me] = Some(run.worker());
        self.end_leases(&run)?;
        run.add_sessions(&SESSIONS.map(listed), None)?;
        if self.random(4) == 0 {
            run.reread(&Reread::All)?;
        }
        loop {
            self.maybe_lapse(me, &run)?;
            for claim in run.claim(1, hours(0))? {
                fault::point("test:claimed");
                read(&run, &claim)?;
            }
            self.maybe_lapse(me, &run)?;
            let counts = run.counts()?;
            if counts.due_sessions > 0 && self.random(2) == 0 {
                continue;
            }
            run.seal(SealScope::Everything)?;
            run.publish()?;
            let mut counts = run.counts()?;
            if self.without == Some(Rule::RepeatPublish) {
                counts.unpublished = 0;
            }
            if counts == crate::Counts::default() {
                break;
            }
            self.pass(me, 100);
            run.declare_dead()?;
            self.end_leases(&run)?;
            run.clean_up()?;
        }
        let found = match &self.bucket {
            Some(bucket) => bucket.rows().len(),
            None => rows(&self.root).len(),
        };
        if found != SESSIONS.len() * EVENTS {
            self.fail(format!("ended with {found} rows published"));
        }
        run.end()
    }

    fn process(self: &Arc<Self>, me: usize) {
        self.pass(me, 0);
        loop {
            let world = Arc::clone(self);
            let hook = move |name: &'static str| world.at_point(me, name);
            let run = || fault::with_hook(hook, || self.run_once(me));
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(Ok(())) => break,
                Ok(Err(error)) if error.kind() == ErrorKind::WorkerDead => {}
                Ok(Err(error)) => self.fail(error.to_string()),
                Err(panic) if panic.is::<Kill>() => {}
                Err(panic) => {
                    if !panic.is::<Over>() {
                        self.turns().fault.get_or_insert("panicked".to_owned());
                        self.changed.notify_all();
                    }
                    resume_unwind(panic)
                }
            }
        }
        let mut turns = self.turns();
        turns.ended[me] = true;
        turns.workers[me] = None;
        turns.turn = 1 - me;
        self.changed.notify_all();
    }
}

/// Reads a session to its end, an event a commit.
fn read(run: &Run, claim: &Claim) -> Result<()> {
    let mut at = claim
        .checkpoint
        .as_deref()
        .map_or(0, |checkpoint| checkpoint.parse().unwrap());
    let known: HashSet<_> = claim.known.iter().collect();
    loop {
        let (mut events, mut progress) = (Vec::new(), Progress::UpToDate);
        if at < EVENTS {
            let event = event(run, &claim.id, &format!("e-{at}"), hours(-1));
            events.extend(Some(event).filter(|event| !known.contains(&event.digest)));
            at += 1;
            progress = Progress::Reading;
        }
        let ended = progress == Progress::UpToDate;
        let mut batch = batch(claim, events, progress);
        batch.checkpoint = Some(at.to_string());
        let outcome = run.commit(&[batch], hours(0))?;
        if ended || !outcome.refused.is_empty() {
            return Ok(());
        }
    }
}

/// Runs two processes on a bucket in the order that `seed` gives. Returns what went wrong.
fn fault_of_bucket(seed: u64, without: Option<Rule>) -> Option<String> {
    let bucket = places::World::in_memory();
    drop(bucket.create());
    let root = bucket.folder.path().to_owned();
    fault_in(root, Some(bucket), seed, without)
}

/// Runs two processes in the order that `seed` gives. Returns what went wrong.
fn fault_of(seed: u64, without: Option<Rule>) -> Option<String> {
    let folder = match PathBuf::from("/dev/shm") {
        memory if memory.is_dir() => tempfile::tempdir_in(memory),
        _ => tempfile::tempdir(),
    };
    let folder = folder.unwrap();
    create(folder.path());
    fault_in(folder.path().to_owned(), None, seed, without)
}

fn fault_in(
    root: PathBuf,
    bucket: Option<places::World>,
    seed: u64,
    without: Option<Rule>,
) -> Option<String> {
    let mut turns = Turns {
        turn: 0,
        ended: [false; 2],
        workers: [None; 2],
        killed: Vec::new(),
        kills: 2,
        lapses: 2,
        seed: (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        fault: None,
    };
    turns.turn = usize::from(turns.random(2) == 0);
    let world = Arc::new(World {
        root,
        bucket,
        without,
        turns: Mutex::new(turns),
        changed: Condvar::new(),
    });
    let threads = [0, 1].map(|me| {
        let world = Arc::clone(&world);
        thread::spawn(move || world.process(me))
    });
    for thread in threads {
        drop(thread.join());
    }
    world.turns().fault.take()
}

/// Fewer orders on PostgreSQL, where each step takes longer.
fn seeds() -> u64 {
    let seeds = std::env::var("SEEDS").map(|seeds| seeds.parse().unwrap());
    seeds.unwrap_or(if ledgers::is_postgres(Path::new("")) {
        20
    } else {
        300
    })
}

fn no_order_of_steps_kills_and_lapsed_leases_loses_or_doubles_an_event() {
    for seed in 0..seeds() {
        assert_eq!(fault_of(seed, None), None, "seed {seed}");
    }
}

#[test]
fn no_order_loses_or_doubles_an_event_in_a_bucket() {
    let seeds = std::env::var("SEEDS").map_or(100, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        assert_eq!(fault_of_bucket(seed, None), None, "seed {seed}");
    }
}

#[test]
fn the_search_finds_what_a_missing_rule_breaks_in_a_bucket() {
    for rule in [Rule::Fence, Rule::RepeatPublish] {
        must_find(rule, fault_of_bucket);
    }
}

fn the_search_finds_what_a_missing_rule_breaks() {
    for rule in [Rule::Fence, Rule::BuildOutside, Rule::RepeatPublish] {
        must_find(rule, fault_of);
    }
}

#[test]
fn the_search_finds_what_a_missing_rule_of_sealing_and_cleaning_up_breaks() {
    for rule in [Rule::SealAtomically, Rule::OrphansOfDead] {
        must_find(rule, fault_of);
    }
}

fn must_find(rule: Rule, fault_of: fn(u64, Option<Rule>) -> Option<String>) {
    let found = (0..3_000).find_map(|seed| fault_of(seed, Some(rule)).map(|fault| (seed, fault)));
    let (seed, fault) = found.unwrap_or_else(|| panic!("without {rule:?}, nothing was found"));
    eprintln!("without {rule:?}: seed {seed}: {fault}");
}

on_each_ledger!(
    no_order_of_steps_kills_and_lapsed_leases_loses_or_doubles_an_event,
    the_search_finds_what_a_missing_rule_breaks,
);
