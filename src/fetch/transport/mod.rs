//! The wire: one request out, one whole answer back.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};
use url::Url;

pub use reqwest;

use crate::error::Error;
use crate::fetch::failure::{Cause, Fault};

/// The largest success body read, after decompression.
pub(crate) const BODY_CAP: usize = 32 * 1024 * 1024;
/// How much of any other body is read: an `ErrorBody` has a few hundred bytes.
const REFUSAL_CAP: usize = 64 * 1024;
/// How long that may take. A refusal that drips must not hold back what its headers say.
const REFUSAL_PATIENCE: Duration = Duration::from_secs(2);

/// One request.
#[derive(Debug)]
pub(crate) enum Request<'a> {
    Page {
        url: Url,
        token: &'a SecretString,
    },
    Token {
        url: Url,
        client_id: &'a str,
        client_secret: &'a SecretString,
    },
}

/// One answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Carries requests. The seam where tests with a paused clock put memory in place of sockets.
pub(crate) trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request and reads the whole answer, whatever its status. Dropping the future frees
    /// the connection.
    fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Answer, Fault>>;
}

/// What the crate relies on, put on top of the builder that the user may hand in.
#[derive(Debug, Default)]
pub(crate) struct HttpSettings {
    pub(crate) builder: Option<reqwest::ClientBuilder>,
    pub(crate) proxy: Proxy,
    pub(crate) root_certificates: Vec<Vec<u8>>,
    pub(crate) timeouts: Timeouts,
}

/// Through what requests go.
#[derive(Debug, Default)]
pub(crate) enum Proxy {
    /// What the environment, or the builder handed in, says.
    #[default]
    Inherited,
    /// Nothing: another machine's proxy can't reach this one's loopback, and must not get its token.
    Bypassed,
    /// This URL, which may hold a password.
    Url(SecretString),
}

/// How long the parts of an attempt may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
    pub(crate) attempt: Duration,
    pub(crate) idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            attempt: Duration::from_secs(30),
            idle: Duration::from_secs(20),
        }
    }
}

/// HTTP over sockets.
#[derive(Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
}

impl Http {
    pub(crate) fn new(settings: HttpSettings) -> Result<Self, Error> {
        let HttpSettings {
            builder,
            proxy,
            root_certificates,
            timeouts,
        } = settings;
        let mut builder = builder.unwrap_or_else(|| {
            let name = concat!("journey-events/", env!("CARGO_PKG_VERSION"));
            reqwest::Client::builder().user_agent(name)
        });
        builder = match proxy {
            Proxy::Inherited => builder,
            Proxy::Bypassed => builder.no_proxy(),
            Proxy::Url(url) => {
                let proxy = reqwest::Proxy::all(url.expose_secret()).map_err(|_| {
                    let allowed = "allowed is such as http://proxy.example:3128";
                    Error::invalid_input(format!("proxy is no URL; {allowed}"))
                })?;
                builder.proxy(proxy)
            }
        };
        for pem in root_certificates {
            let certificates = reqwest::Certificate::from_pem_bundle(&pem)
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or_else(|| {
                    Error::invalid_input("root certificate is no PEM file with a certificate in it")
                })?;
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connection_verbose(false)
            .gzip(true)
            .brotli(true)
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .pool_idle_timeout(timeouts.idle)
            .build()
            .map_err(|error| {
                Error::invalid_input("the HTTP client can't be built from these settings")
                    .with_source(std::sync::Arc::new(error.without_url()))
            })?;
        Ok(Self { client })
    }
}

impl Transport for Http {
    fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Answer, Fault>> {
        let request = match request {
            Request::Page { url, token } => self.client.get(url).bearer_auth(token.expose_secret()),
            Request::Token {
                url,
                client_id,
                client_secret,
            } => self
                .client
                .post(url)
                .basic_auth(client_id, Some(client_secret.expose_secret()))
                .header(
                    http::header::CONTENT_TYPE,
                    "application/x-www-form-urlencoded",
                )
                .body("grant_type=client_credentials"),
        };
        let request = request.header(http::header::ACCEPT, "application/json");
        Box::pin(async move {
            let mut response = request.send().await.map_err(fault)?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = if status.is_success() {
                read_whole(&mut response).await?
            } else {
                read_start(&mut response).await
            };
            Ok(Answer {
                status,
                headers,
                body,
            })
        })
    }
}

/// Reads a body to its end, in which it must be whole, and no further than the cap.
async fn read_whole(response: &mut reqwest::Response) -> Result<Bytes, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(fault)? {
        let size = body.len() + chunk.len();
        if size > BODY_CAP {
            return Err(Fault::new(Cause::TooLarge));
        }
        if size > body.capacity() && body.capacity() > BODY_CAP / 8 {
            // All at once: while a buffer doubles, the old one is held beside the new one.
            body.reserve_exact(BODY_CAP - body.len());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

/// Reads as much of a refusal's body as comes, up to the cap: its status and headers count also when
/// the rest is lost.
async fn read_start(response: &mut reqwest::Response) -> Bytes {
    let mut body = Vec::new();
    let deadline = Instant::now() + REFUSAL_PATIENCE;
    while let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await {
        let room = REFUSAL_CAP - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if body.len() == REFUSAL_CAP {
            break;
        }
    }
    body.into()
}

/// Names what went wrong; the URL, which holds the cursor, is taken out of the error.
fn fault(error: reqwest::Error) -> Fault {
    let cause = cause_of(&error);
    Fault::new(cause).with_source(error.without_url())
}

fn cause_of(error: &reqwest::Error) -> Cause {
    if error.is_timeout() {
        return Cause::Timeout;
    }
    if error.is_builder() {
        return Cause::Request;
    }
    let causes = || std::iter::successors(error.source(), |error| inner(*error));
    // First of all: on its way out it is wrapped in errors that look like others.
    if causes().any(is_certificate) {
        Cause::Certificate
    } else if error.is_connect() {
        Cause::Connect
    } else if causes().any(is_garbled) {
        Cause::Garbled
    } else if !causes().any(<dyn StdError>::is::<hyper::Error>) && causes().any(is_corrupt) {
        // HTTP itself has nothing to say against it.
        Cause::Compression
    } else {
        Cause::Torn
    }
}

/// The next error inward; an `io::Error` shows what it wraps only through `get_ref`.
fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn is_certificate(error: &(dyn StdError + 'static)) -> bool {
    matches!(
        error.downcast_ref(),
        Some(rustls::Error::InvalidCertificate(_))
    )
}

/// Whether what came was not HTTP, or its chunks were broken.
fn is_garbled(error: &(dyn StdError + 'static)) -> bool {
    let is_invalid = |error: &(dyn StdError + 'static)| {
        let kind = error.downcast_ref().map(io::Error::kind);
        matches!(
            kind,
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
        )
    };
    error
        .downcast_ref::<hyper::Error>()
        .is_some_and(|error| error.is_parse() || error.source().is_some_and(is_invalid))
}

/// Whether data was not what its format demands, other than ending too early.
fn is_corrupt(error: &(dyn StdError + 'static)) -> bool {
    error
        .downcast_ref()
        .is_some_and(|error: &io::Error| error.kind() != io::ErrorKind::UnexpectedEof)
}
