//! HTTP over sockets, by reqwest.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::transport::Transport;
use crate::fetch::transport::error::failure;
use crate::fetch::transport::message::{Request, Response};
use crate::fetch::transport::settings::{HttpSettings, Proxy};

/// The largest success body read, after decompression.
const MAX_BODY: usize = 32 * 1024 * 1024;
/// How much of any other body is read: an `ErrorBody` has a few hundred bytes.
const MAX_REFUSAL: usize = 64 * 1024;
/// How long that may take. A refusal that drips must not delay what its headers say.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

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
                    Error::invalid_input(
                        "proxy isn't a valid URL; expected one such as http://proxy.example:3128",
                    )
                })?;
                builder.proxy(proxy)
            }
        };
        for pem in root_certificates {
            let certificates = reqwest::Certificate::from_pem_bundle(&pem)
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or_else(|| {
                    Error::invalid_input("root certificate isn't a PEM file with a certificate")
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
                    .with_source(Arc::new(error.without_url()))
            })?;
        Ok(Self { client })
    }
}

impl Transport for Http {
    fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Response, Failure>> {
        let request = match request {
            Request::Get { url, token } => self.client.get(url).bearer_auth(token.expose_secret()),
            Request::Token {
                url,
                client_id,
                client_secret,
            } => self
                .client
                .post(url)
                .basic_auth(client_id, Some(client_secret.expose_secret()))
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials"),
        };
        let request = request.header(ACCEPT, "application/json");
        Box::pin(async move {
            let mut response = request.send().await.map_err(failure)?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = if status.is_success() {
                read_complete(&mut response).await?
            } else {
                read_start(&mut response).await
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
async fn read_complete(response: &mut reqwest::Response) -> Result<Bytes, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
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
    Ok(body.into())
}

/// Reads as much of a refusal's body as arrives, up to the cap: its status and headers count even if
/// the rest is lost.
async fn read_start(response: &mut reqwest::Response) -> Bytes {
    let mut body = Vec::new();
    let deadline = Instant::now() + REFUSAL_TIMEOUT;
    while let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await {
        let room = MAX_REFUSAL - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if body.len() == MAX_REFUSAL {
            break;
        }
    }
    body.into()
}
