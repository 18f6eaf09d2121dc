//! Whole runs with a ledger in PostgreSQL.

use std::cell::Cell;
use std::net::Shutdown;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use journey_events::Client;
use journey_events_dataset::format::{Compression, Format};
use journey_events_dataset::postgres::{PostgresUrl, init};
use journey_events_dataset::{
    Dataset, Ended, ErrorKind, LedgerLocation, LedgerOptions, PartitionBy, RunProgress, Settings,
    SyncOptions, sync,
};
use journey_events_emulator::{Emulator, SessionInfo};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::support::{client, of, page, published, rows, run, service};
use crate::test_servers::server;

fn url() -> Option<PostgresUrl> {
    let url = server("JOURNEY_EVENTS_TEST_POSTGRES")?;
    let url = url.parse().unwrap();
    init(&url).unwrap();
    Some(url)
}

fn at(url: &PostgresUrl) -> LedgerOptions {
    let mut options = LedgerOptions::default();
    options.location = LedgerLocation::Postgres(url.clone());
    options
}

fn create(root: &Path, client: &Client, url: &PostgresUrl) -> Dataset {
    let mut settings = Settings::new(Format::Ndjson, client.base_url());
    settings.compression = Compression::None;
    settings.partition = PartitionBy::None;
    Dataset::create(root, settings, &at(url)).unwrap()
}

#[tokio::test]
async fn runs_at_once_publish_each_event_once() {
    let Some(url) = url() else { return };
    let emulator = Emulator::builder().sessions(30).events(250);
    let emulator = emulator.start().await.unwrap();
    let client = client(emulator.base_url());
    let folder = tempfile::tempdir().unwrap();
    let dataset = create(folder.path(), &client, &url);
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let sources = of(&sessions);
    let runs: Vec<_> = (0..3)
        .map(|_| Dataset::open(folder.path(), &at(&url)).unwrap())
        .collect();
    let (one, two, three) = tokio::join!(
        run(&runs[0], &client, &sources),
        run(&runs[1], &client, &sources),
        run(&runs[2], &client, &sources),
    );
    let reports = [one, two, three];
    assert!(
        reports.iter().all(|report| report.ended == Ended::Complete),
        "{reports:?}"
    );
    let events: u64 = reports.iter().map(|report| report.events).sum();
    let published = published(folder.path());
    assert!(published.values().all(|times| *times == 1));
    assert_eq!(published.len() as u64, events);
    assert_eq!(dataset.status().unwrap().totals.rows, events);
}

/// Forwards to the database until it is cut.
async fn proxy(url: &PostgresUrl) -> (PostgresUrl, impl Fn()) {
    let text = url.to_string();
    let (_, place) = text.split_once('@').unwrap();
    let server = place.split_once('/').unwrap().0.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let is_cut = Arc::new(AtomicBool::new(false));
    let sockets = Arc::new(Mutex::new(Vec::new()));
    let through = text.replace(&server, &address).parse().unwrap();
    let (accepted_cut, accepted) = (Arc::clone(&is_cut), Arc::clone(&sockets));
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            if accepted_cut.load(Ordering::SeqCst) {
                continue;
            }
            let client = client.into_std().unwrap();
            accepted.lock().unwrap().push(client.try_clone().unwrap());
            let mut client = TcpStream::from_std(client).unwrap();
            let mut server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move {
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    let cut = move || {
        is_cut.store(true, Ordering::SeqCst);
        for socket in sockets.lock().unwrap().drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    };
    (through, cut)
}

/// The database is reached through a task of this runtime, which opening the dataset would block.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_stopped_while_its_database_is_away_ends_within_about_two_seconds() {
    let Some(url) = url() else { return };
    let server = service(|_, after, _| match after {
        "" => page(&["a"], Some("2")),
        _ => page(&["b"], None).set_delay(Duration::from_secs(2)),
    })
    .await;
    let client = client(&server.uri());
    let folder = tempfile::tempdir().unwrap();
    let (through, cut) = proxy(&url).await;
    let dataset = create(folder.path(), &client, &through);
    let (progress, _) = watch::channel(RunProgress::default());
    let stopped = Cell::new(None);
    let stop = async {
        while server.received_requests().await.unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
        cut();
        sleep(Duration::from_millis(500)).await;
        stopped.set(Some(Instant::now()));
    };
    let options = SyncOptions::default();
    let error = sync(&dataset, &client, &of(&["s"]), options, stop, &progress).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DatabaseUnavailable, "{error}");
    let took = stopped.get().unwrap().elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(rows(folder.path()), 0);
    // The next run takes over, once the lease of the first one has expired.
    let next = Dataset::open(folder.path(), &at(&url)).unwrap();
    assert_eq!(next.status().unwrap().workers.len(), 1);
}
