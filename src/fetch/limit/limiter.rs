//! The quota of one process.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::error::Error;
use crate::fetch::limit::activity::Activity;
use crate::fetch::limit::permit::Permit;
use crate::fetch::limit::quota::Quota;
use crate::fetch::limit::rate_limit::RateLimit;
use crate::fetch::limit::slots::Slots;
use crate::fetch::limit::state::Shared;
use crate::fetch::limit::ticket::Ticket;

/// A minute and a margin: for a request that was given up, which may still be on its way, and for
/// clocks that run at different speeds.
const PERIOD: Duration = Duration::from_secs(60 + 1);
/// How long a permit may be kept before its request is sent.
const VALID_FOR: Duration = Duration::from_secs(1);

/// Grants permits under a [`RateLimit`], first in, first out among the tasks that are polled.
///
/// It has no task and belongs to no runtime.
#[derive(Debug)]
pub(crate) struct Limiter {
    shared: Arc<Shared>,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Result<Self, Error> {
        Self::with_period(limit, PERIOD)
    }

    /// A limiter whose quota is for another period than a minute and its margin.
    pub(crate) fn with_period(limit: RateLimit, period: Duration) -> Result<Self, Error> {
        let now = Instant::now();
        let slots = Slots::new(limit.checked()?, period, now);
        Ok(Self {
            shared: Arc::new(Shared::new(slots, now)),
        })
    }
}

impl Quota for Limiter {
    fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
        Box::pin(async {
            let taken = Ticket::new(&self.shared).await;
            let shared = Arc::clone(&self.shared);
            Ok(Permit::new(VALID_FOR, move |settled| {
                shared.settle(settled, taken);
            }))
        })
    }

    fn pause(&self, wait: Duration) {
        self.shared.pause(wait);
    }

    fn activity(&self) -> Activity {
        self.shared.activity()
    }
}
