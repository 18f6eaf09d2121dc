//! Processes that use a ring in a database of their own, at made-up times.

use std::time::Duration;

use crate::clock::BootTime;
use crate::postgres::blocking::Blocking;
use crate::postgres::connect::{Connection, Durability, connect};
use crate::postgres::init;
use crate::postgres::test_server::Database;
use crate::quota::postgres::member::{CALL, Member};
use crate::quota::ring::{News, Reply};
use crate::quota::rules::Rules;

/// Reads the time that the session was given instead of the clock.
const MADE_UP_CLOCK: &str = "
    CREATE OR REPLACE FUNCTION journey_events.quota_now() RETURNS timestamptz
    LANGUAGE sql VOLATILE AS $$
        SELECT timestamptz '2030-01-01'
            + current_setting('journey_events.test_now')::bigint * interval '1 microsecond'
    $$";

/// A database with the schema, at made-up times.
pub(crate) fn database() -> Option<Database> {
    let database = Database::create()?;
    init(database.url()).unwrap();
    database.execute(MADE_UP_CLOCK);
    Some(database)
}

pub(crate) struct Process {
    blocking: Blocking,
    connection: Option<Connection>,
    pub(crate) member: Member,
    /// Each way.
    pub(crate) latency: Duration,
}

impl Process {
    pub(crate) fn start(database: &Database, name: &str, id: i64, quota: u32) -> Self {
        let blocking = Blocking::new().unwrap();
        let url = database.url().clone();
        let connection = blocking.run(async move { connect(&url, Durability::Fast).await });
        Self {
            blocking,
            connection: Some(connection.unwrap().unwrap()),
            member: Member::new(name.to_owned(), id, quota, Rules::default()),
            latency: Duration::ZERO,
        }
    }

    /// An exchange that takes no time, unless there is a latency.
    pub(crate) fn report(&mut self, news: &News<'_>, now: BootTime) -> Reply {
        self.try_report(news, now).unwrap()
    }

    pub(crate) fn try_report(
        &mut self,
        news: &News<'_>,
        now: BootTime,
    ) -> Result<Reply, tokio_postgres::Error> {
        let request = self.member.request(news, now);
        let (connection, latency) = (self.connection.take().unwrap(), self.latency);
        let done = self.blocking.run(async move {
            let time = now.plus(latency).as_nanos() / 1_000;
            let set = format!("SET journey_events.test_now = {time}");
            connection.client.batch_execute(&set).await.unwrap();
            let answer = request.send(&connection.client, CALL).await;
            (answer, request, connection)
        });
        let (answer, request, connection) = done.unwrap();
        self.connection = Some(connection);
        answer.map(|answer| {
            let received = now.plus(latency * 2);
            self.member.reply(&request, &answer, received)
        })
    }
}
