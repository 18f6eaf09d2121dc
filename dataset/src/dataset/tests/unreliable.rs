//! Stores that fail: lost requests, lost replies, no conditions, no connection, no access, no answer.

use std::fmt::{self, Write as _};
use std::future::pending;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use object_store::client::{HttpError, HttpErrorKind};
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RetryConfig,
};
use tokio::sync::watch;

use super::places::World;
use super::*;
use crate::ErrorKind;
use crate::clock::Stopwatch;
use crate::dataset::paths;
use crate::ledger::file::SealScope;
use crate::ledger::session::Forget;

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    None,
    /// One request isn't received.
    Request(u64),
    /// One reply is lost.
    Reply(u64),
    /// One request of so many fails, before or after it is done.
    OneOf(u64),
    /// Conditions are ignored.
    NoConditions,
    /// No put is received.
    Puts,
    /// No report of a run is.
    Reports,
    /// Puts aren't answered.
    HangingPuts,
    /// Listings of the parts aren't answered.
    HangingPartLists,
    /// Other listings aren't.
    HangingFileLists,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Answered,
    NotReceived,
    ReplyLost,
    NotAnswered,
}

/// What is requested.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Request {
    Put,
    PutReport,
    PartList,
    FileList,
    Other,
}

/// A store in memory that fails.
#[derive(Debug)]
pub(super) struct Unreliable {
    inner: Arc<InMemory>,
    fault: Mutex<Fault>,
    requests: AtomicU64,
    /// How many puts arrived, and how many requests failed or hang.
    pub(super) seen: watch::Sender<(u64, u64)>,
}

impl Unreliable {
    fn new(fault: Fault) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::new(InMemory::new()),
            fault: Mutex::new(fault),
            requests: AtomicU64::new(0),
            seen: watch::Sender::default(),
        })
    }

    pub(super) fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap()
    }

    fn next(&self, request: Request) -> Fate {
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let fate = match (self.fault(), request) {
            (Fault::Request(which), _) if number == which => Fate::NotReceived,
            (Fault::Reply(which), _) if number == which => Fate::ReplyLost,
            (Fault::OneOf(many), _) => {
                let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
                match (random.is_multiple_of(many), random & 64 == 0) {
                    (false, _) => Fate::Answered,
                    (true, true) => Fate::NotReceived,
                    (true, false) => Fate::ReplyLost,
                }
            }
            (Fault::Puts, Request::Put) | (Fault::Reports, Request::PutReport) => Fate::NotReceived,
            (Fault::HangingPuts, Request::Put)
            | (Fault::HangingPartLists, Request::PartList)
            | (Fault::HangingFileLists, Request::FileList) => Fate::NotAnswered,
            _ => Fate::Answered,
        };
        self.seen.send_modify(|(puts, failed)| {
            *puts += u64::from(request == Request::Put);
            *failed += u64::from(fate != Fate::Answered);
        });
        fate
    }
}

fn lost() -> object_store::Error {
    let source = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    object_store::Error::Generic {
        store: "test",
        source: Box::new(HttpError::new(HttpErrorKind::Interrupted, source)),
    }
}

impl fmt::Display for Unreliable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unreliable")
    }
}

#[async_trait]
impl ObjectStore for Unreliable {
    async fn put_opts(
        &self,
        location: &Key,
        payload: PutPayload,
        mut options: PutOptions,
    ) -> object_store::Result<PutResult> {
        if self.fault() == Fault::NoConditions {
            options.mode = PutMode::Overwrite;
        }
        let put = self.inner.put_opts(location, payload, options);
        let request = if location.as_ref().ends_with(paths::LAST_RUN) {
            Request::PutReport
        } else {
            Request::Put
        };
        match self.next(request) {
            Fate::Answered => put.await,
            Fate::NotReceived => Err(lost()),
            Fate::ReplyLost => put.await.and(Err(lost())),
            Fate::NotAnswered => pending().await,
        }
    }

    async fn put_multipart_opts(
        &self,
        _: &Key,
        _: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        panic!("not used")
    }

    async fn get_opts(
        &self,
        location: &Key,
        options: GetOptions,
    ) -> object_store::Result<GetResult> {
        match self.next(Request::Other) {
            Fate::Answered => self.inner.get_opts(location, options).await,
            _ => Err(lost()),
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<Key>>,
    ) -> BoxStream<'static, object_store::Result<Key>> {
        match self.next(Request::Other) {
            Fate::NotReceived => stream::once(async { Err(lost()) }).boxed(),
            Fate::ReplyLost => {
                let done = self.inner.delete_stream(locations);
                done.then(|_| async { Err(lost()) }).boxed()
            }
            _ => self.inner.delete_stream(locations),
        }
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        let is_of_parts = prefix.is_some_and(|prefix| prefix.as_ref().ends_with(paths::PARTS));
        let request = if is_of_parts {
            Request::PartList
        } else {
            Request::FileList
        };
        let listed = self.inner.list(prefix);
        match self.next(request) {
            Fate::Answered => listed,
            Fate::NotReceived => stream::once(async { Err(lost()) }).boxed(),
            Fate::ReplyLost => listed
                .take(1)
                .chain(stream::once(async { Err(lost()) }))
                .boxed(),
            Fate::NotAnswered => stream::pending().boxed(),
        }
    }

    async fn list_with_delimiter(&self, _: Option<&Key>) -> object_store::Result<ListResult> {
        panic!("not used")
    }

    async fn copy_opts(&self, _: &Key, _: &Key, _: CopyOptions) -> object_store::Result<()> {
        panic!("nothing is copied in a bucket")
    }
}

pub(super) fn world(fault: Fault) -> (World, Arc<Unreliable>) {
    let store = Unreliable::new(fault);
    (
        World::of("s3://bucket/prefix", Some(Arc::clone(&store) as _)),
        store,
    )
}

/// All that a dataset does, once.
fn everything(world: &World) {
    let dataset = world.create();
    let run = dataset.begin_run().unwrap();
    for round in ["e-1", "e-2"] {
        run.add_sessions(&[listed("s-1"), listed("s-2")], None)
            .unwrap();
        for claim in claims(&run, hours(0)) {
            commit(&run, &claim, &[round], hours(0));
        }
        run.seal(SealScope::Everything).unwrap();
        run.publish().unwrap();
        run.renew().unwrap();
    }
    let which = Forget::Sessions(vec!["s-1".to_owned()]);
    assert_eq!(dataset.forget(&which).unwrap().rows, 2);
    dataset.upgrade_columns().unwrap();
    run.end().unwrap();
    dataset.keep_last_run(b"{}").unwrap();
    let status = world.open().status().unwrap();
    assert!(status.is_complete(), "{status:?}");
    assert_eq!(status.totals.rows, 2);
    let rows = world.rows();
    assert!(
        rows.len() == 2 && rows.iter().all(|row| row.contains("s-2")),
        "{rows:?}"
    );
    assert!(world.parts().is_empty());
    assert_eq!(world.state(), ["dataset.json", "last-run.json"]);
}

#[test]
fn any_one_request_or_reply_may_be_lost() {
    let (reliable, store) = world(Fault::None);
    everything(&reliable);
    let requests = store.requests.load(Ordering::SeqCst);
    assert!(requests > 30, "{requests}");
    for which in 1..=requests {
        for fault in [Fault::Request(which), Fault::Reply(which)] {
            eprintln!("{fault:?}");
            everything(&world(fault).0);
        }
    }
}

#[test]
fn one_request_in_twenty_may_fail() {
    for _ in 0..3 {
        let (world, store) = world(Fault::OneOf(20));
        for offset in 0..10 {
            store.requests.store(offset * 1_000, Ordering::SeqCst);
            let again = World::of("s3://bucket/prefix", world.store.clone());
            everything(&again);
        }
    }
}

#[test]
fn a_store_that_ignores_conditions_is_refused() {
    let (world, _) = world(Fault::NoConditions);
    let error = world.try_create().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("conditional puts"), "{error}");
    assert_eq!(world.try_open().unwrap_err().kind(), ErrorKind::NoDataset);
}

/// An error with all that its causes say.
fn all_of(error: &crate::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let _ = write!(text, " {cause} {cause:?}");
        source = cause.source();
    }
    text
}

/// A client of S3 at an endpoint on this machine, which fails soon.
fn s3(endpoint: &str) -> World {
    let store = object_store::aws::AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .with_bucket_name("bucket")
        .with_access_key_id("hushKEY")
        .with_secret_access_key("hush1")
        .with_token("hush2")
        .with_retry(RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        })
        .build();
    World::of("s3://bucket/prefix", Some(Arc::new(store.unwrap())))
}

/// The same of Azure, whose signature is in the URL.
fn azure(endpoint: &str) -> World {
    let store = object_store::azure::MicrosoftAzureBuilder::new()
        .with_account("account")
        .with_endpoint(endpoint.to_owned())
        .with_allow_http(true)
        .with_container_name("container")
        .with_sas_authorization([("sig".to_owned(), "hush3".to_owned())])
        .with_retry(RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        })
        .build();
    World::of("az://container/prefix", Some(Arc::new(store.unwrap())))
}

#[test]
fn a_store_that_cannot_be_reached_is_an_error_without_secrets() {
    for world in [s3("http://127.0.0.1:1"), azure("http://127.0.0.1:1")] {
        assert!(!format!("{:?}", world.storage()).contains("hush"));
        let error = world.try_open().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable, "{error}");
        let text = all_of(&error);
        assert!(text.contains("refused") && !text.contains("hush"), "{text}");
        assert!(!text.contains("127.0.0.1:1/"), "{text}");
    }
}

#[test]
fn a_request_to_a_store_that_does_not_answer_ends_once_waiting_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    for world in [s3(&endpoint), azure(&endpoint)] {
        let _endless = world.waiting.endless();
        let storage = world.storage();
        thread::scope(|scope| {
            let listing = scope.spawn(|| storage.names(paths::PARTS));
            let (_connection, _) = listener.accept().unwrap();
            let _given_up = world.waiting.give_up();
            let given_up = Stopwatch::start();
            let error = listing.join().unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StoreUnavailable, "{error}");
            assert!(given_up.elapsed() < Duration::from_secs(2));
        });
    }
}

#[test]
fn what_a_store_refuses_is_told_with_what_to_check_and_without_secrets() {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (status, code, kind, s3_says) in [
        (
            403,
            "AccessDenied",
            ErrorKind::StoreRefused,
            "AWS_ACCESS_KEY_ID",
        ),
        (
            401,
            "ExpiredToken",
            ErrorKind::StoreRefused,
            "AWS_SESSION_TOKEN",
        ),
        (
            400,
            "InvalidRequest",
            ErrorKind::StoreRefused,
            "InvalidRequest",
        ),
        (503, "SlowDown", ErrorKind::StoreUnavailable, "SlowDown"),
        (
            501,
            "NotImplemented",
            ErrorKind::Unsupported,
            "conditional puts",
        ),
    ] {
        let server = runtime.block_on(MockServer::start());
        let body = format!("<Error><Code>{code}</Code><Message>hush {status}</Message></Error>");
        let answer = ResponseTemplate::new(status).set_body_string(body);
        runtime.block_on(Mock::given(any()).respond_with(answer).mount(&server));
        let error = s3(&server.uri()).try_open().unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let text = all_of(&error);
        assert!(text.contains(s3_says) && !text.contains("hush"), "{text}");
        for error in [
            azure(&server.uri()).try_open().unwrap_err(),
            azure(&server.uri()).try_create().unwrap_err(),
            s3(&server.uri()).try_create().unwrap_err(),
        ] {
            assert_eq!(error.kind(), kind, "{error}");
            assert!(!all_of(&error).contains("hush"), "{}", all_of(&error));
        }
    }
}
