//! The journey events endpoint of Genesys Cloud, in process, on a port of 127.0.0.1: for demos, and
//! for tests of code that reads `GET /api/v2/journey/sessions/{sessionId}/events`.
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
//! // Any HTTP client works; yours follows `nextUri` like this.
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
//! # Like the service
//!
//! - Pages: `entities`, `selfUri`, and `nextUri` and `previousUri` where there are more events that
//!   way, all relative. Oldest events first, on pages read backwards too.
//! - Page size: `pageSize`, or `limit` as first published, 1 to 200, 25 by default. If both are
//!   sent, `pageSize` wins. URIs use the parameter that the client used.
//! - Cursors: `after` or `before`, not both, opaque. They contain `+`, `/` and `=`, encoded in
//!   URIs. A cursor of another session or seed is refused.
//! - `eventType`: a comma-separated filter. Pages are filled with matching events.
//! - Tokens: `POST /oauth/token` for client credentials. Requests need a bearer token: any, or with
//!   [`check_tokens`](EmulatorBuilder::check_tokens) only those issued here.
//! - Quota: [`quota`](EmulatorBuilder::quota) and 429 with `Retry-After`. Tokens issued here share
//!   the quota of their client, one of several [`clients`](EmulatorBuilder::clients), as the service's
//!   do; every other token has its own.
//! - Errors: the service's status and JSON body for each. Every response has an
//!   `ININ-Correlation-Id`, which is also the body's `contextId`. Two kinds have none: a 502, which
//!   only a [`Fault`] causes, is a proxy's HTML page, and login errors are those of OAuth.
//! - gzip, for clients that accept it.
//! - One published [`Form`] alone, or both.
//! - [`Fault`]s on request: statuses, connections that close or pause, odd pages and values, for chosen
//!   requests.
//! - Sessions: `GET /api/v2/journey/sessions/{sessionId}`, with `eventCount` and `endedDate`. With
//!   [`growth`](EmulatorBuilder::growth), they grow and then end.
//! - Sessions of a contact:
//!   `GET /api/v2/externalcontacts/contacts/{contactId}/journey/sessions`, with `includeMerged` those of
//!   its merge set.
//! - Conversations: `GET /api/v2/analytics/conversations/{conversationId}/details`, and
//!   `POST /api/v2/analytics/conversations/details/query` with an interval of at most 7 days, `order`
//!   and pages of at most 100. Filters are refused. Participants name journey sessions in
//!   `journeyCustomerSessionId`; some have odd values (null, empty, missing, of another type), which
//!   clients must survive.
//!
//! Where the service's behaviour isn't published (the default page size, both cursors at once, the
//! kind of quota window), the emulator makes a choice.
//!
//! # Control
//!
//! Unlike the service, it keeps the requests received, for tests to assert on
//! ([`recorded`](Emulator::recorded)), and what each quota window saw
//! ([`quota_report`](Emulator::quota_report)). While it runs, tests
//! [add sessions](Emulator::add_sessions) and [events](Emulator::append_events),
//! [end sessions](Emulator::end_session), let [tokens expire](Emulator::expire_tokens),
//! [set faults](Emulator::set_faults) and [reset](Emulator::reset) it. The routes below `/emulator/` do the
//! same for any language; `GET /emulator/openapi.json` describes them and the service's.
//!
//! Web pages can't: a `Host` other than `localhost`, an IP address or an
//! [allowed name](EmulatorBuilder::allow_host) is refused, and so is a change with an `Origin`, or one
//! whose content type isn't `application/json` (DELETE needs none).
//!
//! # Sessions
//!
//! Visits to a shop that doesn't exist: page views, searches, products viewed and bought, forms,
//! segments, offers accepted or not, with bursts and pauses, in five languages; about 2 KB per
//! event. `totalEventCount` counts the session's events so far, `totalPageviewCount` its page
//! views. No person is real: hosts are under `.example`, addresses from the documentation ranges.
//!
//! The same [`seed`](EmulatorBuilder::seed) generates the same sessions, events and ids. An event
//! depends only on the seed, its session's number, its position and the [`Form`]. It is generated
//! on request, so a session of a million events takes no more memory than one of ten.
//!
//! To serve your own events instead, see [`own_events`](EmulatorBuilder::own_events).
//!
//! # Limitations
//!
//! It checks no permissions and has no other endpoints.
//! TLS is not served: the client must accept an `http` base URL.

// The layers, top to bottom; each uses only those below it:
//
// builder ─► emulator ─► http ─► state ─► admission, data, recording ─► story ─► settings ─► fault
//     ─► form, error, date, json, paths, rng

mod admission;
mod builder;
mod data;
mod date;
mod emulator;
mod error;
mod fault;
mod form;
mod http;
mod json;
mod paths;
mod recording;
mod rng;
mod settings;
mod state;
mod story;

pub use admission::{ClientCredentials, ClientReport, QuotaReport, WindowReport};
pub use builder::EmulatorBuilder;
pub use data::{NewEvents, NewSessions, SessionInfo};
pub use emulator::Emulator;
pub use error::{ChangeError, StartError};
pub use fault::{Endpoint, Fault, FaultCount, FaultError};
pub use form::Form;
pub use recording::RecordedRequest;
pub use settings::QuotaWindow;
pub use state::Part;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
