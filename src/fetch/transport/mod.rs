//! The wire: one request out, one complete response back.
//!
//! ```text
//! attempt ─► http (reqwest) ─► (wire)
//!    │
//!  timer (silence, whole attempt)
//! ```
//!
//! `settings` is what the user configured, `http` sends over sockets, `tls` is the stack it was built with,
//! `body` reuses buffers, `error` classifies failures.
//! Nothing above this folder knows reqwest.

pub(crate) mod body;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod settings;
pub(crate) mod timer;
pub(crate) mod tls;

use std::fmt;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::fetch::deadline::Deadline;
use crate::fetch::failure::{Cause, Failure};
use message::{Request, Response};
use settings::Timeouts;
use timer::{Ring, Signs, Timer};

/// Carries requests. Tests with a paused clock put memory in place of sockets.
pub(crate) trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request and reads the complete response, whatever its status. Signals
    /// whatever arrives. Dropping the future closes the connection.
    fn send<'a>(
        &'a self,
        request: Request<'a>,
        signs: &'a Signs,
    ) -> BoxFuture<'a, Result<Response, Failure>>;
}

/// Makes one attempt within the timeouts and the deadline.
///
/// The response is polled before the timers, so that one that has arrived is never thrown away. A timer
/// found late because the runtime stalled is armed once more, since the response may have arrived
/// unread; the stall doesn't count against the deadline.
pub(crate) async fn attempt(
    transport: &dyn Transport,
    request: Request<'_>,
    timeouts: &Timeouts,
    deadline: &Deadline,
) -> Result<Response, Failure> {
    let signs = Signs::new();
    let mut response = transport.send(request, &signs);
    let mut silence = Timer::new(timeouts.read, timeouts.stall);
    let mut whole = Timer::new(timeouts.attempt.min(deadline.time_left()), timeouts.stall);
    poll_fn(|cx| {
        loop {
            if let Poll::Ready(response) = response.poll_unpin(cx) {
                return Poll::Ready(response);
            }
            silence.start_at(signs.silent_since());
            deadline.exclude(signs.take_stall());
            let mut stall = Duration::ZERO;
            for timer in [&mut silence, &mut whole] {
                match timer.poll(cx) {
                    Poll::Pending => {}
                    Poll::Ready(Ring::Expired) => {
                        return Poll::Ready(Err(Failure::new(Cause::Timeout)));
                    }
                    Poll::Ready(Ring::Stalled(late)) => stall = stall.max(late),
                }
            }
            if stall.is_zero() {
                return Poll::Pending;
            }
            deadline.exclude(stall);
        }
    })
    .await
}

#[cfg(test)]
mod tests;
