//! The service over HTTP: requests in, responses out.
//!
//! ```text
//! request ─► router ─► service ─► query, conversation_query ─► (data) ─► pages, conversations ─► uri
//!              │           └────► oauth                      POST /oauth/token
//!              ├─► control ─► (state)                        /emulator/…
//!              ├─► guard: Host, Origin                       problem: errors of all of them
//!              ├─► response: bodies                          what all of them are made of
//!              └─► every response: correlation id, recording, faults, latency, gzip
//! ```
//!
//! Only this folder knows the endpoints: their paths (`route`), parameters, pages and errors. What they
//! read and change is in `state`.

mod control;
mod conversation_query;
mod conversations;
mod guard;
mod oauth;
mod pages;
mod problem;
mod query;
mod response;
mod route;
mod router;
mod service;
mod uri;

pub(crate) use router::router;
