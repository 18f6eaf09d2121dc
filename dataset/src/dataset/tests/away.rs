//! Whole runs on a store that is away for a while, or hangs.

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use journey_events::{Client, RateLimit};
use journey_events_emulator::{Emulator, SessionInfo};
use tokio::sync::watch;

use super::places::World;
use super::unreliable::{Fault, Unreliable, world};
use super::*;
use crate::clock::Stopwatch;
use crate::{Ended, ErrorKind, Report, RunProgress, Sources, SyncOptions, sync};

/// A service of three sessions with two pages each.
struct Service {
    emulator: Emulator,
    client: Client,
}

impl Service {
    async fn start() -> Self {
        let emulator = Emulator::builder().sessions(3).events(250);
        let emulator = emulator.start().await.unwrap();
        let client = Client::builder()
            .base_url(emulator.base_url())
            .access_token("any")
            .rate_limit(RateLimit::unlimited())
            .build()
            .unwrap();
        Self { emulator, client }
    }

    async fn sync(
        &self,
        dataset: &Dataset,
        stop: impl Future<Output = ()>,
    ) -> crate::Result<Report> {
        let sessions = self.emulator.sessions();
        let sources = Sources {
            sessions: sessions
                .iter()
                .map(SessionInfo::id)
                .map(str::to_owned)
                .collect(),
            ..Sources::default()
        };
        let (progress, _) = watch::channel(RunProgress::default());
        let options = SyncOptions::default();
        sync(dataset, &self.client, &sources, options, stop, &progress).await
    }

    /// Checks that the dataset has every event once, after another run.
    async fn complete(&self, world: &World) {
        let report = self.sync(&world.open(), pending()).await.unwrap();
        assert_eq!(report.ended, Ended::Complete);
        let mut rows = world.rows();
        rows.dedup();
        assert_eq!((rows.len(), world.rows().len()), (750, 750));
        assert!(world.parts().is_empty());
    }
}

/// Waits until the store has seen so many puts, and so many requests that failed or hang.
async fn seen(store: &Unreliable, puts: u64, failed: u64) {
    let mut seen = store.seen.subscribe();
    let is_seen = |seen: &(u64, u64)| seen.0 >= puts && seen.1 >= failed;
    seen.wait_for(is_seen).await.unwrap();
}

#[tokio::test]
async fn a_run_waits_for_a_store_that_is_away_and_loses_nothing() {
    let (service, (world, store)) = (Service::start().await, world(Fault::None));
    let dataset = world.create();
    store.set(Fault::Puts);
    let back = async {
        // More than are repeated for a command that someone waits for.
        seen(&store, 0, 5).await;
        store.set(Fault::None);
    };
    let run = async { service.sync(&dataset, pending()).await.unwrap() };
    let (report, ()) = tokio::join!(run, back);
    assert_eq!((report.ended, report.events), (Ended::Complete, 750));
    assert!(world.state().contains(&"last-run.json".to_owned()));
    service.complete(&world).await;
}

#[tokio::test]
async fn a_report_that_cannot_be_kept_does_not_hold_up_the_end() {
    let (service, (world, store)) = (Service::start().await, world(Fault::Reports));
    let report = service.sync(&world.create(), pending()).await.unwrap();
    assert_eq!((report.ended, report.events), (Ended::Complete, 750));
    assert!(store.seen.borrow().1 > 0);
    assert_eq!(world.state(), ["dataset.json"]);
}

/// Whatever the run is doing then: beginning, committing, ending, or looking at what it has done.
#[tokio::test]
async fn a_signal_ends_a_run_on_a_store_that_hangs_and_keeps_what_was_committed() {
    for (fault, after_puts, committed, is_complete) in [
        (Fault::HangingPartLists, 0, 0, false),
        (Fault::HangingPuts, 0, 0, false),
        (Fault::HangingPartLists, 1, 750, true),
        (Fault::HangingFileLists, 1, 750, false),
    ] {
        let (service, (world, store)) = (Service::start().await, world(Fault::None));
        let dataset = world.create();
        let (puts, _) = *store.seen.borrow();
        let signalled = Cell::new(None);
        let stop = async {
            seen(&store, puts + after_puts, 0).await;
            store.set(fault);
            seen(&store, 0, 1).await;
            signalled.set(Some(Stopwatch::start()));
        };
        match service.sync(&dataset, stop).await {
            Ok(report) => assert_eq!((report.ended, is_complete), (Ended::Complete, true)),
            Err(error) => {
                let kind = (error.kind(), is_complete);
                assert_eq!(kind, (ErrorKind::StoreUnavailable, false), "{error}");
            }
        }
        let took = signalled.take().unwrap().elapsed();
        assert!(took < Duration::from_secs(2), "{fault:?}: {took:?}");
        // Neither is anything removed, nor the report kept.
        assert_eq!(store.seen.borrow().1, 1, "{fault:?}");
        store.set(Fault::None);
        assert_eq!(world.state(), ["dataset.json"], "{fault:?}");
        let status = world.open().status().unwrap();
        assert!(status.workers.is_empty(), "{fault:?}: {:?}", status.workers);
        assert_eq!(status.totals.events, committed, "{fault:?}");
        service.complete(&world).await;
    }
}
