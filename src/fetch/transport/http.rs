//! HTTP over sockets, by reqwest.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::transport::Transport;
use crate::fetch::transport::error::failure;
use crate::fetch::transport::message::{Connection, Request, Response};
use crate::fetch::transport::settings::{HttpSettings, Route};
use crate::fetch::transport::timer::Progress;

/// The largest success body read, after decompression.
const MAX_BODY: usize = 32 * 1024 * 1024;
/// How much of any other body is read: an `ErrorBody` has a few hundred bytes.
const MAX_REFUSAL: usize = 64 * 1024;
/// How long that may take. A refusal that drips must not delay what its headers say.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

/// HTTP over sockets.
#[derive(Debug)]
pub(crate) struct Http {
    api: Connections,
    login: Connections,
    refusal_timeout: Duration,
}

impl Http {
    pub(crate) fn new(settings: HttpSettings) -> Result<Self, Error> {
        let refusal_timeout = settings.timeouts.read.min(REFUSAL_TIMEOUT);
        let settings = Arc::new(settings);
        let api = Connections::new(&settings, settings.api)?;
        let login = if settings.login == settings.api {
            api.clone()
        } else {
            Connections::new(&settings, settings.login)?
        };
        Ok(Self {
            api,
            login,
            refusal_timeout,
        })
    }
}

/// The HTTP clients for one route. Clones share their connections.
#[derive(Clone, Debug)]
struct Connections {
    pooled: reqwest::Client,
    /// Keeps no idle connections. Built when it is first needed: building takes milliseconds.
    unpooled: Arc<OnceLock<reqwest::Client>>,
    settings: Arc<HttpSettings>,
    route: Route,
}

impl Connections {
    fn new(settings: &Arc<HttpSettings>, route: Route) -> Result<Self, Error> {
        Ok(Self {
            pooled: build(settings, route, Connection::Pooled)?,
            unpooled: Arc::default(),
            settings: Arc::clone(settings),
            route,
        })
    }

    fn client(&self, connection: Connection) -> &reqwest::Client {
        match connection {
            Connection::Pooled => &self.pooled,
            // These settings have built a client before. Should they build none now, one with idle
            // connections is better than none.
            Connection::New => self.unpooled.get_or_init(|| {
                build(&self.settings, self.route, connection)
                    .unwrap_or_else(|_| self.pooled.clone())
            }),
        }
    }
}

/// Builds a client from the user's settings and what the crate relies on.
fn build(
    settings: &HttpSettings,
    route: Route,
    connection: Connection,
) -> Result<reqwest::Client, Error> {
    let mut builder = match &settings.builder {
        Some(builder) => builder(),
        None => reqwest::Client::builder()
            .user_agent(concat!("journey-events/", env!("CARGO_PKG_VERSION"))),
    };
    if let Some(url) = &settings.proxy {
        let proxy = reqwest::Proxy::all(url.expose_secret()).map_err(|_| {
            Error::invalid_input(
                "proxy isn't a valid URL; expected one such as http://proxy.example:3128",
            )
        })?;
        builder = builder.proxy(proxy);
    }
    if route == Route::Direct {
        builder = builder.no_proxy();
    }
    for pem in &settings.root_certificates {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)
            .ok()
            .filter(|certificates| !certificates.is_empty())
            .ok_or_else(|| {
                Error::invalid_input("root certificate isn't a PEM file with a certificate")
            })?;
        builder = builder.tls_certs_merge(certificates);
    }
    if connection == Connection::New {
        builder = builder.pool_max_idle_per_host(0);
    }
    builder
        // A hung HTTP/2 connection would take every retry with it. Another crate may turn on
        // reqwest's `http2`, so leaving the feature out is not enough.
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connection_verbose(false)
        .gzip(true)
        .brotli(true)
        .connect_timeout(settings.timeouts.connect)
        .pool_idle_timeout(settings.timeouts.idle)
        .build()
        .map_err(|error| {
            Error::invalid_input("the HTTP client can't be built from these settings")
                .with_source(Arc::new(error.without_url()))
        })
}

impl Transport for Http {
    fn send<'a>(
        &'a self,
        request: Request<'a>,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Response, Failure>> {
        let request = match request {
            Request::Get {
                url,
                token,
                connection,
            } => self
                .api
                .client(connection)
                .get(url)
                .bearer_auth(token.expose_secret()),
            Request::Token {
                url,
                client_id,
                client_secret,
                connection,
            } => self
                .login
                .client(connection)
                .post(url)
                .basic_auth(client_id, Some(client_secret.expose_secret()))
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials"),
        };
        let request = request.header(ACCEPT, "application/json");
        Box::pin(async move {
            let mut response = request.send().await.map_err(failure)?;
            // Set before progress is noted, so that it ends before the attempt's silence does.
            let refusal_deadline = Instant::now() + self.refusal_timeout;
            progress.note();
            let (status, headers) = (response.status(), response.headers().clone());
            let body = if status.is_success() {
                read_complete(&mut response, progress).await?
            } else {
                read_start(&mut response, refusal_deadline).await
            };
            Ok(Response {
                status,
                headers,
                body,
            })
        })
    }
}

/// Reads a body that must be complete, up to the cap.
async fn read_complete(
    response: &mut reqwest::Response,
    progress: &Progress,
) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        progress.note();
        let size = body.len() + chunk.len();
        if size > MAX_BODY {
            return Err(Failure::new(Cause::TooLarge));
        }
        if size > body.capacity() && body.capacity() > MAX_BODY / 8 {
            // All at once: while a buffer doubles, both the old one and the new one are held.
            body.reserve_exact(MAX_BODY - body.len());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads as much of a refusal's body as arrives in time, up to the cap: its status and headers count even if
/// the rest is lost.
async fn read_start(response: &mut reqwest::Response, deadline: Instant) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await {
        let room = MAX_REFUSAL - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if body.len() == MAX_REFUSAL {
            break;
        }
    }
    body
}
