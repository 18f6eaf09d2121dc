//! The limiter as a whole: with a paused clock, or with real runtimes where these are the point.

mod order;
mod quota;
mod runtimes;
mod unpolled;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;

use super::limiter::Limiter;
use super::permit::Permit;
use super::quota::Quota;
use super::rate_limit::RateLimit;
use crate::error::Error;

/// How long a slot is in use if its request is answered at once.
const SLOT: Duration = Duration::from_millis(60_050);

type Waiting = BoxFuture<'static, Result<Permit, Error>>;

fn limiter(limit: RateLimit) -> Arc<dyn Quota> {
    Arc::new(Limiter::new(limit).unwrap())
}

/// A waiter that owns its limiter.
fn waiter(limiter: &Arc<dyn Quota>) -> Waiting {
    let limiter = Arc::clone(limiter);
    Box::pin(async move { limiter.permit().await })
}

/// A waiter that was polled once and not served.
fn queued(limiter: &Arc<dyn Quota>) -> Waiting {
    let mut waiter = waiter(limiter);
    assert!((&mut waiter).now_or_never().is_none(), "it has to wait");
    waiter
}

/// Takes a permit and uses it, for a request that is answered at once.
async fn request(limiter: &dyn Quota) {
    let mut permit = limiter.permit().await.unwrap();
    permit.sent();
    permit.answered();
}

/// How long a request waits for its permit.
async fn wait_of_request(limiter: &dyn Quota) -> Duration {
    let start = Instant::now();
    request(limiter).await;
    start.elapsed()
}
