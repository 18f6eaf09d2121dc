//! A connection to PostgreSQL, for the ledger and the quota that machines share.
//!
//! ```text
//! PostgresUrl ─► target ──────► connect ─► Connection ─► statements of ledger and quota
//!                ▲  ▲  ▲          │            ▲
//!    environment ┘  │  └ tls      └─ identity  └─ blocking (for threads)
//!   service, passfile             every error ─► failure: is it worth another try?
//! ```
//!
//! - `url` is what a user names: a host, a database and parameters, but no password.
//! - `target` adds what libpq would add, such as a password from `PGPASSWORD`.
//! - `connect` logs in, refuses servers that are too old, and sets what every session needs.
//! - `init` creates the tables (`schema`), for whoever may create them. All others only use them.

pub(crate) mod blocking;
pub(crate) mod connect;
mod environment;
pub(crate) mod failure;
pub(crate) mod identity;
pub(crate) mod init;
mod parameters;
mod passfile;
mod schema;
mod service;
mod target;
#[cfg(test)]
pub(crate) mod test_server;
#[cfg(test)]
mod tests;
mod tls;
mod url;

pub use init::init;
pub use schema::schema_sql;
pub use url::PostgresUrl;
