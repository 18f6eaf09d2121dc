//! The wire: one request out, one complete response back.
//!
//! `settings` is what the user configured, `http` sends over sockets, `error` classifies what went
//! wrong on the way. Nothing above this folder knows reqwest.

pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod settings;

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::timeout;

use crate::fetch::failure::{Cause, Failure};
use message::{Request, Response};

/// Carries requests. Tests with a paused clock put memory in place of sockets.
pub(crate) trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request and reads the complete response, whatever its status. Dropping the future
    /// frees the connection.
    fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Response, Failure>>;
}

/// Makes one attempt within the time allowed.
pub(crate) async fn attempt(
    transport: &dyn Transport,
    request: Request<'_>,
    time_allowed: Duration,
) -> Result<Response, Failure> {
    match timeout(time_allowed, transport.send(request)).await {
        Ok(response) => response,
        Err(_) => Err(Failure::new(Cause::Timeout)),
    }
}
