//! A service in memory: a script says what each request gets, and when.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::fetch::Fetcher;
use crate::fetch::auth::Auth;
use crate::fetch::auth::credentials::{ClientCredentials, Credentials};
use crate::fetch::endpoint::PageSizeParameter;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::limit::{Limiter, RateLimit};
use crate::fetch::retry::budget::Budget;
use crate::fetch::retry::pauses::Pauses;
use crate::fetch::retry::policy::RetryPolicy;
use crate::fetch::retry::waits::RetryWaits;
use crate::fetch::transport::Transport;
use crate::fetch::transport::message::{Request, Response};
use crate::fetch::transport::settings::Timeouts;
use crate::fetch::transport::timer::Progress;
use crate::stats::Counters;

use super::session::{page_json, session_json};

/// A request as the script sees it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Counted from 1, requests for tokens included.
    pub(crate) number: usize,
    /// Since the service was made.
    pub(crate) at: Duration,
    /// When the answer was handed over; `None` if the client did not wait for it.
    pub(crate) answered: Option<Duration>,
    /// The access token; `None` for a request for one.
    pub(crate) token: Option<String>,
    pub(crate) query: String,
}

impl Asked {
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

    /// Which page is asked for: the cursor is its number, and the first page has none.
    pub(crate) fn page(&self) -> usize {
        self.cursor().map_or(0, |cursor| cursor.parse().unwrap())
    }
}

/// What the script answers.
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

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// A page with events of these ids; the cursor of the page behind it is that page's number.
pub(crate) fn page<I: AsRef<str>>(ids: &[I], next: Option<usize>) -> Reply {
    Reply::ok(page_json(ids, next))
}

/// The page that was asked for, of a session of pages of the sizes given.
pub(crate) fn session(sizes: &[usize], asked: &Asked) -> Reply {
    Reply::ok(session_json(sizes, asked.page()))
}

/// Credentials that have to be exchanged for a token.
pub(crate) fn oauth_client() -> Credentials {
    Credentials::Client(ClientCredentials {
        id: "id".into(),
        secret: "secret".into(),
    })
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The service, shared between the client and the test.
#[derive(Clone)]
pub(crate) struct Memory {
    script: Arc<Script>,
    start: Instant,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Memory {
    pub(crate) fn new(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            script: Arc::new(script),
            start: Instant::now(),
            asked: Arc::default(),
        }
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// A client of it with a fixed token, defaults elsewhere and no quota.
    pub(crate) fn client(&self) -> Client {
        self.client_with(RetryPolicy::default(), RateLimit::unlimited())
    }

    pub(crate) fn client_with(&self, retry: RetryPolicy, limit: RateLimit) -> Client {
        self.client_of(Credentials::AccessToken("fixed".into()), retry, limit)
    }

    /// A client of it that fetches its tokens.
    pub(crate) fn client_that_logs_in(&self) -> Client {
        self.client_that_logs_in_under(RateLimit::unlimited())
    }

    pub(crate) fn client_that_logs_in_under(&self, limit: RateLimit) -> Client {
        self.client_of(oauth_client(), RetryPolicy::default(), limit)
    }

    pub(crate) fn client_of(
        &self,
        credentials: Credentials,
        retry: RetryPolicy,
        limit: RateLimit,
    ) -> Client {
        Client::new(Fetcher {
            transport: Box::new(self.clone()),
            auth: Auth::new(credentials),
            limiter: Limiter::new(limit).unwrap(),
            budget: Budget::new(retry.budget),
            retry,
            pauses: Pauses::default(),
            timeouts: Timeouts {
                // This service is silent until its response is complete, however long that takes.
                read: Duration::MAX,
                ..Timeouts::default()
            }
            .clamped(),
            api: "https://api.example".parse().unwrap(),
            login: "https://login.example".parse().unwrap(),
            page_size: PageSizeParameter::default(),
            retry_waits: RetryWaits::default(),
            counters: Counters::default(),
        })
    }
}

impl Transport for Memory {
    fn send<'a>(
        &'a self,
        request: Request<'a>,
        _: &'a Progress,
    ) -> BoxFuture<'a, Result<Response, Failure>> {
        let text = |secret: &SecretString| secret.expose_secret().to_owned();
        let (url, token) = match request {
            Request::Get { url, token, .. } => (url, Some(text(token))),
            Request::Token { url, .. } => (url, None),
        };
        let query = url.query().unwrap_or_default().to_owned();
        let asked = {
            let mut all = self.asked.lock().unwrap();
            let (number, at) = (all.len() + 1, self.start.elapsed());
            all.push(Asked {
                number,
                at,
                answered: None,
                token,
                query,
            });
            all.last().unwrap().clone()
        };
        let Reply { delay, result } = (self.script)(&asked);
        Box::pin(async move {
            sleep(delay).await;
            self.asked.lock().unwrap()[asked.number - 1].answered = Some(self.start.elapsed());
            let (status, headers, body) = result.map_err(Failure::new)?;
            let status = StatusCode::from_u16(status).unwrap();
            Ok(Response {
                status,
                headers,
                body: body.into(),
            })
        })
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}
