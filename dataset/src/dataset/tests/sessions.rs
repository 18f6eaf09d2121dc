//! Which sessions are due, who reads them, and when they need no more requests.

use super::*;
use crate::ErrorKind;
use crate::ledger::file::SealScope;
use crate::ledger::session::{ContactEnd, Reread};

/// A dataset and a run.
fn start(root: &Path) -> Run {
    create(root).begin_run().unwrap()
}

fn ids(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.id.as_str()).collect()
}

fn totals(root: &Path) -> crate::Totals {
    open(root).status().unwrap().totals
}

fn runs_at_the_same_time_read_each_session_once_between_them() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path());
    let runs: Vec<_> = (0..10)
        .map(|_| open(folder.path()).begin_run().unwrap())
        .collect();
    let sessions: Vec<_> = (0..30).map(|n| listed(&format!("s-{n}"))).collect();
    for run in &runs {
        run.add_sessions(&sessions, None).unwrap();
    }
    let mut read = Vec::new();
    for run in runs.iter().cycle().take(100) {
        for claim in run.claim(2, hours(0)).unwrap() {
            commit(run, &claim, &["e-1"], hours(0));
            read.push(claim.id);
        }
    }
    read.sort_unstable();
    assert_eq!(read.len(), 30);
    read.dedup();
    assert_eq!(read.len(), 30);
    assert!(
        runs.iter()
            .all(|run| run.counts().unwrap().due_sessions == 0)
    );
    assert_eq!(
        open(folder.path())
            .begin_run()
            .unwrap()
            .counts()
            .unwrap()
            .due_sessions,
        30
    );
}

fn a_run_that_began_later_waits_for_what_others_hold_and_reads_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path());
    first.add_sessions(&[listed("s-1")], None).unwrap();
    let claim = claims(&first, hours(0)).remove(0);
    let second = open(folder.path()).begin_run().unwrap();
    assert!(claims(&second, hours(0)).is_empty());
    // Its read began before this run: what happened in between may be missing from it.
    assert_eq!(second.counts().unwrap().held_elsewhere, 1);
    commit(&first, &claim, &["e-1"], hours(0));
    assert_eq!(second.counts().unwrap().held_elsewhere, 0);
    assert_eq!(ids(&claims(&second, hours(0))), ["s-1"]);
    assert_eq!(first.counts().unwrap().due_sessions, 0);
}

fn what_a_dead_worker_held_is_due_from_its_last_commit_and_its_commits_fail() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path());
    first.add_sessions(&[listed("s-1")], None).unwrap();
    first.add_contacts(&["c-1".to_owned()]).unwrap();
    first.claim_contacts(1).unwrap();
    let second = open(folder.path()).begin_run().unwrap();
    let claim = claims(&first, hours(0)).remove(0);
    let mut first_batch = batch(
        &claim,
        vec![event(&first, "s-1", "e-1", hours(0))],
        Progress::Reading,
    );
    first_batch.checkpoint = Some("after e-1".to_owned());
    first.commit(&[first_batch.clone()], hours(0)).unwrap();
    assert_eq!(
        second.declare_dead().unwrap(),
        0,
        "its lock shows that it is alive"
    );
    let ledger = &second.store.ledger;
    let mut dead = ledger.live_workers().unwrap();
    dead.retain(|worker| worker.id == first.worker());
    dead[0].heartbeat -= 1;
    ledger.declare_dead(second.worker(), &dead).unwrap();
    first
        .heartbeat()
        .expect("it showed a sign of life meanwhile");
    let mut dead = ledger.live_workers().unwrap();
    dead.retain(|worker| worker.id == first.worker());
    ledger.declare_dead(second.worker(), &dead).unwrap();
    let counts = second.counts().unwrap();
    assert_eq!((counts.due_sessions, counts.due_contacts), (1, 1));
    let again = claims(&second, hours(0)).remove(0);
    assert_eq!(again.checkpoint.as_deref(), Some("after e-1"));
    assert_eq!(
        again.since_start, claim.since_start,
        "the read from the beginning continues"
    );
    assert_eq!(again.known.len(), 1);
    let dead = first.commit(&[first_batch], hours(0)).unwrap_err();
    assert_eq!(dead.kind(), ErrorKind::WorkerDead);
    for call in [
        first.heartbeat(),
        first.renew(),
        first.claim(1, hours(0)).map(drop),
    ] {
        assert_eq!(call.unwrap_err().kind(), ErrorKind::WorkerDead);
    }
    assert_eq!(totals(folder.path()).events, 1);
}

#[test]
fn a_killed_worker_is_dead_at_once_and_its_orphans_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let killed = start(folder.path());
    let live = open(folder.path()).begin_run().unwrap();
    let parts = folder.path().join("_journey-events/parts");
    let orphans = [
        format!("{}-1.part", killed.worker()),
        format!("{}-1.part", live.worker()),
    ];
    for orphan in &orphans {
        fs::write(parts.join(orphan), "x").unwrap();
    }
    let building = folder.path().join("_journey-events/building");
    fs::write(
        building.join(format!("a.ndjson.{}.building", killed.worker())),
        "x",
    )
    .unwrap();
    live.clean_up().unwrap();
    assert_eq!(
        files(&parts).len(),
        2,
        "as long as it can still commit them"
    );
    drop(killed);
    assert_eq!(live.declare_dead().unwrap(), 1);
    live.clean_up().unwrap();
    assert_eq!(files(&parts), [parts.join(&orphans[1]).to_string_lossy()]);
    assert!(files(&building).is_empty());
    assert_eq!(
        files(&folder.path().join("_journey-events/workers")).len(),
        1
    );
}

#[test]
fn a_worker_without_a_sign_of_life_or_of_another_boot_is_dead() {
    for sql in [
        "UPDATE workers SET heartbeat = heartbeat - 30500",
        "UPDATE workers SET boot_id = 'x'",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let stopped = start(folder.path());
        let ledger = folder.path().join("_journey-events/ledger.db");
        rusqlite::Connection::open(ledger)
            .unwrap()
            .execute(sql, [])
            .unwrap();
        let _live = open(folder.path()).begin_run().unwrap();
        assert_eq!(
            stopped.heartbeat().unwrap_err().kind(),
            ErrorKind::WorkerDead,
            "{sql}"
        );
    }
}

/// A reread by another process took the first claim away; the same worker then claimed the session again.
fn a_refused_claim_costs_a_newer_one_of_the_same_session_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    let older = claims(&run, hours(0)).remove(0);
    lose(folder.path(), &older);
    let newer = claims(&run, hours(0)).remove(0);
    let batches = [(&older, "e-1"), (&newer, "e-2")].map(|(claim, name)| {
        let event = event(&run, &claim.id, name, hours(0));
        batch(claim, vec![event], Progress::UpToDate)
    });
    let outcome = run.commit(&batches, hours(0)).unwrap();
    assert_eq!(
        (outcome.refused, outcome.events),
        (vec![(older.session, older.epoch)], 1)
    );
    assert_eq!(run.counts().unwrap().held_here, 0);
}

fn a_refused_session_costs_no_other_one_its_events() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1"), listed("s-2")], None)
        .unwrap();
    let claims = claims(&run, hours(0));
    lose(folder.path(), &claims[0]);
    let other = run.claim(1, hours(0)).unwrap();
    assert_eq!(ids(&other), ["s-1"]);
    let batches = claims.iter().map(|claim| {
        batch(
            claim,
            vec![event(&run, &claim.id, "e-1", hours(0))],
            Progress::UpToDate,
        )
    });
    let outcome = run.commit(&batches.collect::<Vec<_>>(), hours(0)).unwrap();
    assert_eq!(
        (outcome.refused, outcome.events),
        (vec![(claims[0].session, claims[0].epoch)], 1)
    );
    commit(&run, &other[0], &["e-1"], hours(0));
    run.seal(crate::ledger::file::SealScope::Everything)
        .unwrap();
    run.publish().unwrap();
    assert_eq!(rows(folder.path()).len(), 2);
}

fn a_backfill_of_an_old_session_settles_in_its_first_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    let claim = claims(&run, hours(1_000)).remove(0);
    let events = vec![event(&run, "s-1", "e-1", hours(0))];
    let outcome = run
        .commit(&[batch(&claim, events, Progress::UpToDate)], hours(1_000))
        .unwrap();
    assert_eq!(outcome.settled, 1);
    run.renew().unwrap();
    assert!(claims(&run, hours(1_001)).is_empty());
}

fn a_young_session_settles_by_a_second_read_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    assert_eq!(
        commit(&run, &claims(&run, hours(0))[0], &["e-1"], hours(0)).settled,
        0
    );
    run.renew().unwrap();
    let next = claims(&run, hours(23)).remove(0);
    assert!(
        next.checkpoint.is_some() && next.since_start.is_none(),
        "continues"
    );
    assert_eq!(commit(&run, &next, &[], hours(23)).settled, 0);
    run.renew().unwrap();
    let settling = claims(&run, hours(24)).remove(0);
    assert_eq!(
        (settling.checkpoint, settling.since_start),
        (None, Some(hours(24)))
    );
    assert_eq!(settling.known, [run.digest("s-1", "e-1")]);
    // A late event of an earlier date is found, and counts as news.
    let late = event(&run, "s-1", "e-0", hours(-1));
    let claim = Claim {
        checkpoint: None,
        ..claims_like(&settling.id, settling.session, settling.epoch)
    };
    let found = run
        .commit(&[batch(&claim, vec![late], Progress::UpToDate)], hours(24))
        .unwrap();
    assert_eq!(found.settled, 0);
    run.renew().unwrap();
    let next = claims(&run, hours(47)).remove(0);
    assert!(next.since_start.is_none());
    commit(&run, &next, &[], hours(47));
    run.renew().unwrap();
    let settling = claims(&run, hours(48)).remove(0);
    assert_eq!(settling.known.len(), 2);
    assert_eq!(commit(&run, &settling, &[], hours(48)).settled, 1);
}

fn claims_like(
    id: &str,
    session: crate::ledger::ids::SessionKey,
    epoch: crate::ledger::ids::Epoch,
) -> Claim {
    Claim {
        session,
        id: id.to_owned(),
        epoch,
        checkpoint: None,
        since_start: None,
        known: Vec::new(),
        is_reread: false,
        last_event: None,
        ended: None,
        events: 0,
    }
}

fn only_news_opens_a_settled_session_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    let claim = claims(&run, hours(1_000)).remove(0);
    let events = vec![
        event(&run, "s-1", "e-1", hours(0)),
        event(&run, "s-1", "e-2", hours(1)),
    ];
    run.commit(&[batch(&claim, events, Progress::UpToDate)], hours(1_000))
        .unwrap();
    let with = |last_event, event_count| Listed {
        last_event,
        event_count,
        ..listed("s-1")
    };
    let add = |listed| run.add_sessions(&[listed], None).unwrap().reopened;
    assert_eq!(add(listed("s-1")), 0);
    assert_eq!(add(with(Some(hours(1)), Some(2))), 0);
    assert_eq!(add(with(Some(hours(0)), Some(1))), 0);
    assert_eq!(add(with(Some(hours(2)), None)), 1);
    let claim = claims(&run, hours(1_000)).remove(0);
    assert_eq!((claim.checkpoint.is_none(), claim.known.len()), (true, 2));
    assert_eq!(commit(&run, &claim, &[], hours(1_000)).settled, 1);
    assert_eq!(add(with(Some(hours(2)), Some(3))), 1);
    commit(&run, &claims(&run, hours(1_000))[0], &[], hours(1_000));
    assert_eq!(
        add(with(Some(hours(2)), Some(3))),
        0,
        "reported already, and not to be had"
    );
    assert_eq!(add(with(None, Some(4))), 1);
}

fn a_reread_opens_sessions_and_knows_their_events() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1"), listed("s-2")], None)
        .unwrap();
    for claim in claims(&run, hours(0)) {
        commit(&run, &claim, &["e-1"], hours(0));
    }
    assert!(claims(&run, hours(0)).is_empty());
    let some = Reread::Sessions(vec!["s-2".to_owned(), "s-3".to_owned()]);
    assert_eq!(run.reread(&some).unwrap(), 2);
    let opened = claims(&run, hours(0));
    assert_eq!(ids(&opened), ["s-2", "s-3"]);
    assert_eq!(
        (opened[0].checkpoint.as_ref(), opened[0].known.len()),
        (None, 1)
    );
    assert_eq!(run.reread(&Reread::All).unwrap(), 3);
    assert_eq!(claims(&run, hours(0)).len(), 3);
    assert_eq!(
        commit(&run, &opened[0], &["e-2"], hours(0)).refused,
        [(opened[0].session, opened[0].epoch)]
    );
}

fn a_refused_position_restarts_the_session_with_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    commit(&run, &claims(&run, hours(0))[0], &["e-1"], hours(0));
    run.renew().unwrap();
    let claim = claims(&run, hours(1)).remove(0);
    assert!(!claim.is_reread && claim.checkpoint.is_some());
    let known = run.restart(claim.session, claim.epoch, hours(1)).unwrap();
    assert_eq!(known, Some(vec![run.digest("s-1", "e-1")]));
    lose(folder.path(), &claim);
    assert_eq!(
        run.restart(claim.session, claim.epoch, hours(1)).unwrap(),
        None
    );
    assert_eq!(claims(&run, hours(1))[0].checkpoint, None);
}

fn a_session_missing_in_three_runs_over_a_day_is_absent_and_news_of_it_open_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    for (hour, failed) in [(0, 1), (12, 1), (24, 0)] {
        let claim = claims(&run, hours(hour)).remove(0);
        run.commit(&[batch(&claim, vec![], Progress::NotFound)], hours(hour))
            .unwrap();
        assert_eq!(totals(folder.path()).failed, failed, "{hour}");
        run.renew().unwrap();
    }
    assert_eq!(totals(folder.path()).absent, 1);
    assert!(claims(&run, hours(48)).is_empty());
    let newer = Listed {
        event_count: Some(1),
        ..listed("s-1")
    };
    assert_eq!(run.add_sessions(&[newer], None).unwrap().reopened, 1);
}

fn a_failure_is_kept_with_its_reason_until_the_next_read_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    run.add_contacts(&["c-1".to_owned()]).unwrap();
    let reason = || "the server is on fire".to_owned();
    let claim = claims(&run, hours(0)).remove(0);
    run.commit(
        &[batch(&claim, vec![], Progress::Failed { reason: reason() })],
        hours(0),
    )
    .unwrap();
    let contact = run.claim_contacts(1).unwrap().remove(0);
    run.end_contact(contact.contact, &ContactEnd::Failed { reason: reason() })
        .unwrap();
    let counts = run.counts().unwrap();
    assert_eq!(
        (counts.due_sessions, counts.due_contacts),
        (0, 0),
        "not again in this run"
    );
    let failures = open(folder.path()).status().unwrap().failures;
    let failures: Vec<_> = failures
        .iter()
        .map(|failure| (&*failure.id, &*failure.reason))
        .collect();
    assert_eq!(failures, [("s-1", &*reason()), ("c-1", &*reason())]);
    run.renew().unwrap();
    commit(&run, &claims(&run, hours(0))[0], &[], hours(0));
    let contact = run.claim_contacts(1).unwrap().remove(0);
    run.end_contact(contact.contact, &ContactEnd::Listed)
        .unwrap();
    assert_eq!(totals(folder.path()).failed, 0);
}

fn a_date_to_come_does_not_keep_a_session_open_until_then() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    let claim = claims(&run, hours(0)).remove(0);
    let ahead = vec![event(&run, "s-1", "e-1", hours(10_000))];
    run.commit(&[batch(&claim, ahead, Progress::UpToDate)], hours(0))
        .unwrap();
    run.renew().unwrap();
    assert_eq!(
        commit(&run, &claims(&run, hours(24))[0], &[], hours(24)).settled,
        1
    );
}

fn a_session_without_events_settles_a_day_after_its_first_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    run.add_sessions(&[listed("s-1")], None).unwrap();
    for (hour, settled) in [(0, 0), (23, 0), (24, 1)] {
        let claim = claims(&run, hours(hour)).remove(0);
        assert_eq!(
            commit(&run, &claim, &[], hours(hour)).settled,
            settled,
            "{hour}"
        );
        run.renew().unwrap();
    }
}

/// Ledger bytes a session of 10 events, with a session's id a UUID.
#[test]
fn a_settled_session_of_ten_events_takes_at_most_200_bytes_of_the_ledger() {
    const SESSIONS: u64 = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    let id = |n: u64| {
        let [random, more] = ["a", "b"].map(|salt| run.digest(salt, &n.to_string()).0);
        let (random, more) = (u64::from_le_bytes(random), u64::from_le_bytes(more));
        format!(
            "{:08x}-{:04x}-4000-8000-{:012x}",
            random >> 32,
            random & 0xffff,
            more >> 16
        )
    };
    let sessions: Vec<_> = (0..SESSIONS).map(|n| listed(&id(n))).collect();
    run.add_sessions(&sessions, None).unwrap();
    let names: Vec<_> = (0..10).map(|n| format!("e-{n}")).collect();
    loop {
        let claims = run.claim(500, hours(1_000)).unwrap();
        if claims.is_empty() {
            break;
        }
        let events = |claim: &Claim| {
            names
                .iter()
                .map(|name| event(&run, &claim.id, name, hours(0)))
                .collect()
        };
        let batches: Vec<_> = claims
            .iter()
            .map(|claim| batch(claim, events(claim), Progress::UpToDate))
            .collect();
        assert_eq!(
            run.commit(&batches, hours(1_000)).unwrap().settled,
            claims.len() as u64
        );
    }
    run.seal(SealScope::Everything).unwrap();
    run.publish().unwrap();
    run.end().unwrap();
    drop(open(folder.path()));
    let ledger = folder.path().join("_journey-events/ledger.db");
    let bytes = fs::metadata(ledger).unwrap().len() / SESSIONS;
    eprintln!("{bytes} bytes a session");
    assert!(bytes <= 200, "{bytes}");
}

fn a_contact_missing_in_three_runs_over_a_day_is_absent_until_all_is_reread() {
    let folder = tempfile::tempdir().unwrap();
    let run = start(folder.path());
    let contacts = ["c-1".to_owned()];
    run.add_contacts(&contacts).unwrap();
    for (hour, failed) in [(0, 1), (12, 1), (24, 0)] {
        let claim = run.claim_contacts(1).unwrap().remove(0);
        let (stamp, at) = (run.stamp(), hours(hour));
        let end = ContactEnd::NotFound { run: stamp, at };
        run.end_contact(claim.contact, &end).unwrap();
        assert_eq!(run.totals().unwrap().failed, failed, "{hour}");
        run.renew().unwrap();
    }
    assert!(run.claim_contacts(1).unwrap().is_empty());
    assert_eq!(run.totals().unwrap().absent_contacts, 1);
    run.add_contacts(&contacts).unwrap();
    assert!(run.claim_contacts(1).unwrap().is_empty());
    run.reread(&Reread::All).unwrap();
    assert_eq!(run.claim_contacts(1).unwrap().len(), 1);
}

on_each_ledger!(
    runs_at_the_same_time_read_each_session_once_between_them,
    a_run_that_began_later_waits_for_what_others_hold_and_reads_it_again,
    what_a_dead_worker_held_is_due_from_its_last_commit_and_its_commits_fail,
    a_refused_claim_costs_a_newer_one_of_the_same_session_nothing,
    a_refused_session_costs_no_other_one_its_events,
    a_backfill_of_an_old_session_settles_in_its_first_read,
    a_young_session_settles_by_a_second_read_from_its_beginning,
    only_news_opens_a_settled_session_again,
    a_reread_opens_sessions_and_knows_their_events,
    a_refused_position_restarts_the_session_with_what_is_known,
    a_session_missing_in_three_runs_over_a_day_is_absent_and_news_of_it_open_it,
    a_failure_is_kept_with_its_reason_until_the_next_read_succeeds,
    a_date_to_come_does_not_keep_a_session_open_until_then,
    a_session_without_events_settles_a_day_after_its_first_read,
    a_contact_missing_in_three_runs_over_a_day_is_absent_until_all_is_reread,
);
