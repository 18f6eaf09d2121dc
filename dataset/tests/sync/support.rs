//! A dataset, a client, and a service that answers as a test says.

use std::collections::BTreeMap;
use std::fs;
use std::future::pending;
use std::path::Path;
use std::time::Duration;

use journey_events::{Client, RateLimit, RetryPolicy};
use journey_events_dataset::format::{Compression, Format};
use journey_events_dataset::{
    Dataset, LedgerOptions, PartitionBy, Report, RunProgress, Settings, Sources, SyncOptions, sync,
};
use tokio::sync::watch;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) fn client(base_url: &str) -> Client {
    let builder = Client::builder().base_url(base_url).access_token("any");
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(1));
    let builder = builder.retry_policy(retry.max_delay(Duration::from_millis(20)));
    builder.rate_limit(RateLimit::unlimited()).build().unwrap()
}

pub(crate) fn create(root: &Path, client: &Client) -> Dataset {
    let mut settings = Settings::new(Format::Ndjson, client.base_url());
    settings.compression = Compression::None;
    settings.partition = PartitionBy::None;
    Dataset::create(root, settings, &LedgerOptions::default()).unwrap()
}

/// Its sessions stay open, so that each run continues them.
pub(crate) fn create_never_settled(root: &Path, client: &Client) -> Dataset {
    let mut settings = Settings::new(Format::Ndjson, client.base_url());
    settings.compression = Compression::None;
    settings.partition = PartitionBy::None;
    settings.settle_seconds = 100 * 365 * 86_400;
    Dataset::create(root, settings, &LedgerOptions::default()).unwrap()
}

pub(crate) fn of(sessions: &[&str]) -> Sources {
    Sources {
        sessions: sessions.iter().map(|id| (*id).to_owned()).collect(),
        ..Sources::default()
    }
}

pub(crate) async fn run(dataset: &Dataset, client: &Client, sources: &Sources) -> Report {
    run_with(dataset, client, sources, SyncOptions::default()).await
}

pub(crate) async fn run_with(
    dataset: &Dataset,
    client: &Client,
    sources: &Sources,
    options: SyncOptions,
) -> Report {
    let (progress, _) = watch::channel(RunProgress::default());
    let stop = pending();
    sync(dataset, client, sources, options, stop, &progress)
        .await
        .unwrap()
}

/// How often each event id is in the files.
pub(crate) fn published(root: &Path) -> BTreeMap<String, usize> {
    let mut ids = BTreeMap::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "ndjson")
        {
            for line in fs::read_to_string(path).unwrap().lines() {
                let event: serde_json::Value = serde_json::from_str(line).unwrap();
                *ids.entry(event["id"].as_str().unwrap().to_owned())
                    .or_default() += 1;
            }
        }
    }
    ids
}

pub(crate) fn once(ids: &[&str]) -> BTreeMap<String, usize> {
    ids.iter().map(|id| ((*id).to_owned(), 1)).collect()
}

/// A service that answers as `answer` says: by session, cursor, and how often both were requested before.
pub(crate) async fn service(
    answer: impl Fn(&str, &str, usize) -> ResponseTemplate + Send + Sync + 'static,
) -> MockServer {
    let server = MockServer::start().await;
    let seen = std::sync::Mutex::new(BTreeMap::<(String, String), usize>::new());
    let respond = move |request: &Request| {
        let session = request.url.path().split('/').nth(5).unwrap().to_owned();
        let mut query = request.url.query_pairs();
        let after = query.find(|(name, _)| name == "after");
        let after = after
            .map(|(_, cursor)| cursor.into_owned())
            .unwrap_or_default();
        let mut seen = seen.lock().unwrap();
        let times = seen.entry((session.clone(), after.clone())).or_default();
        *times += 1;
        answer(&session, &after, *times - 1)
    };
    Mock::given(any())
        .respond_with(respond)
        .mount(&server)
        .await;
    server
}

pub(crate) fn page(ids: &[&str], next: Option<&str>) -> ResponseTemplate {
    let event = |id: &&str| {
        format!(r#"{{"id":"{id}","eventType":"t","createdDate":"2025-03-01T10:00:00Z"}}"#)
    };
    page_of(&ids.iter().map(event).collect::<Vec<_>>(), next)
}

pub(crate) fn page_of(events: &[String], next: Option<&str>) -> ResponseTemplate {
    let next = next.map_or_else(String::new, |cursor| {
        format!(r#","nextUri":"/api/v2/journey/sessions/s/events?after={cursor}""#)
    });
    let body = format!(r#"{{"entities":[{}]{next}}}"#, events.join(","));
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

/// How many rows the files have.
pub(crate) fn rows(root: &Path) -> usize {
    let mut rows = 0;
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "ndjson")
        {
            rows += fs::read_to_string(path).unwrap().lines().count();
        }
    }
    rows
}

/// A contact's listing.
pub(crate) fn listing(sessions: &[&str], next: Option<&str>) -> ResponseTemplate {
    let session = |id: &&str| {
        format!(r#"{{"id":"{id}","lastEventDate":"2099-01-01T00:00:00Z","eventCount":1}}"#)
    };
    page_of(&sessions.iter().map(session).collect::<Vec<_>>(), next)
}

pub(crate) fn of_contact(id: &str) -> Sources {
    Sources {
        contacts: vec![id.to_owned()],
        ..Sources::default()
    }
}
