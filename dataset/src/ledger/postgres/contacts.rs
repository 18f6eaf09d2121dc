//! Contacts, whose sessions are listed in every run.

use std::cell::Cell;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::tx::{Step, Tx};
use super::values::{date, id_text, millis, sorted_ids, storable, unsigned};
use super::workers::{check_live, stamp, wait_for_attempt};
use crate::error::{Error, ErrorKind};
use crate::ledger::ids::{ContactKey, RunStamp, WorkerId};
use crate::ledger::session::{Added, ContactClaim, ContactEnd};
use crate::ledger::settle::is_absent;

pub(super) async fn add_contacts(tx: &Tx<'_>, worker: WorkerId, ids: &[String]) -> Step<Added> {
    check_live(tx, worker).await?;
    let ids = sorted_ids(ids);
    let sql = "INSERT INTO contacts (dataset, contact_id)
               SELECT $1, listed FROM unnest($2::bytea[]) AS listed
               ON CONFLICT (dataset, contact_id) DO NOTHING";
    Ok(Added {
        new: tx.execute(sql, &[&tx.dataset, &ids]).await?,
        reopened: 0,
    })
}

/// `epoch` keeps the epoch from one attempt to the next.
pub(super) async fn claim_contacts(
    tx: &Tx<'_>,
    worker: WorkerId,
    run: RunStamp,
    limit: u32,
    epoch: &Cell<Option<i64>>,
) -> Step<Vec<ContactClaim>> {
    if tx.may_be_committed {
        wait_for_attempt(tx, worker).await?;
    }
    check_live(tx, worker).await?;
    if let Some(epoch) = epoch.get()
        && tx.may_be_committed
    {
        let sql = "SELECT id, contact_id FROM contacts
                   WHERE dataset = $1 AND worker = $2 AND read_stamp = $3 ORDER BY id";
        let rows = tx.query(sql, &[&tx.dataset, &worker.0, &epoch]).await?;
        if !rows.is_empty() {
            return rows.iter().map(contact).collect();
        }
    }
    let sql = "SELECT id, contact_id FROM contacts
               WHERE dataset = $1 AND state = 0 AND worker IS NULL AND read_stamp < $2
               ORDER BY read_stamp, id LIMIT $3 FOR UPDATE SKIP LOCKED";
    let rows = tx
        .query(sql, &[&tx.dataset, &run.0, &i64::from(limit)])
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let taken = match epoch.get() {
        Some(epoch) => epoch,
        None => stamp(tx).await?,
    };
    epoch.set(Some(taken));
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let sql = "UPDATE contacts SET worker = $1, previous_stamp = read_stamp, read_stamp = $2
               WHERE id = ANY($3)";
    tx.execute(sql, &[&worker.0, &taken, &ids]).await?;
    rows.iter().map(contact).collect()
}

fn contact(row: &Row) -> Step<ContactClaim> {
    Ok(ContactClaim {
        contact: ContactKey(row.get(0)),
        id: id_text(row.get(1))?,
    })
}

pub(super) async fn end_contact(
    tx: &Tx<'_>,
    worker: WorkerId,
    contact: ContactKey,
    end: &ContactEnd,
) -> Step<()> {
    check_live(tx, worker).await?;
    let failure = match end {
        ContactEnd::Listed => None,
        ContactEnd::Failed { reason } => Some(storable(reason)),
        ContactEnd::NotFound { run, at } => return missing(tx, worker, contact, *run, *at).await,
    };
    let sql =
        "UPDATE contacts SET failure = $3, worker = NULL, previous_stamp = NULL, missing_runs = 0,
                 missing_since = NULL, missing_run = NULL
               WHERE id = $1 AND worker = $2";
    tx.execute(sql, &[&contact.0, &worker.0, &failure]).await?;
    Ok(())
}

/// Counts a run in which the service didn't have the contact.
async fn missing(
    tx: &Tx<'_>,
    worker: WorkerId,
    contact: ContactKey,
    run: RunStamp,
    at: Timestamp,
) -> Step<()> {
    let sql = "UPDATE contacts SET worker = NULL, previous_stamp = NULL,
                 failure = 'the service doesn''t have this contact',
                 missing_runs = missing_runs + (missing_run IS DISTINCT FROM $3)::integer,
                 missing_run = $3, missing_since = coalesce(missing_since, $4)
               WHERE id = $1 AND worker = $2
               RETURNING missing_runs::bigint, missing_since";
    let now = millis(at);
    let counted = tx
        .first(sql, &[&contact.0, &worker.0, &run.0, &now])
        .await?;
    if let Some(row) = counted {
        let runs = u32::try_from(unsigned(row.get(0))).unwrap_or(u32::MAX);
        if is_absent(runs, date(row.get(1))?, at) {
            let sql = "UPDATE contacts SET state = 2, failure = NULL WHERE id = $1";
            tx.execute(sql, &[&contact.0]).await?;
        }
    }
    Ok(())
}

/// Refuses sessions of a contact that was forgotten while it was listed.
pub(super) async fn check_claimed(tx: &Tx<'_>, worker: WorkerId, contact: ContactKey) -> Step<()> {
    let sql = "SELECT 1 FROM contacts WHERE id = $1 AND worker = $2 AND state = 0 FOR SHARE";
    if tx.first(sql, &[&contact.0, &worker.0]).await?.is_some() {
        return Ok(());
    }
    let message = "the contact was forgotten while its sessions were listed";
    Err(Error::new(ErrorKind::ClaimLost, message).into())
}

/// Lists contacts again that the service didn't have.
pub(super) async fn reopen_contacts(tx: &Tx<'_>, worker: WorkerId) -> Step<()> {
    check_live(tx, worker).await?;
    let sql = "UPDATE contacts SET state = 0, missing_runs = 0, missing_since = NULL
               WHERE dataset = $1 AND state = 2";
    tx.execute(sql, &[&tx.dataset]).await?;
    Ok(())
}
