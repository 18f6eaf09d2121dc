//! The path of an event: claimed, committed, sealed, published.

use super::*;
use crate::ledger::file::SealScope;

#[test]
fn an_event_gets_from_a_claim_into_a_published_file() {
    let folder = tempfile::tempdir().unwrap();
    let run = create(folder.path()).begin_run().unwrap();
    run.add_sessions(&[listed("s-1"), listed("s-2")], None)
        .unwrap();
    let claims = run.claim(10, hours(0)).unwrap();
    assert_eq!(claims.len(), 2);
    for claim in &claims {
        let events = vec![
            event(&run, &claim.id, "e-1", hours(-1)),
            event(&run, &claim.id, "e-2", hours(0)),
        ];
        let outcome = run
            .commit(&[batch(claim, events, Progress::UpToDate)], hours(0))
            .unwrap();
        assert_eq!((outcome.events, outcome.settled), (2, 0));
    }
    assert!(
        rows(folder.path()).is_empty(),
        "nothing shows before it is published"
    );
    assert_eq!(run.seal(SealScope::FullFiles).unwrap(), 0);
    assert_eq!(run.seal(SealScope::Everything).unwrap(), 1);
    let published = run.publish().unwrap();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].rows, 4);
    assert_eq!(rows(folder.path()).len(), 4);
    assert_eq!(
        fs::read_dir(folder.path().join("_journey-events/parts"))
            .unwrap()
            .count(),
        0
    );
    assert_eq!(
        fs::read_dir(folder.path().join("_journey-events/building"))
            .unwrap()
            .count(),
        0
    );
    let counts = run.counts().unwrap();
    assert_eq!(counts, crate::Counts::default());
    run.end().unwrap();
    let status = open(folder.path()).status().unwrap();
    assert!(status.is_complete());
    assert_eq!(
        (status.totals.rows, status.totals.events, status.totals.open),
        (4, 4, 2)
    );
    assert!(status.workers.is_empty());
}
