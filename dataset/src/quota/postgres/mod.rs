//! One quota for all machines, in PostgreSQL.
//!
//! - `quota` is [`PostgresQuota`], the library's [`Quota`](journey_events::Quota).
//! - `ring` connects, and makes each exchange one call of `quota_exchange` (`schema.sql`).
//! - `member` words the call and its answer: durations on the wire, this process's clock on this side.
//! - `outage` is what is known while the database can't be used.

mod member;
mod outage;
mod quota;
mod ring;
#[cfg(test)]
pub(crate) mod tests;

pub use quota::PostgresQuota;
