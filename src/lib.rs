//! Every event of a Genesys Cloud journey session as one lazy async stream.
//!
//! The service returns `GET /api/v2/journey/sessions/{sessionId}/events` in pages of at most 200 events.
//! This crate follows the cursors, keeps within the quota, retries transient failures, and yields every
//! event once and in order, with a [`Checkpoint`] to resume from at any time:
//!
//! ```no_run
//! use futures::TryStreamExt;
//! use journey_events::{Client, Region};
//!
//! # async fn run(id: String, secret: String) -> journey_events::Result<()> {
//! let client = Client::builder()
//!     .region(Region::EuCentral1)
//!     .client_credentials(id, secret) // or .access_token(token), or Client::from_env()
//!     .build()?;
//!
//! let mut events = client.session_events("5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60").stream();
//! while let Some(event) = events.try_next().await? {
//!     println!("{} {}", event.event_type(), event.id().unwrap_or("-"));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The [guide] goes from one session to many, and has all defaults; the [page on errors] has each kind and what to do.
//!
//! [guide]: https://github.com/journey-events/journey-events/blob/main/docs/library.md
//! [page on errors]: https://github.com/journey-events/journey-events/blob/main/docs/errors.md
//!
//! # How a page travels
//!
//! ```text
//! SessionEvents ─► stream ─► paging ║─► fetch ─► retry ─► token ─► limit ─► transport ─► (wire)
//!                    ▲         │    ║                                          │
//!                  Event ◄─────┘    ║◄─ decode ◄── bytes of one complete page ◄┘
//!                                   ║ = its own task
//! ```
//!
//! Layers use only those below them, and `fetch` puts them together. Whatever takes time runs in a task,
//! so a request, once started, runs at the speed of the network whatever its consumer does. Every attempt
//! takes a permit. The token comes before the permit, so that a login never delays a request whose permit
//! was granted.
//!
//! # Guarantees
//!
//! - **Lazy.** Nothing is sent before the first poll, and a page is requested once the one before it has
//!   been consumed, or ahead of that with [`SessionEvents::read_ahead`].
//! - **Complete.** Every event of every page is yielded once and in order, or the stream ends with an
//!   error and a checkpoint ([`EventStream::checkpoint`], [`Error::checkpoint`]) to resume from. An event
//!   that the service puts on two pages, because something was inserted between the requests, is yielded
//!   twice.
//! - **Nothing silent.** A cursor cycle, a run of empty pages, a link without a cursor or a response that
//!   isn't a listing is an error after the events received before it, never a short result.
//! - **Within the quota.** See [`RateLimit`].
//! - **As sent.** [`Event::json`] is the exact text. Unknown event types and fields are kept.
//!
//! # Tracing
//!
//! At debug level, `tracing` gets a span `request` for each attempt, by OpenTelemetry's conventions for HTTP clients:
//!
//! | field | value |
//! | --- | --- |
//! | `http.request.method`, `url.template` | such as `GET` and `/api/v2/journey/sessions/{sessionId}/events` |
//! | `server.address`, `server.port` | of the base URL; a proxy isn't shown |
//! | `network.protocol.version` | `1.1` |
//! | `http.request.resend_count` | how often it was sent before; absent for the first attempt |
//! | `http.response.status_code` | absent without a response |
//! | `http.response.header.inin-correlation-id` | what the service's support asks for |
//! | `error.type` | the status, or `connect`, `connect_timeout`, `certificate`, `timeout`, `connection_lost`, `not_http`, `compression`, `too_large`, `empty_body`, `unexpected_body`, … |
//! | `otel.name`, `otel.kind`, `otel.status_code` | what `tracing-opentelemetry` makes the span's name, kind and status |
//!
//! It is within a span `page` (`page`, the number), `session`, `conversation`, `conversations` (`page`) or `login`, and an
//! event `retrying` (`error.type`, `attempt`, `wait_ms`, `correlation_id`) is between two attempts. The time in the
//! quota's queue is within the page's span and outside the request's. None contains a token, the id of a session, contact or
//! conversation, a query, a cursor or a body.
//!
//! # Features
//!
//! | feature | | default |
//! | --- | --- | --- |
//! | `rustls` | TLS by rustls with aws-lc-rs, and the system's root certificates | yes |
//! | `rustls-no-provider` | the same with the crypto provider that the program installs before it builds a client | |
//! | `native-tls` | TLS by the system: OpenSSL, or that of macOS or Windows; not used if rustls is there | |
//! | `gzip`, `brotli` | compressed responses, a tenth in size | yes |
//! | `system-proxy` | the proxy set in macOS or Windows; that of the environment needs no feature | yes |
//! | `reqwest` | `ClientBuilder::http`, to build on your own HTTP client | |
//!
//! With `default-features = false`, choose one kind of TLS. Without any, only `http` can be used.
//!
//! # Runtime
//!
//! Streams and futures need tokio with I/O and time enabled. They are `Send`, and may be polled on
//! another runtime than before: a request whose runtime was shut down, or doesn't answer for 1 s, is made
//! again on the current one. Polled outside a runtime, a stream ends with
//! [`ErrorKind::Runtime`] and a checkpoint. On a `current_thread` runtime, requests advance only inside
//! `block_on`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod decode;
mod error;
mod fetch;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub mod model;
mod paging;
mod position;
mod region;
mod request;
mod stats;
mod stream;

pub use client::Client;
pub use client::builder::ClientBuilder;
pub use error::{Error, ErrorKind, Result};
pub use fetch::auth::source::{TokenFn, TokenSource, token_fn};
pub use fetch::auth::token::AccessToken;
pub use fetch::endpoint::PageSizeParameter;
pub use fetch::limit::activity::{Activity, Waiting};
pub use fetch::limit::permit::{Permit, Settled};
pub use fetch::limit::quota::Quota;
pub use fetch::limit::rate_limit::RateLimit;
pub use fetch::retry::policy::RetryPolicy;
#[cfg(feature = "reqwest")]
pub use fetch::transport::settings::reqwest;
pub use model::{Event, EventBody, FoundSession, Session, Timestamp};
pub use paging::page::Page;
pub use position::checkpoint::{Checkpoint, CheckpointState};
pub use region::Region;
pub use request::contact_sessions::ContactSessions;
pub use request::find_sessions::FoundSessions;
pub use request::session_events::SessionEvents;
pub use stats::Stats;
pub use stream::outcome::Outcome;
pub use stream::{EventStream, PageStream, SessionStream};

/// Compiles the Rust code of the README and of the pages in `docs`.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/comparison.md")]
    struct Comparison;
    #[doc = include_str!("../docs/connect.md")]
    struct Connect;
    #[doc = include_str!("../docs/errors.md")]
    struct Errors;
    #[doc = include_str!("../docs/library.md")]
    struct Library;
    #[doc = include_str!("../docs/testing.md")]
    struct Testing;
    #[doc = include_str!("../docs/visitor.md")]
    struct Visitor;
}
