//! Who holds the lock that a transaction waited for in vain.

use super::tx::{Link, Step};

/// Describes the oldest other transaction that uses the tables. Of other roles' transactions, the server says when
/// they began only to roles that may monitor it.
pub(super) async fn holder(link: &Link) -> Step<Option<String>> {
    let sql = "SELECT format('process %s of the server (%s, role %s)%s', pid,
                 coalesce(nullif(application_name, ''), 'unnamed'), usename,
                 ' has been in a transaction for ' ||
                   round(extract(epoch FROM clock_timestamp() - xact_start))::text || ' s')
               FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND datname = current_database() AND pid IN (
                 SELECT pid FROM pg_locks WHERE granted AND relation IN (
                   SELECT oid FROM pg_class WHERE relnamespace = 'journey_events'::regnamespace))
               ORDER BY xact_start NULLS LAST LIMIT 1";
    let rows = link.query(sql, &[]).await?;
    Ok(rows.first().map(|row| row.get(0)))
}
