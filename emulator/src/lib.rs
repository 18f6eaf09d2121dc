//! The journey events endpoint of Genesys Cloud, in process, on a port of 127.0.0.1: for demos,
//! and for tests of code that reads `GET /api/v2/journey/sessions/{sessionId}/events`.
//!
//! Start one in a test, point your client at it, and read sessions of any length:
//!
//! ```
//! use journey_events_emulator::Emulator;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().events(450).start().await?;
//! let session = &emulator.sessions()[0];
//!
//! // Any HTTP client will do; this is what yours has to do for every page.
//! let client = reqwest::Client::new();
//! let mut uri = Some(format!("/api/v2/journey/sessions/{}/events?pageSize=200", session.id()));
//! let mut events = 0;
//! while let Some(relative) = uri {
//!     let url = format!("{}{relative}", emulator.base_url());
//!     let page = client.get(url).bearer_auth("any").send().await?.text().await?;
//!     let page: serde_json::Value = serde_json::from_str(&page)?;
//!     events += page["entities"].as_array().map_or(0, Vec::len);
//!     uri = page["nextUri"].as_str().map(str::to_owned);
//! }
//!
//! assert_eq!(events, 450);
//! assert_eq!(emulator.requests(), 3);
//! emulator.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it does as the service does
//!
//! - Pages: `entities`, `selfUri`, and `nextUri` and `previousUri` where there is more that way,
//!   all relative. Oldest events first, on pages read backwards too.
//! - Page size: `pageSize`, or `limit` as first published, from 1 to 200; 25 if neither is given.
//!   Both may come; where they differ, `pageSize` counts. URIs use the one that the client used.
//! - Cursors: `after` and `before`, not both at once, opaque. They hold `+`, `/` and `=`, encoded
//!   in URIs. One that isn't of this session and this seed is refused.
//! - `eventType`: a comma-separated filter. Pages are filled up to their size with what it keeps.
//! - Tokens: `POST /oauth/token` for client credentials. Any bearer token passes, none doesn't;
//!   with [`check_tokens`](EmulatorBuilder::check_tokens), only those issued here.
//! - Quota: [`quota`](EmulatorBuilder::quota) and 429 with `Retry-After`. Tokens issued here share the
//!   quota of their client, as the service's do; any other token has one of its own.
//! - Errors: the service's JSON body and status for each. Every answer has `ININ-Correlation-Id`,
//!   and every such body the same id as `contextId`. A 502, which only a [`Fault`] brings, is a proxy's
//!   HTML page, and the login's errors are those of OAuth: neither has a `contextId`.
//! - gzip, for clients that accept it.
//! - One published [`Form`] alone, or both.
//! - [`Fault`]s on request: error statuses, bodies that end or stop half-way.
//! - `GET /api/v2/journey/sessions/{sessionId}`, with `eventCount` and `endedDate`, and
//!   `GET /api/v2/externalcontacts/contacts/{contactId}/journey/sessions`, those of one visitor: up to three
//!   that are made up, or all of one's own with the same `customerId`. With
//!   [`growth`](EmulatorBuilder::growth), sessions grow and then end.
//!
//! What the service has not: the requests that came are kept, for tests to assert on
//! ([`recorded`](Emulator::recorded)). From any language, `GET /emulator/requests` has them as JSON;
//! `DELETE` forgets them and begins the count for faults anew.
//!
//! Where the service's behaviour isn't published (the default page size, what both cursors at
//! once mean, the kind of quota window), what it does is this emulator's choice.
//!
//! # What is in a session
//!
//! Visits to a shop that doesn't exist: page views, searches, products looked at and bought, forms,
//! segments, offers of help taken or not, with bursts and pauses, in five languages; about 2 KB an
//! event. `totalEventCount` counts all events of the session up to and with the one it is in,
//! `totalPageviewCount` its page views. Nobody in it is real: hosts are under `.example`, addresses
//! from the ranges for documentation.
//!
//! The same [`seed`](EmulatorBuilder::seed) gives the same sessions, events and ids. An event
//! depends on the seed, its session's number and its place, and of the other settings on the [`Form`]
//! alone. It is worked out when it is asked for: a session of a million events takes no more memory
//! than one of ten.
//!
//! Or bring your own events: [`own_events`](EmulatorBuilder::own_events).
//!
//! # What it isn't
//!
//! It checks no permissions, has no other endpoints, and only this machine can reach it. There is
//! no TLS: a client must be able to take an `http` base URL.

mod admission;
mod builder;
mod data;
mod emulator;
mod error;
mod fault;
mod form;
mod http;
mod json;
mod recording;
mod rng;
mod story;

pub use admission::quota::QuotaWindow;
pub use builder::EmulatorBuilder;
pub use data::session::SessionInfo;
pub use emulator::Emulator;
pub use error::StartError;
pub use fault::spec::Fault;
pub use fault::text::FaultError;
pub use form::Form;
pub use recording::RecordedRequest;
