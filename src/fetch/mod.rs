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
//! `endpoint` builds the URL, `conversation_query` the body of a query, `deadline` limits the time over all
//! attempts, `failure` and `refusal` are what a failed attempt leaves, `error` is what the user sees of it, `trace` what
//! its span shows.

pub(crate) mod auth;
pub(crate) mod client_login;
pub(crate) mod conversation_query;
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
pub(crate) mod trace;
pub(crate) mod transport;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use tracing::{Instrument, debug_span};
use url::Url;

use crate::decode::conversations::ConversationPage;
use crate::decode::entity::Entity;
use crate::decode::{self, Listing, ListingError};
use crate::error::Error;
use crate::model::Session;
use crate::model::conversation::Conversation;
use crate::position::cursor::Cursor;
use crate::stats::{Counters, Stats};
use auth::Auth;
use auth::credentials::Credentials;
use client_login::ClientLogin;
use conversation_query::ConversationQuery;
use endpoint::{Endpoint, PageSizeParameter, Query, below};
use error::request_error;
use exchange::{Exchange, Target};
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

/// A request that isn't one of a walk.
#[derive(Clone)]
struct Single {
    endpoint: Endpoint,
    /// The query in JSON if it is a `POST`.
    query: Option<String>,
    /// The number of the page, for errors.
    page: Option<u32>,
}

impl Single {
    fn of(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            query: None,
            page: None,
        }
    }
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
                url: below(&login, auth::login::PATH),
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
    /// `number` counts the pages of the walk from 1, for traces and errors. `size` is that of the walk's
    /// previous page in bytes, and then of this one.
    pub(crate) async fn page<T: Entity>(
        &self,
        query: &Query,
        cursor: Option<&Cursor>,
        number: u64,
        size: &AtomicUsize,
    ) -> Result<(Listing<T>, Duration), Error> {
        let endpoint = &query.endpoint;
        let target = Target {
            url: query.url(&self.api, self.page_size, cursor),
            template: endpoint.template(),
            query: None,
            // A page that is a little larger doesn't make the buffer grow.
            likely_size: size.load(Relaxed) / 8 * 9,
        };
        let span = debug_span!("page", page = number);
        let read = |body: &[u8]| {
            let listing: Listing<T> = decode::listing(body)?;
            size.store(body.len(), Relaxed);
            let counters = &self.exchange.counters;
            counters.page(listing.entities.len(), body.len());
            Ok(listing)
        };
        let patience = if query.follows {
            Patience::Outlast
        } else {
            Patience::Policy
        };
        let page = self.send(&target, patience, &read).instrument(span).await;
        page.map_err(|gave_up| {
            let of = format!("page {number} of {endpoint}");
            request_error(gave_up, endpoint, &of, cursor.is_some())
        })
    }

    /// Fetches a session's description.
    pub(crate) async fn session(
        self: &Arc<Self>,
        id: &str,
        patience: Patience,
    ) -> Result<Session, Error> {
        let request = Single::of(Endpoint::Session(id.to_owned()));
        let session = self.single(request, patience, decode::single);
        session.instrument(debug_span!("session")).await
    }

    /// Fetches a conversation.
    pub(crate) async fn conversation(self: &Arc<Self>, id: &str) -> Result<Conversation, Error> {
        let request = Single::of(Endpoint::Conversation(id.to_owned()));
        let conversation = self.single(request, Patience::Policy, decode::single);
        conversation.instrument(debug_span!("conversation")).await
    }

    /// Fetches a page of the conversations of an interval.
    pub(crate) async fn conversations(
        self: &Arc<Self>,
        query: ConversationQuery,
    ) -> Result<ConversationPage<Conversation>, Error> {
        let number = query.page_number;
        let span = debug_span!("conversations", page = number);
        let request = Single {
            query: Some(query.body()),
            page: Some(number),
            endpoint: Endpoint::Conversations(query.interval),
        };
        let page = self.single(request, Patience::Policy, decode::conversations::page);
        page.instrument(span).await
    }

    /// Makes one request under the same quota as a page, in a separate task.
    async fn single<T: Send + 'static>(
        self: &Arc<Self>,
        request: Single,
        patience: Patience,
        read: fn(&[u8]) -> Result<T, ListingError>,
    ) -> Result<T, Error> {
        let make = || -> BoxFuture<'static, _> {
            let (fetcher, request) = (Arc::clone(self), request.clone());
            Box::pin(async move {
                let Single {
                    endpoint,
                    query,
                    page,
                } = request;
                let target = Target {
                    url: endpoint.url(&fetcher.api),
                    template: endpoint.template(),
                    query,
                    likely_size: 0,
                };
                let sent = fetcher.send(&target, patience, &read).await;
                sent.map(|(response, _)| response).map_err(|gave_up| {
                    let of = match page {
                        Some(number) => format!("page {number} of {endpoint}"),
                        None => endpoint.to_string(),
                    };
                    request_error(gave_up, &endpoint, &of, false)
                })
            })
        };
        task::run(make).await?
    }

    async fn send<T>(
        &self,
        target: &Target,
        patience: Patience,
        read: &impl Fn(&[u8]) -> Result<T, ListingError>,
    ) -> Result<(T, Duration), GaveUp> {
        let attempt = |attempt| self.exchange.attempt(target, attempt, read);
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
