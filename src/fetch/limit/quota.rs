//! Who grants permits: the trait, for quotas that are shared beyond one process.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::error::Error;
use crate::fetch::limit::activity::Activity;
use crate::fetch::limit::permit::Permit;

/// Grants permits to send requests.
///
/// By default a client counts its own requests ([`RateLimit`](crate::RateLimit)). Where several
/// processes use the same OAuth client, they have to count together: implement this trait on what they
/// share, and hand it to [`ClientBuilder::quota`](crate::ClientBuilder::quota). An
/// `Arc` of a quota is a quota too, so several clients can share one.
///
/// `Debug` is part of the client's `Debug`, so it must show no secrets.
///
/// The client requests one permit per request it sends, except for those of logins, which the service
/// counts separately. It checks right before sending that the permit is valid and that no pause is on.
///
/// # Example
///
/// At most four requests at the same time:
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use std::time::Duration;
/// use futures::future::BoxFuture;
/// use journey_events::{Activity, Client, Error, Permit, Quota, Region, Waiting};
/// use tokio::sync::Semaphore;
/// use tokio::time::{Instant, sleep};
///
/// #[derive(Debug)]
/// struct InFlight {
///     places: Arc<Semaphore>,
///     paused_until: Mutex<Instant>,
/// }
///
/// impl InFlight {
///     fn pause_left(&self) -> Duration {
///         self.paused_until.lock().unwrap().saturating_duration_since(Instant::now())
///     }
/// }
///
/// impl Quota for InFlight {
///     fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
///         Box::pin(async {
///             let place = Arc::clone(&self.places).acquire_owned().await.expect("it is open");
///             while !self.pause_left().is_zero() {
///                 sleep(self.pause_left()).await;
///             }
///             Ok(Permit::new(Duration::from_secs(1), |_| drop(place)))
///         })
///     }
///
///     fn pause(&self, wait: Duration) {
///         let end = Instant::now() + wait.min(Duration::from_secs(3600));
///         let mut paused_until = self.paused_until.lock().unwrap();
///         *paused_until = end.max(*paused_until);
///     }
///
///     fn activity(&self) -> Activity {
///         let mut activity = Activity::default();
///         let left = self.pause_left();
///         activity.waiting = (!left.is_zero()).then_some(Waiting::RetryAfter(left));
///         activity
///     }
/// }
///
/// # fn build() -> journey_events::Result<Client> {
/// Client::builder()
///     .region(Region::EuCentral1)
///     .access_token("token")
///     .quota(InFlight {
///         places: Arc::new(Semaphore::new(4)),
///         paused_until: Mutex::new(Instant::now()),
///     })
///     .build()
/// # }
/// # build().unwrap();
/// ```
pub trait Quota: Debug + Send + Sync + 'static {
    /// Waits for a permit.
    ///
    /// While a pause is on, it grants none. Dropping the future gives up the place and takes no permit.
    /// The future is polled in a task of its request, on the runtime of that task; a future that isn't
    /// polled must not hold up the others.
    ///
    /// # Errors
    ///
    /// Whatever keeps the quota from granting permits, such as a database that can't be reached. The
    /// request fails with this error and isn't retried: a quota retries by itself as long as that
    /// makes sense.
    fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>>;

    /// Grants no permits for `wait` from now, since the service asked for it. If a pause is on already,
    /// the later end wins. It must never block, and accept any duration, [`Duration::MAX`] included.
    fn pause(&self, wait: Duration);

    /// What is left of the quota and what requests are waiting for. It must never block.
    ///
    /// While a pause is on, `waiting` is [`Waiting::RetryAfter`](crate::Waiting::RetryAfter): the client
    /// reads that right before it sends, and requests another permit instead. In a quota shared by
    /// several processes that is the pause as far as this process knows it.
    fn activity(&self) -> Activity;
}

impl<Q: Quota + ?Sized> Quota for Arc<Q> {
    fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
        (**self).permit()
    }

    fn pause(&self, wait: Duration) {
        (**self).pause(wait);
    }

    fn activity(&self) -> Activity {
        (**self).activity()
    }
}
