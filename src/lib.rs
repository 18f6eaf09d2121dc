//! Every event of a Genesys Cloud journey session as one lazy async stream.
//!
//! `GET /api/v2/journey/sessions/{sessionId}/events` answers in pages of 200 events at most. This crate
//! follows the cursors, keeps to the quota, tries again what can be cured and gives every event once,
//! in order, with a [`Checkpoint`] at any time to go on from:
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
//! # How a page travels
//!
//! ```text
//! SessionEvents ─► walk ─► fetch ─► retry ─► token ─► limit ─► transport ─► (wire)
//!                   ▲        │                                     │
//!                 Event ◄─ decode ◄──── bytes of one whole page ◄──┘
//! ```
//!
//! One direction, no cycles; the layers don't know each other, `fetch` puts them together. Retries are
//! outside the limit, so every attempt takes a permit; the token comes before the permit, so a login
//! never delays a request behind the moment its permit was given for.
//!
//! # What holds
//!
//! - **Lazy.** Nothing is sent before the first poll, and no page before the one in front of it was
//!   consumed, unless [`SessionEvents::read_ahead`] asks for it.
//! - **Nothing lost, nothing twice.** An event is given out once; [`EventStream::checkpoint`] and
//!   [`Error::checkpoint`] say how far it got. Which events a page has is the service's word: where it
//!   gives one event on two pages, because something was inserted between the requests, both come out.
//! - **Nothing silent.** A cursor that leads back, a run of empty pages, a link without a cursor, an
//!   answer that is no listing: each is an error behind the events that came, never a short result.
//! - **Within the quota.** See [`RateLimit`].
//! - **As sent.** [`Event::json`] is the exact text; types and fields of tomorrow are kept.
//!
//! # Tracing
//!
//! Spans at debug level through `tracing`: `page` (`session`, `page`), in it `attempt` (`attempt`,
//! `queued_ms`, `status`, `correlation_id`) and `login`; an event `retrying` (`cause`, `attempt`,
//! `wait_ms`, `correlation_id`). No token, no cursor and nothing a customer did is in them.
//!
//! # Runtime
//!
//! tokio, with I/O and time enabled. Futures and streams are `Send`.

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
pub use model::{Event, EventBody, Session};
pub use paging::page::Page;
pub use position::checkpoint::{Checkpoint, CheckpointState};
pub use region::Region;
pub use request::contact_sessions::ContactSessions;
pub use request::session_events::SessionEvents;
pub use stats::Stats;
pub use stream::outcome::Outcome;
pub use stream::{EventStream, PageStream, SessionStream};

/// The README's code, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The code of the page on testing, run.
#[cfg(doctest)]
#[doc = include_str!("../docs/testing.md")]
struct Testing;
