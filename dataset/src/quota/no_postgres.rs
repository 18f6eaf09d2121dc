//! What stands in for quotas in PostgreSQL in a build without the feature `postgres`.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::time::Duration;

use futures::future::BoxFuture;
use journey_events::{Activity, Error, Permit, Quota};

use super::outage::QuotaOutage;
use crate::error::Result;
use crate::postgres::PostgresUrl;

/// A quota in a database. Without the feature `postgres`, there is none.
#[derive(Debug)]
pub struct PostgresQuota(Infallible);

impl PostgresQuota {
    /// Opens a quota. Without the feature `postgres`, there is no URL to call it with.
    ///
    /// # Errors
    ///
    /// None.
    pub fn open(url: &PostgresUrl, _name: &str, _per_minute: NonZeroU32) -> Result<Self> {
        url.never()
    }

    /// Returns how many processes use the quota.
    #[must_use]
    pub fn processes(&self) -> u32 {
        match self.0 {}
    }

    /// Returns since when and why the database can't be used.
    #[must_use]
    pub fn outage(&self) -> Option<QuotaOutage> {
        match self.0 {}
    }
}

impl Quota for PostgresQuota {
    fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
        match self.0 {}
    }

    fn pause(&self, _: Duration) {
        match self.0 {}
    }

    fn activity(&self) -> Activity {
        match self.0 {}
    }
}
