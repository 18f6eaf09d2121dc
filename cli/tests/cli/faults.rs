//! Exports from a faulty service.

use std::time::Duration;

use journey_events_emulator::{Emulator, Fault, SessionInfo};

use crate::support::program::events;

#[tokio::test]
async fn an_export_survives_every_kind_of_fault() {
    let builder = Emulator::builder().sessions(2).events(400);
    let truth = builder.clone().start().await.unwrap();
    let faulty = builder
        .fault(Fault::status(503).every(5).retry_after(0))
        .fault(Fault::cut().every(7))
        .fault(Fault::stall(Duration::from_millis(50)).every(3));
    let faulty = faulty.start().await.unwrap();
    let ids: Vec<_> = truth.sessions().iter().map(SessionInfo::id).collect();
    let arguments = [&ids[..], &["--limit", "40"]].concat();
    let expected = events(truth.base_url(), &arguments).await;
    let ended = events(faulty.base_url(), &arguments).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout, expected.stdout);
    assert!(faulty.requests() > truth.requests());
}
