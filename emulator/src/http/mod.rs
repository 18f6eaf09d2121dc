//! The service over HTTP: requests in, responses out.
//!
//! ```text
//! request ─► router ─► service ─► oauth                      POST /oauth/token
//!              │           │
//!              │           ├────► query ─► (data) ─► pages ─► uri    JSON with links
//!              │           ├────► conversation_query ─► (data) ─► conversations
//!              │           └────► problem                    the service's errors
//!              └─► every response: correlation id, recording, faults, latency, gzip
//! ```
//!
//! Only this folder knows the endpoints: their paths, parameters, pages and errors. Sessions,
//! events and cursors are in `data`, tokens and the quota in `admission`.

mod conversation_query;
mod conversations;
mod oauth;
mod pages;
mod problem;
mod query;
mod router;
mod service;
mod uri;

pub(crate) use router::router;
pub(crate) use service::Service;
