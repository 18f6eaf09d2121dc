//! The quota that machines share.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use futures::future::BoxFuture;
use journey_events::{Activity, Error, Permit, Quota};

use crate::clock::{BootTime, Stopwatch};
use crate::error::{Error as DatasetError, ErrorKind, Result};
use crate::postgres::PostgresUrl;
use crate::postgres::blocking::Blocking;
use crate::quota::front::Front;
use crate::quota::name;
use crate::quota::outage::QuotaOutage;
use crate::quota::postgres::member::Member;
use crate::quota::postgres::outage::Outage;
use crate::quota::postgres::ring::PostgresRing;
use crate::quota::ring::{News, Presence};
use crate::quota::rules::Rules;
use crate::random;

/// How long opening tries to reach the database.
const REACHED_WITHIN: Duration = Duration::from_secs(10);

/// A quota that processes on many machines share, through a PostgreSQL database.
///
/// All that open the same name in the same database count together, exactly as one client counts alone (see
/// [`RateLimit`](journey_events::RateLimit)): in any 60 s, never more requests reach the service than the quota
/// has; 50 a second after a burst of 10; and a 429 pauses all of them. If they were given different quotas,
/// the lowest among those in use counts. Within a process, requests are served first in, first out; among
/// processes, whoever waits longest is next.
///
/// The schema must exist (`journey-events ledger init`, or [`init`](crate::postgres::init)). A worker's role
/// needs the permissions `USAGE` on the schema, `SELECT` on `schema_version` and `EXECUTE` on
/// `quota_exchange`. Connect to the server itself, or through a pooler in session mode.
///
/// # While the database can't be used
///
/// Requests wait, however long that takes: none is sent without a permit, and none fails. It connects again
/// every 100 ms to 5 s; [`outage`](Self::outage) and a warning (`tracing`) say so.
///
/// # Clocks, crashes and failovers
///
/// - Times are the server's. A permit is valid for 1 s from before it was requested, by this process's
///   monotonic clock, so an answer that took long doesn't count as new.
/// - After the server restarted, nothing is granted for 61 s from its start, and after a failover or a crash
///   of one of its processes, for 61 s from the first exchange: the last permits may be forgotten. The same if
///   its clock is set back. If its clock is set forward by more than 50 ms at once, the requests of that
///   long may exceed the quota; clocks that are slewed, as NTP does with small errors, are no problem.
/// - A name that the database has never seen starts with a free quota: others that use the OAuth client
///   without this database count nowhere, so waiting for them would help only once.
/// - A process that is killed, or can't reach the database, frees nothing early: its requests count for 62 s
///   from its last exchange. Its quota, if it was the lowest, counts for 5 s more.
///
/// # Example
///
/// ```no_run
/// use std::num::NonZeroU32;
///
/// use journey_events::ClientBuilder;
/// use journey_events_dataset::quota::PostgresQuota;
///
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let builder = ClientBuilder::from_env()?;
/// let name = builder.quota_name().ok_or("no credentials")?;
/// let per_minute = NonZeroU32::new(300).ok_or("not zero")?;
/// let url = "postgres://loader@db.example.com/journeys".parse()?;
/// let quota = PostgresQuota::open(&url, &name, per_minute)?;
/// let client = builder.quota(quota).build()?;
/// # Ok(())
/// # }
/// ```
pub struct PostgresQuota {
    front: Front,
    url: PostgresUrl,
    per_minute: NonZeroU32,
    outage: Outage,
}

impl PostgresQuota {
    /// Opens the quota of this name, usually [`ClientBuilder::quota_name`](journey_events::ClientBuilder::quota_name).
    /// The database keeps a digest of it.
    ///
    /// It blocks, normally for some milliseconds; for 10 s or a little longer if the database can't be reached.
    ///
    /// # Errors
    ///
    /// [`DatabaseUnavailable`](ErrorKind::DatabaseUnavailable) if it couldn't be reached for 10 s, so that a
    /// wrong host is reported; call again to keep waiting. [`DatabaseRefused`](ErrorKind::DatabaseRefused),
    /// [`DatabaseSchema`](ErrorKind::DatabaseSchema), [`Settings`](ErrorKind::Settings) and
    /// [`Database`](ErrorKind::Database) for what only a change of settings can solve.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use journey_events_dataset::postgres::PostgresUrl;
    /// use journey_events_dataset::quota::PostgresQuota;
    ///
    /// fn quota(name: &str) -> Result<PostgresQuota, Box<dyn std::error::Error>> {
    ///     let url: PostgresUrl = "postgres://loader@db.example.com/warehouse".parse()?;
    ///     let per_minute = NonZeroU32::new(300).ok_or("not zero")?;
    ///     Ok(PostgresQuota::open(&url, name, per_minute)?)
    /// }
    /// ```
    pub fn open(url: &PostgresUrl, name: &str, per_minute: NonZeroU32) -> Result<Self> {
        Self::with_rules(url, name, per_minute, Rules::default())
    }

    /// Opens a quota for another period than a minute and its margin.
    pub(crate) fn with_rules(
        url: &PostgresUrl,
        name: &str,
        per_minute: NonZeroU32,
        rules: Rules,
    ) -> Result<Self> {
        let no_thread = |error| {
            DatasetError::new(ErrorKind::Database, "can't start the quota's threads")
                .with_source(error)
        };
        let member = Member::new(name::digest(name), random_id()?, per_minute.get(), rules);
        let outage = Outage::default();
        let blocking = Blocking::new().map_err(no_thread)?;
        let mut ring = PostgresRing::new(url.clone(), member, blocking, outage.clone());
        // Shows whether the ring can be used, and what is left of the quota.
        let news = News {
            presence: Presence::Here,
            settlements: &[],
            paused_until: BootTime::BOOT,
            wanted: 0,
        };
        let tried = Stopwatch::start();
        let view = loop {
            match ring.try_exchange(&news) {
                Ok(reply) => break reply.view,
                Err(failed) => {
                    if !failed.failure.may_pass() || tried.elapsed() >= REACHED_WITHIN {
                        return Err(failed.into_error());
                    }
                    let wait = ring.back_off();
                    ring.sleep(wait);
                }
            }
        };
        Ok(Self {
            front: Front::start(ring, rules, view).map_err(no_thread)?,
            url: url.clone(),
            per_minute,
            outage,
        })
    }

    /// Returns how many processes use the quota, this one included, as of at most a second ago. One that was
    /// killed counts for 5 s more.
    ///
    /// ```
    /// use journey_events_dataset::quota::PostgresQuota;
    ///
    /// fn share(quota: &PostgresQuota, per_minute: u32) -> u32 {
    ///     per_minute / quota.processes().max(1)
    /// }
    /// ```
    #[must_use]
    pub fn processes(&self) -> u32 {
        self.front.members()
    }

    /// Returns since when and why the database can't be used, or `None` while it can. It never blocks.
    ///
    /// ```
    /// use journey_events_dataset::quota::PostgresQuota;
    ///
    /// fn warn(quota: &PostgresQuota) {
    ///     if let Some(outage) = quota.outage() {
    ///         eprintln!("requests wait for the database: {outage:?}");
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn outage(&self) -> Option<QuotaOutage> {
        self.outage.now()
    }
}

impl Quota for PostgresQuota {
    fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
        self.front.permit()
    }

    fn pause(&self, wait: Duration) {
        self.front.pause(wait);
    }

    fn activity(&self) -> Activity {
        self.front.activity()
    }
}

impl fmt::Debug for PostgresQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresQuota")
            .field("url", &self.url)
            .field("per_minute", &self.per_minute)
            .field("activity", &self.activity())
            .field("outage", &self.outage())
            .finish_non_exhaustive()
    }
}

fn random_id() -> Result<i64> {
    let random = u128::from_le_bytes(random::bytes()?) >> 65;
    Ok(i64::try_from(random).unwrap_or(i64::MAX))
}
