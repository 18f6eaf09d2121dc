//! The tables of this crate.

/// The schema itself, what ledger and quota need, and who may use it.
const PARTS: [&str; 4] = [
    include_str!("schema.sql"),
    include_str!("../ledger/postgres/schema.sql"),
    include_str!("../quota/postgres/schema.sql"),
    include_str!("grants.sql"),
];

/// Returns the SQL that creates the schema `journey_events`, for an administrator to review and run. It can
/// run any number of times.
///
/// ```
/// use journey_events_dataset::postgres::schema_sql;
///
/// assert!(schema_sql().contains("GRANT"));
/// ```
#[must_use]
pub fn schema_sql() -> String {
    PARTS.join("\n")
}
