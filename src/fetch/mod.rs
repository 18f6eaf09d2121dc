//! One cursor in, one page out. Here, and only here, the layers are put together:
//!
//! ```text
//! page ─► retry ─► exchange ─► auth (token) ─► limit (permit) ─► transport ─► (wire)
//!   ▲                                                                │
//!   └── decode ◄──── complete response ◄─────────────────────────────┘
//! ```
//!
//! Retries are outside the limit, so that every attempt takes a permit. The token comes before the
//! permit, so that no login delays a request after its permit was taken. A login with client credentials
//! (`client_login`) is retried like a page, in a task that `auth` runs. `task` runs whatever takes time.
//! `endpoint` builds the URL, `deadline` limits the time over all attempts, `failure` and `refusal` are
//! what a failed attempt leaves, `error` is what the user sees of it.

pub(crate) mod auth;
pub(crate) mod client_login;
pub(crate) mod deadline;
pub(crate) mod endpoint;
mod error;
pub(crate) mod exchange;
pub(crate) mod failure;
pub(crate) mod limit;
pub(crate) mod refusal;
pub(crate) mod retry;
pub(crate) mod retry_after;
pub(crate) mod service_clock;
pub(crate) mod task;
pub(crate) mod transport;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use tracing::{Instrument, debug_span};
use url::Url;

use crate::decode::entity::Entity;
use crate::decode::{self, Listing, ListingError};
use crate::error::Error;
use crate::model::Session;
use crate::position::cursor::Cursor;
use crate::stats::{Counters, Stats};
use auth::Auth;
use auth::credentials::Credentials;
use client_login::ClientLogin;
use endpoint::{Endpoint, PageSizeParameter, Query, below};
use error::request_error;
use exchange::Exchange;
use limit::activity::Activity;
use limit::quota::Quota;
use retry::budget::Budget;
use retry::pause_after_429::Pauses;
use retry::policy::RetryPolicy;
use retry::waits::RetryWaits;
use retry::{GaveUp, Patience};
use service_clock::ServiceClock;
use transport::Transport;
use transport::settings::Timeouts;

/// What all streams of one client share.
#[derive(Debug)]
pub(crate) struct Fetcher {
    exchange: Exchange,
    retry: RetryPolicy,
    budget: Arc<Budget>,
    retry_waits: Arc<RetryWaits>,
    api: Url,
    page_size: PageSizeParameter,
}

/// What a client is configured with. All of it is checked.
pub(crate) struct FetchSettings {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) credentials: Credentials,
    pub(crate) quota: Arc<dyn Quota>,
    pub(crate) retry: RetryPolicy,
    pub(crate) timeouts: Timeouts,
    pub(crate) api: Url,
    pub(crate) login: Url,
    pub(crate) page_size: PageSizeParameter,
}

impl Fetcher {
    pub(crate) fn new(settings: FetchSettings) -> Self {
        let FetchSettings {
            transport,
            credentials,
            quota,
            retry,
            timeouts,
            api,
            login,
            page_size,
        } = settings;
        let budget = Arc::new(Budget::new(retry.budget));
        let (retry_waits, counters) = <(Arc<RetryWaits>, Arc<Counters>)>::default();
        let cached = |source| Auth::cached(source, retry.page_deadline);
        let auth = match credentials {
            Credentials::AccessToken(token) => Auth::fixed(token),
            Credentials::Source(source) => cached(source),
            Credentials::Client(client) => cached(Arc::new(ClientLogin {
                transport: Arc::clone(&transport),
                url: below(&login, "/oauth/token"),
                client,
                timeouts,
                retry,
                budget: Arc::clone(&budget),
                waits: Arc::clone(&retry_waits),
                counters: Arc::clone(&counters),
            })),
        };
        Self {
            exchange: Exchange {
                transport,
                auth,
                quota,
                pauses: Pauses::default(),
                timeouts,
                longest_pause: retry.max_retry_after,
                counters,
                clock: ServiceClock::default(),
            },
            retry,
            budget,
            retry_waits,
            api,
            page_size,
        }
    }

    /// The service's base URL, by which checkpoints name it.
    pub(crate) fn service(&self) -> &str {
        self.api.as_str().trim_end_matches('/')
    }

    /// Fetches the page at a cursor, retrying as the policy allows. Returns how long its request took, too.
    ///
    /// `number` counts the pages of the walk from 1, for traces and errors.
    pub(crate) async fn page<T: Entity>(
        &self,
        query: &Query,
        cursor: Option<&Cursor>,
        number: u64,
    ) -> Result<(Listing<T>, Duration), Error> {
        let endpoint = &query.endpoint;
        let url = query.url(&self.api, self.page_size, cursor);
        let span = debug_span!("page", session = endpoint.id(), page = number);
        let read = |body: &[u8]| {
            let listing: Listing<T> = decode::listing(body)?;
            let counters = &self.exchange.counters;
            counters.page(listing.entities.len(), body.len());
            Ok(listing)
        };
        let patience = if query.follows {
            Patience::Outlast
        } else {
            Patience::Policy
        };
        let page = self.get(&url, patience, &read).instrument(span).await;
        page.map_err(|gave_up| {
            let of = format!("page {number} of {endpoint}");
            request_error(gave_up, endpoint, &of, cursor.is_some())
        })
    }

    /// Fetches a session's description under the same quota as a page, in a task of its own.
    pub(crate) async fn session(
        self: &Arc<Self>,
        id: &str,
        patience: Patience,
    ) -> Result<Session, Error> {
        let make = || -> BoxFuture<'static, _> {
            let (fetcher, id) = (Arc::clone(self), id.to_owned());
            Box::pin(async move { fetcher.fetch_session(id, patience).await })
        };
        task::run(make).await?
    }

    async fn fetch_session(&self, id: String, patience: Patience) -> Result<Session, Error> {
        let span = debug_span!("session", session = id);
        let endpoint = Endpoint::Session(id);
        let url = endpoint.url(&self.api);
        let session = self.get(&url, patience, &decode::single::<Session>);
        match session.instrument(span).await {
            Ok((session, _)) => Ok(session),
            Err(gave_up) => {
                let of = endpoint.to_string();
                Err(request_error(gave_up, &endpoint, &of, false))
            }
        }
    }

    async fn get<T>(
        &self,
        url: &Url,
        patience: Patience,
        read: &impl Fn(&[u8]) -> Result<T, ListingError>,
    ) -> Result<(T, Duration), GaveUp> {
        let attempt = |attempt| self.exchange.attempt(url, attempt, read);
        let (budget, waits) = (&self.budget, &self.retry_waits);
        retry::run(&self.retry, budget, waits, patience, attempt).await
    }

    /// What requests are waiting for; a wait that holds up all of them takes precedence.
    pub(crate) fn activity(&self) -> Activity {
        let mut activity = self.exchange.quota.activity();
        activity.waiting = activity.waiting.or_else(|| self.retry_waits.waiting());
        activity
    }

    pub(crate) fn base_url(&self) -> &str {
        self.api.as_str()
    }

    pub(crate) fn service_time(&self) -> Option<SystemTime> {
        self.exchange.clock.now()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.exchange.counters.snapshot()
    }
}
