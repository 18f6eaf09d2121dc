//! What one process and the file tell each other, in one transaction.

use std::sync::Arc;

use journey_events::{Error, ErrorKind};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use crate::clock::BootTime;
use crate::quota::ring::{News, Presence, Reply, Ring, Settlement, Slot, Trouble, View};
use crate::quota::rules::Rules;
use crate::quota::store::Store;

/// A ring in a file.
#[derive(Debug)]
pub(crate) struct FileRing {
    pub(crate) store: Store,
    pub(crate) member: Member,
}

impl Ring for FileRing {
    fn exchange(&mut self, news: &News<'_>) -> Result<Reply, Trouble> {
        let reply = (self.member).exchange(&mut self.store, news, BootTime::now);
        reply.map_err(|error| {
            let path = self.store.path().display();
            let message = format!("the shared quota's file can't be used: {path}");
            let error = Error::new(ErrorKind::Unavailable, message).with_source(Arc::new(error));
            Trouble::Fails(error)
        })
    }
}

/// One process that uses the quota.
#[derive(Debug)]
pub(crate) struct Member {
    /// Random, so that no two processes have the same.
    pub(crate) id: i64,
    /// The quota that was configured for this process.
    pub(crate) quota: u32,
    pub(crate) rules: Rules,
    /// The number of its next permit.
    pub(crate) next: i64,
}

impl Member {
    /// Reports the news, and takes as many of the permits wanted as there are.
    pub(crate) fn exchange(
        &mut self,
        store: &mut Store,
        news: &News<'_>,
        clock: impl FnOnce() -> BootTime,
    ) -> rusqlite::Result<Reply> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = store.connection.transaction_with_behavior(behavior)?;
        // Read under the lock, so times in the file never run backwards.
        let now = clock();
        self.report(&transaction, news, now)?;
        self.forget_lost(&transaction, now)?;
        let reply = self.take(&transaction, news.wanted, now)?;
        transaction.commit()?;
        Ok(reply)
    }

    fn report(
        &self,
        transaction: &Transaction<'_>,
        news: &News<'_>,
        now: BootTime,
    ) -> rusqlite::Result<()> {
        for settlement in news.settlements {
            self.settle(transaction, settlement)?;
        }
        transaction
            .prepare_cached("UPDATE state SET paused_until = max(paused_until, ?1)")?
            .execute([news.paused_until.as_nanos()])?;
        if news.presence == Presence::Gone {
            transaction.execute("DELETE FROM member WHERE id = ?1", [self.id])?;
            return Ok(());
        }
        let quota = (news.presence == Presence::Here).then_some(self.quota);
        transaction
            .prepare_cached(
                "INSERT INTO member (id, quota, seen) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET quota = excluded.quota, seen = excluded.seen",
            )?
            .execute(params![self.id, quota, now.as_nanos()])?;
        Ok(())
    }

    fn settle(
        &self,
        transaction: &Transaction<'_>,
        Settlement { slot, settled, at }: &Settlement,
    ) -> rusqlite::Result<()> {
        let Some(frees) = self.rules.frees(*settled, *at) else {
            transaction
                .prepare_cached("DELETE FROM slot WHERE member = ?1 AND number = ?2")?
                .execute([self.id, slot.number])?;
            return Ok(());
        };
        // Inserted if this process was stopped for so long that the others took it for lost.
        transaction
            .prepare_cached(
                "INSERT INTO slot (member, number, frees) VALUES (?1, ?2, ?3)
                 ON CONFLICT (member, number) DO UPDATE SET frees = excluded.frees",
            )?
            .execute([self.id, slot.number, frees.as_nanos()])?;
        Ok(())
    }

    /// Removes slots that are free, and those of processes that ended without a word.
    fn forget_lost(&self, transaction: &Transaction<'_>, now: BootTime) -> rusqlite::Result<()> {
        transaction
            .prepare_cached("DELETE FROM slot WHERE frees <= ?1")?
            .execute([now.as_nanos()])?;
        let lost = transaction
            .prepare_cached("DELETE FROM member WHERE seen < ?1")?
            .execute([self.rules.lost_before(now).as_nanos()])?;
        if lost > 0 {
            transaction.execute(
                "DELETE FROM slot WHERE frees IS NULL AND member NOT IN (SELECT id FROM member)",
                [],
            )?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        transaction: &Transaction<'_>,
        wanted: usize,
        now: BootTime,
    ) -> rusqlite::Result<Reply> {
        let (mut paced, paused_until) = transaction
            .prepare_cached("SELECT paced, paused_until FROM state")?
            .query_row([], |row| {
                let time = |column| row.get(column).map(BootTime::from_nanos);
                Ok((time(0)?, time(1)?))
            })?;
        let quota = self.lowest_quota(transaction, now)?;
        let members = self.members(transaction, now)?;
        let mut in_use = transaction
            .prepare_cached("SELECT count(*) FROM slot")?
            .query_row([], |row| row.get::<_, u32>(0))?;
        let blocked_until = paused_until.max(self.rules.first_permit());
        let mut slots = Vec::new();
        let is_time = |paced| blocked_until.max(self.rules.next_in_pace(paced)) <= now;
        while slots.len() < wanted && in_use < quota && is_time(paced) {
            paced = self.rules.paced(paced, now);
            in_use += 1;
            slots.push(Slot {
                number: self.next,
                taken: now,
            });
            transaction
                .prepare_cached("INSERT INTO slot (member, number) VALUES (?1, ?2)")?
                .execute([self.id, self.next])?;
            self.next += 1;
        }
        if !slots.is_empty() {
            transaction
                .prepare_cached("UPDATE state SET paced = ?1")?
                .execute([paced.as_nanos()])?;
        }
        let window = match in_use.checked_sub(quota) {
            None => Some(now),
            Some(excess) => frees(transaction, excess)?,
        };
        let boot = self.rules.first_permit();
        let is_full = in_use >= quota || boot > now;
        Ok(Reply {
            slots,
            next: window.map(|window| {
                window
                    .max(blocked_until)
                    .max(self.rules.next_in_pace(paced))
            }),
            view: View {
                free: if is_full { 0 } else { quota - in_use },
                // If that depends on permits that haven't settled: as if one did now.
                full_until: window.unwrap_or(now.plus(self.rules.period)).max(boot),
                paused_until,
                members,
            },
        })
    }

    /// How many processes use the quota.
    fn members(&self, transaction: &Transaction<'_>, now: BootTime) -> rusqlite::Result<u32> {
        let reported_since = now.minus(self.rules.registered_for);
        transaction
            .prepare_cached("SELECT count(quota) FROM member WHERE seen >= ?1")?
            .query_row([reported_since.as_nanos()], |row| row.get(0))
    }

    /// The lowest quota among the processes that use it.
    fn lowest_quota(&self, transaction: &Transaction<'_>, now: BootTime) -> rusqlite::Result<u32> {
        let reported_since = now.minus(self.rules.registered_for);
        let lowest = transaction
            .prepare_cached("SELECT min(quota) FROM member WHERE seen >= ?1")?
            .query_row([reported_since.as_nanos()], |row| {
                row.get::<_, Option<u32>>(0)
            })?;
        Ok(lowest.map_or(self.quota, |lowest| lowest.min(self.quota)))
    }
}

/// When slots will have freed so that one is free; `excess` is how many more are in use than the quota has.
fn frees(transaction: &Transaction<'_>, excess: u32) -> rusqlite::Result<Option<BootTime>> {
    transaction
        .prepare_cached(
            "SELECT frees FROM slot WHERE frees IS NOT NULL ORDER BY frees LIMIT 1 OFFSET ?1",
        )?
        .query_row([excess], |row| row.get(0))
        .optional()
        .map(|frees| frees.map(BootTime::from_nanos))
}
