//! What one process says to the ring, and what it makes of the answer.

use std::time::Duration;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, ToStatement};

use crate::clock::BootTime;
use crate::quota::ring::{News, Presence, Reply, Slot, View};
use crate::quota::rules::Rules;

/// The call. Parameters in the order of `quota_exchange`.
pub(crate) const CALL: &str = "
    SELECT granted, next_in, free, full_for, paused_for, members
    FROM journey_events.quota_exchange(
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
    )";

/// What exchanges are counted from before the first answer. So many can't be tried.
const UNANSWERED: i64 = -1 << 40;

/// One process that uses the quota.
#[derive(Debug)]
pub(crate) struct Member {
    /// Of the quota: a digest, from which no client can be read.
    pub(crate) name: String,
    /// Random, so that no two processes have the same.
    pub(crate) id: i64,
    /// The quota that was configured for this process.
    pub(crate) quota: u32,
    pub(crate) rules: Rules,
    /// The number of its next permit.
    next: i64,
    /// The number of the last exchange: negative or zero until one was answered, and positive from then on.
    exchanges: i64,
    /// The pause that the ring knows of.
    known_pause: BootTime,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Request {
    sent: BootTime,
    name: String,
    member: i64,
    quota: i64,
    rules: Rules,
    exchange: i64,
    next: i64,
    presence: &'static str,
    wanted: i32,
    pause: i64,
    numbers: Vec<i64>,
    frees: Vec<Option<i64>>,
    /// Known once there is an answer.
    paused_until: BootTime,
}

/// The answer. Times are durations in microseconds from when the server read its clock.
#[derive(Debug)]
pub(crate) struct Answer {
    granted: i32,
    next_in: Option<i64>,
    free: i64,
    full_for: i64,
    paused_for: i64,
    members: i32,
}

impl Member {
    pub(crate) fn new(name: String, id: i64, quota: u32, rules: Rules) -> Self {
        Self {
            name,
            id,
            quota,
            rules,
            next: 0,
            exchanges: UNANSWERED,
            known_pause: BootTime::BOOT,
        }
    }

    /// As if it had been granted this many permits in this many exchanges.
    #[cfg(test)]
    pub(crate) fn skip_to(&mut self, next: i64, exchanges: i64) {
        self.next = next;
        self.exchanges = exchanges;
    }

    /// The ring may have been lost, and the pause with it: it is reported again.
    pub(crate) fn reconnected(&mut self) {
        self.known_pause = BootTime::BOOT;
    }

    /// Words the news, right before it is sent. On its way it gets older, so that slots free a little later
    /// than they could.
    pub(crate) fn request(&mut self, news: &News<'_>, now: BootTime) -> Request {
        self.exchanges += 1;
        let settlements = || news.settlements.iter();
        let frees = settlements().map(|settlement| {
            let frees = self.rules.frees(settlement.settled, settlement.at);
            // Negative if it is free already.
            frees.map(|frees| (frees.as_nanos() - now.as_nanos()) / 1_000)
        });
        // Only a pause of this process's own: the ring's would grow by each way there and back.
        let is_news = news.paused_until > self.known_pause;
        let pause = news.paused_until.since(now);
        Request {
            sent: now,
            name: self.name.clone(),
            member: self.id,
            quota: i64::from(self.quota),
            rules: self.rules,
            exchange: self.exchanges,
            next: self.next,
            presence: match news.presence {
                Presence::Here => "here",
                Presence::Leaving => "leaving",
                Presence::Gone => "gone",
            },
            wanted: i32::try_from(news.wanted).unwrap_or(i32::MAX),
            pause: if is_news { micros(pause) } else { 0 },
            numbers: settlements().map(|settled| settled.slot.number).collect(),
            frees: frees.collect(),
            paused_until: news.paused_until,
        }
    }

    /// Reads the answer that arrived at `received`.
    pub(crate) fn reply(
        &mut self,
        request: &Request,
        answer: &Answer,
        received: BootTime,
    ) -> Reply {
        self.exchanges = self.exchanges.max(0);
        let numbers = self.next..self.next + i64::from(answer.granted);
        self.next = numbers.end;
        let slots = numbers.map(|number| Slot {
            number,
            // An answer that took long makes its permits old.
            taken: request.sent,
        });
        // Too early does no harm: the ring grants nothing before the end. Too late would add up.
        let paused_until = request.sent.plus(duration(answer.paused_for));
        self.known_pause = request.paused_until.max(paused_until);
        Reply {
            slots: slots.collect(),
            next: answer
                .next_in
                .map(|next_in| received.plus(duration(next_in))),
            view: View {
                free: u32::try_from(answer.free).unwrap_or(u32::MAX),
                full_until: received.plus(duration(answer.full_for)),
                paused_until: if answer.paused_for > 0 {
                    paused_until
                } else {
                    BootTime::BOOT
                },
                members: u32::try_from(answer.members).unwrap_or_default(),
            },
        }
    }
}

impl Request {
    /// Sends it, as the statement that [`CALL`] is or was prepared to.
    pub(crate) async fn send<S: ToStatement + ?Sized>(
        &self,
        client: &Client,
        statement: &S,
    ) -> Result<Answer, tokio_postgres::Error> {
        let Rules {
            period,
            beat,
            registered_for,
            interval,
            burst,
            ..
        } = self.rules;
        let [period, beat, registered, interval] =
            [period, beat, registered_for, interval].map(micros);
        let burst = i32::try_from(burst).unwrap_or(i32::MAX);
        let parameters: [&(dyn ToSql + Sync); 15] = [
            &self.name,
            &self.member,
            &self.exchange,
            &self.next,
            &self.quota,
            &self.presence,
            &self.wanted,
            &self.pause,
            &self.numbers,
            &self.frees,
            &period,
            &beat,
            &registered,
            &interval,
            &burst,
        ];
        let row = client.query_one(statement, &parameters).await?;
        Ok(Answer {
            granted: row.try_get(0)?,
            next_in: row.try_get(1)?,
            free: row.try_get(2)?,
            full_for: row.try_get(3)?,
            paused_for: row.try_get(4)?,
            members: row.try_get(5)?,
        })
    }
}

fn micros(time: Duration) -> i64 {
    // A year is longer than any pause, and still a time that can be added to any date.
    let longest = Duration::from_secs(24 * 365 * 3600);
    i64::try_from(time.min(longest).as_micros()).unwrap_or(i64::MAX)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}
