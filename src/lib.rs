//! Every event of a Genesys Cloud journey session as one lazy async stream.

mod answer;
mod auth;
mod backoff;
mod budget;
mod builder;
mod checkpoint;
mod client;
mod cursor;
mod decode;
mod env;
mod error;
mod fault;
mod fetch;
mod json_fault;
mod limit;
pub mod model;
mod outcome;
mod page;
mod read_ahead;
mod region;
mod resume;
mod retry;
mod retry_after;
mod session_events;
mod stats;
mod stream;
#[cfg(test)]
mod tests;
mod transport;
mod walk;

pub use builder::ClientBuilder;
pub use checkpoint::{Checkpoint, CheckpointState};
pub use client::Client;
pub use error::{Error, ErrorKind, Result};
pub use fetch::PageSizeParameter;
pub use limit::RateLimit;
pub use model::{Event, EventBody};
pub use outcome::Outcome;
pub use page::Page;
pub use region::Region;
pub use retry::RetryPolicy;
pub use session_events::SessionEvents;
pub use stats::Stats;
pub use stream::{EventStream, PageStream};
pub use transport::reqwest;
