//! HTTP over sockets, by reqwest.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use crate::error::Error;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::transport::Transport;
use crate::fetch::transport::body::{Body, Buffers};
use crate::fetch::transport::error::failure;
use crate::fetch::transport::message::{Connection, Request, Response};
use crate::fetch::transport::settings::{HttpSettings, Route, Timeouts};
use crate::fetch::transport::timer::{Signs, Timer};
use crate::fetch::transport::tls::{choose, trust};

/// The largest success body read, after decompression.
const MAX_BODY: usize = 32 * 1024 * 1024;
/// How much of any other body is read: an `ErrorBody` has a few hundred bytes.
const MAX_REFUSAL: usize = 64 * 1024;
/// How long that may take. A refusal that drips must not delay what its headers say.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

/// HTTP over sockets.
pub(crate) struct Http {
    api: Connections,
    login: Connections,
    timeouts: Timeouts,
    buffers: Buffers,
}

impl fmt::Debug for Http {
    /// Leaves out reqwest's clients: they show default headers, which may hold a gateway's key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

impl Http {
    pub(crate) fn new(settings: HttpSettings) -> Result<Self, Error> {
        let timeouts = settings.timeouts;
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
            timeouts,
            buffers: Buffers::default(),
        })
    }

    /// An empty body for the response to a request.
    pub(super) fn body(&self, request: &Request<'_>) -> Body {
        match request {
            Request::Get { likely_size, .. } => {
                let mut body = self.buffers.body();
                body.reserve((*likely_size).min(MAX_BODY));
                body
            }
            Request::Query { .. } => self.buffers.body(),
            // It is going to hold a token.
            Request::Token { .. } => Body::default(),
        }
    }

    fn request(&self, request: &Request<'_>) -> reqwest::RequestBuilder {
        let builder = match request {
            Request::Get {
                url,
                token,
                connection,
                ..
            } => self
                .api
                .client(*connection)
                .get(url.clone())
                .bearer_auth(token.expose_secret()),
            Request::Query {
                url,
                body,
                token,
                connection,
            } => self
                .api
                .client(*connection)
                .post(url.clone())
                .bearer_auth(token.expose_secret())
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone()),
            Request::Token {
                url,
                client_id,
                client_secret,
                connection,
            } => self
                .login
                .client(*connection)
                .post(url.clone())
                .basic_auth(client_id, Some(client_secret.expose_secret()))
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials"),
        };
        builder.header(ACCEPT, "application/json")
    }

    /// Sends a request and reads the head of its response. Connects once more if the time to connect was
    /// found over so late that the runtime must have stalled.
    async fn send_once(
        &self,
        request: &Request<'_>,
        signs: &Signs,
    ) -> Result<reqwest::Response, Failure> {
        let start = Instant::now();
        let sent = self.request(request).send().await.map_err(failure);
        let late = start.elapsed().saturating_sub(self.timeouts.connect);
        match sent {
            Err(failure)
                if failure.cause == Cause::ConnectTimeout && late > self.timeouts.stall => {}
            sent => return sent,
        }
        signs.stalled(late);
        self.request(request).send().await.map_err(failure)
    }
}

/// The HTTP clients for one route. Clones share their connections.
#[derive(Clone)]
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
        None => choose(
            reqwest::Client::builder()
                .user_agent(concat!("journey-events/", env!("CARGO_PKG_VERSION"))),
        )?,
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
    builder = trust(builder, &settings.root_certificates)?;
    if connection == Connection::New {
        builder = builder.pool_max_idle_per_host(0);
    }
    // They are asked for even if the user's builder turned them off: pages are large.
    #[cfg(feature = "gzip")]
    let builder = builder.gzip(true);
    #[cfg(feature = "brotli")]
    let builder = builder.brotli(true);
    builder
        // A hung HTTP/2 connection would take every retry with it. Another crate may turn on
        // reqwest's `http2`, so leaving the feature out is not enough.
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connection_verbose(false)
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
        signs: &'a Signs,
    ) -> BoxFuture<'a, Result<Response, Failure>> {
        Box::pin(async move {
            let mut response = self.send_once(&request, signs).await?;
            let refusal_timeout = self.timeouts.read.min(REFUSAL_TIMEOUT);
            // Set before the arrival is noted, so that it ends before the attempt's silence does.
            let refusal_timer = Timer::new(refusal_timeout, self.timeouts.stall);
            signs.arrived();
            let (status, headers) = (response.status(), response.headers().clone());
            let body = if status.is_success() {
                let body = self.body(&request);
                read_complete(&mut response, body, signs).await?
            } else {
                read_start(&mut response, refusal_timer).await.into()
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
    mut body: Body,
    signs: &Signs,
) -> Result<Body, Failure> {
    // Of a compressed body it is unknown. One that is announced and doesn't come shouldn't take much memory.
    let size = response.content_length().unwrap_or_default();
    let size = usize::try_from(size).unwrap_or(MAX_BODY);
    body.reserve(size.min(MAX_BODY / 8));
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        signs.arrived();
        let size = body.len() + chunk.len();
        if size > MAX_BODY {
            return Err(Failure::new(Cause::TooLarge));
        }
        if size > body.capacity() && body.capacity() > MAX_BODY / 8 {
            // All at once: while a buffer doubles, both the old one and the new one are held.
            body.reserve(MAX_BODY);
        }
        body.extend(&chunk);
    }
    Ok(body)
}

/// Reads as much of a refusal's body as arrives in time, up to the cap: its status and headers count even if
/// the rest is lost.
async fn read_start(response: &mut reqwest::Response, mut timer: Timer) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(Ok(Some(chunk))) = timer.limit(response.chunk()).await {
        let room = MAX_REFUSAL - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if body.len() == MAX_REFUSAL {
            break;
        }
    }
    body
}
