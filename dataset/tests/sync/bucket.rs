//! Whole runs on a bucket of a server.

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use journey_events_dataset::format::{Compression, Format};
use journey_events_dataset::{
    Dataset, Ended, LedgerLocation, LedgerOptions, PartitionBy, Settings, Sources,
};
use journey_events_emulator::{Emulator, SessionInfo};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::support::{client, of, run};
use crate::test_servers::server;

/// How often each event id is in the files of a dataset.
async fn published(url: &str) -> BTreeMap<String, usize> {
    let store = AmazonS3Builder::from_env().with_url(url).build().unwrap();
    let prefix = Key::from_url_path(url.splitn(4, '/').nth(3).unwrap()).unwrap();
    let objects: Vec<_> = store.list(Some(&prefix)).try_collect().await.unwrap();
    let mut ids = BTreeMap::new();
    for object in objects {
        if !object.location.as_ref().ends_with(".ndjson") {
            continue;
        }
        let got = store.get(&object.location).await.unwrap();
        let text = String::from_utf8(got.bytes().await.unwrap().to_vec()).unwrap();
        for line in text.lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            let id = event["id"].as_str().unwrap().to_owned();
            *ids.entry(id).or_default() += 1;
        }
    }
    ids
}

#[tokio::test]
async fn two_runs_at_once_put_each_event_into_the_bucket_once() {
    let Some(url) = server("JOURNEY_EVENTS_TEST_S3") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    let url = format!("{}/{name}", url.trim_end_matches('/'));
    let emulator = Emulator::builder().sessions(30).events(250);
    let emulator = emulator.start().await.unwrap();
    let client = client(emulator.base_url());
    let mut ledger = LedgerOptions::default();
    ledger.location = LedgerLocation::File(folder.path().join("ledger.db"));
    let mut settings = Settings::new(Format::Ndjson, client.base_url());
    settings.compression = Compression::None;
    settings.partition = PartitionBy::None;
    let location: journey_events_dataset::Location = url.parse().unwrap();
    let one = Dataset::create(&location, settings, &ledger).unwrap();
    let other = Dataset::open(&location, &ledger).unwrap();
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let sources = of(&sessions);
    let (first, second) =
        tokio::join!(run(&one, &client, &sources), run(&other, &client, &sources));
    assert_eq!(
        (first.ended, second.ended),
        (Ended::Complete, Ended::Complete)
    );
    assert_eq!(first.events + second.events, 30 * 250);
    let published = published(&url).await;
    assert_eq!(published.len(), 30 * 250);
    assert!(published.values().all(|times| *times == 1));
    let again = run(&one, &client, &Sources::default()).await;
    assert_eq!((again.ended, again.requests), (Ended::Complete, 0));
}
