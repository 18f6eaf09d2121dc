//! A scripted in-memory server: the script chooses the reply to each request and when it is sent.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::TryStreamExt;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::error::Error;
use crate::fetch::auth::credentials::{ClientCredentials, Credentials};
use crate::fetch::auth::token::AccessToken;
use crate::fetch::endpoint::PageSizeParameter;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::limit::limiter::Limiter;
use crate::fetch::limit::quota::Quota;
use crate::fetch::limit::rate_limit::RateLimit;
use crate::fetch::retry::policy::RetryPolicy;
use crate::fetch::transport::Transport;
use crate::fetch::transport::message::{Request, Response};
use crate::fetch::transport::settings::Timeouts;
use crate::fetch::transport::timer::Signs;
use crate::fetch::{FetchSettings, Fetcher};

use super::session::{SESSION, page_json, session_json};

/// A request as the server received it.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedRequest {
    /// Counted from 1, token requests included.
    pub(crate) number: usize,
    /// When it was received, since the server was created.
    pub(crate) at: Duration,
    /// When the client received the response; `None` if it stopped waiting.
    pub(crate) responded_at: Option<Duration>,
    /// The access token; `None` for a token request.
    pub(crate) token: Option<String>,
    pub(crate) path: String,
    pub(crate) query: String,
    /// The body of a query in JSON.
    pub(crate) body: Option<String>,
    /// How large the client expects the page to be.
    pub(crate) likely_size: usize,
}

impl ReceivedRequest {
    /// The value of a query parameter, as sent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn cursor(&self) -> Option<&str> {
        self.parameter("after").or_else(|| self.parameter("before"))
    }

    /// The requested page. The cursor is the page number; the first page has none.
    pub(crate) fn page(&self) -> usize {
        self.cursor().map_or(0, |cursor| cursor.parse().unwrap())
    }
}

/// A scripted reply.
#[derive(Clone)]
pub(crate) struct Reply {
    delay: Duration,
    result: Result<(u16, HeaderMap, String), Cause>,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            delay: Duration::ZERO,
            result: Ok((status, HeaderMap::new(), String::new())),
        }
    }

    pub(crate) fn fault(cause: Cause) -> Self {
        Self {
            delay: Duration::ZERO,
            result: Err(cause),
        }
    }

    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self::status(200).body(body)
    }

    pub(crate) fn token(token: &str, lifetime_seconds: u64) -> Self {
        Self::ok(format!(
            r#"{{"access_token":"{token}","expires_in":{lifetime_seconds}}}"#
        ))
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        if let Ok((_, _, text)) = &mut self.result {
            *text = body.into();
        }
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok((_, headers, _)) = &mut self.result {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        self
    }

    pub(crate) fn delayed_by(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// A page with events of these ids. The cursor of the next page is its number.
pub(crate) fn page<I: AsRef<str>>(ids: &[I], next: Option<usize>) -> Reply {
    Reply::ok(page_json(ids, next))
}

/// The requested page of a session whose pages have these sizes.
pub(crate) fn session_page(sizes: &[usize], request: &ReceivedRequest) -> Reply {
    Reply::ok(session_json(sizes, request.page()))
}

/// Credentials that the client exchanges for a token.
pub(crate) fn client_credentials() -> Credentials {
    Credentials::Client(ClientCredentials {
        id: "id".into(),
        secret: "secret".into(),
    })
}

/// Walks the session to its end and counts its events.
pub(crate) async fn count_events(client: &Client) -> Result<usize, Error> {
    let stream = client.session_events(SESSION).stream();
    Ok(stream.try_collect::<Vec<_>>().await?.len())
}

type Script = dyn Fn(&ReceivedRequest) -> Reply + Send + Sync;

/// Shared by the client, as its transport, and the test.
#[derive(Clone)]
pub(crate) struct MemoryServer {
    script: Arc<Script>,
    start: Instant,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
}

impl MemoryServer {
    pub(crate) fn new(script: impl Fn(&ReceivedRequest) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            script: Arc::new(script),
            start: Instant::now(),
            requests: Arc::default(),
        }
    }

    /// Every request received so far.
    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// The second at which each request was received.
    pub(crate) fn request_seconds(&self) -> Vec<u64> {
        self.requests()
            .iter()
            .map(|request| request.at.as_secs())
            .collect()
    }

    /// A client with a fixed token, no quota and otherwise the defaults.
    pub(crate) fn client(&self) -> Client {
        self.client_with(RetryPolicy::default(), RateLimit::unlimited())
    }

    pub(crate) fn client_with(&self, retry: RetryPolicy, limit: RateLimit) -> Client {
        let credentials = Credentials::AccessToken(AccessToken::new("fixed"));
        self.client_with_credentials(credentials, retry, limit)
    }

    /// A client that requests its tokens.
    pub(crate) fn client_that_logs_in(&self) -> Client {
        self.client_that_logs_in_with(RateLimit::unlimited())
    }

    pub(crate) fn client_that_logs_in_with(&self, limit: RateLimit) -> Client {
        self.client_with_credentials(client_credentials(), RetryPolicy::default(), limit)
    }

    pub(crate) fn client_with_credentials(
        &self,
        credentials: Credentials,
        retry: RetryPolicy,
        limit: RateLimit,
    ) -> Client {
        let limiter = Arc::new(Limiter::new(limit).unwrap());
        self.client_of_all(credentials, retry, limiter)
    }

    /// A client of it with a fixed token and a quota of the test's.
    pub(crate) fn client_under(&self, retry: RetryPolicy, quota: Arc<dyn Quota>) -> Client {
        let credentials = Credentials::AccessToken(AccessToken::new("fixed"));
        self.client_of_all(credentials, retry, quota)
    }

    fn client_of_all(
        &self,
        credentials: Credentials,
        retry: RetryPolicy,
        quota: Arc<dyn Quota>,
    ) -> Client {
        Client::new(Fetcher::new(FetchSettings {
            transport: Arc::new(self.clone()),
            credentials,
            quota,
            retry,
            timeouts: Timeouts {
                // This server is silent until its response is complete, however long that takes.
                read: Duration::MAX,
                ..Timeouts::default()
            }
            .clamped(),
            api: "https://api.example".parse().unwrap(),
            login: "https://login.example".parse().unwrap(),
            page_size: PageSizeParameter::default(),
        }))
    }
}

impl Transport for MemoryServer {
    fn send<'a>(
        &'a self,
        request: Request<'a>,
        _: &'a Signs,
    ) -> BoxFuture<'a, Result<Response, Failure>> {
        let text = |secret: &SecretString| secret.expose_secret().to_owned();
        let likely_size = match &request {
            Request::Get { likely_size, .. } => *likely_size,
            Request::Query { .. } | Request::Token { .. } => 0,
        };
        let (url, body, token) = match request {
            Request::Get { url, token, .. } => (url, None, Some(text(token))),
            Request::Query {
                url, body, token, ..
            } => (url, Some(body), Some(text(token))),
            Request::Token { url, .. } => (url, None, None),
        };
        let query = url.query().unwrap_or_default().to_owned();
        let received = {
            let mut all = self.requests.lock().unwrap();
            let (number, at) = (all.len() + 1, self.start.elapsed());
            all.push(ReceivedRequest {
                number,
                at,
                responded_at: None,
                token,
                path: url.path().to_owned(),
                query,
                body,
                likely_size,
            });
            all.last().unwrap().clone()
        };
        let Reply { delay, result } = (self.script)(&received);
        Box::pin(async move {
            sleep(delay).await;
            self.requests.lock().unwrap()[received.number - 1].responded_at =
                Some(self.start.elapsed());
            let (status, headers, body) = result.map_err(Failure::new)?;
            let status = StatusCode::from_u16(status).unwrap();
            Ok(Response {
                status,
                headers,
                body: body.into_bytes().into(),
            })
        })
    }
}

impl fmt::Debug for MemoryServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryServer")
    }
}
