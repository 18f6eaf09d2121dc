//! Stores that fail: lost requests, lost replies, no conditions, no connection, no access.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use object_store::client::{HttpError, HttpErrorKind};
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RetryConfig,
};

use super::places::World;
use super::*;
use crate::ErrorKind;
use crate::ledger::file::SealScope;
use crate::ledger::session::Forget;

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// One request isn't received.
    Request(u64),
    /// One reply is lost.
    Reply(u64),
    /// One request of so many fails, before or after it is done.
    OneOf(u64),
    /// Conditions are ignored.
    NoConditions,
}

/// A store in memory that fails.
#[derive(Debug)]
struct Unreliable {
    inner: Arc<InMemory>,
    fault: Fault,
    requests: AtomicU64,
}

impl Unreliable {
    fn new(fault: Fault) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::new(InMemory::new()),
            fault,
            requests: AtomicU64::new(0),
        })
    }

    /// Whether the next request fails, before and after it is done.
    fn next(&self) -> (bool, bool) {
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        match self.fault {
            Fault::Request(which) => (number == which, false),
            Fault::Reply(which) => (false, number == which),
            Fault::OneOf(many) => {
                let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
                let fails = random.is_multiple_of(many);
                (fails && random & 64 == 0, fails && random & 64 != 0)
            }
            Fault::NoConditions => (false, false),
        }
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
        let (before, after) = self.next();
        if self.fault == Fault::NoConditions {
            options.mode = PutMode::Overwrite;
        }
        if before {
            return Err(lost());
        }
        let done = self.inner.put_opts(location, payload, options).await;
        if after { Err(lost()) } else { done }
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
        let (before, after) = self.next();
        if before || after {
            return Err(lost());
        }
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<Key>>,
    ) -> BoxStream<'static, object_store::Result<Key>> {
        let (before, after) = self.next();
        if before {
            return stream::once(async { Err(lost()) }).boxed();
        }
        let done = self.inner.delete_stream(locations);
        if !after {
            return done;
        }
        done.then(|_| async { Err(lost()) }).boxed()
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        let (before, after) = self.next();
        let listed = self.inner.list(prefix);
        match (before, after) {
            (true, _) => stream::once(async { Err(lost()) }).boxed(),
            (_, true) => listed
                .take(1)
                .chain(stream::once(async { Err(lost()) }))
                .boxed(),
            _ => listed,
        }
    }

    async fn list_with_delimiter(&self, _: Option<&Key>) -> object_store::Result<ListResult> {
        panic!("not used")
    }

    async fn copy_opts(&self, _: &Key, _: &Key, _: CopyOptions) -> object_store::Result<()> {
        panic!("nothing is copied in a bucket")
    }
}

fn world(fault: Fault) -> (World, Arc<Unreliable>) {
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
    let (reliable, store) = world(Fault::Request(0));
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
