//! The ring in the database: connects, calls it, and connects again.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Statement;

use crate::clock::BootTime;
use crate::postgres::PostgresUrl;
use crate::postgres::blocking::Blocking;
use crate::postgres::connect::{Connection, Durability, connect_with};
use crate::postgres::failure::Failed;
use crate::postgres::identity::ServerIdentity;
use crate::postgres::init::check_version;
use crate::quota::postgres::member::{Answer, CALL, Member, Request};
use crate::quota::postgres::outage::Outage;
use crate::quota::ring::{News, Reply, Ring, Trouble};

/// How long an answer is waited for. Its permits are too old after a second, but what was settled isn't.
const ANSWER: Duration = Duration::from_secs(5);

/// Between attempts, doubled each time.
const SHORTEST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct PostgresRing {
    url: PostgresUrl,
    member: Member,
    blocking: Blocking,
    session: Option<Arc<Session>>,
    /// As it was when last connected to.
    server: Option<ServerIdentity>,
    backoff: Duration,
    outage: Outage,
}

/// A connection with its one statement.
#[derive(Debug)]
struct Session {
    connection: Connection,
    call: Statement,
}

impl PostgresRing {
    pub(crate) fn new(
        url: PostgresUrl,
        member: Member,
        blocking: Blocking,
        outage: Outage,
    ) -> Self {
        Self {
            url,
            member,
            blocking,
            session: None,
            server: None,
            backoff: SHORTEST_BACKOFF,
            outage,
        }
    }

    /// Reports the news once. A connection that failed isn't used again: its answer could still arrive.
    pub(crate) fn try_exchange(&mut self, news: &News<'_>) -> Result<Reply, Failed> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.connect()?,
        };
        let request = self.member.request(news, BootTime::now());
        let request = Arc::new(request);
        let answer = self.call(&session, &request)?;
        let reply = (self.member).reply(&request, &answer, BootTime::now());
        self.session = Some(session);
        Ok(reply)
    }

    fn connect(&mut self) -> Result<Arc<Session>, Failed> {
        let url = self.url.clone();
        let session = self.blocking.run(async move {
            // An exchange that a crash forgets is forgotten with its whole ring.
            connect_with(&url, Durability::Fast, async |connection| {
                check_version(&url, &connection).await?;
                let call = connection.client.prepare(CALL).await;
                let call = call.map_err(|error| Failed::of("use the quota in", &url, &error))?;
                Ok(Arc::new(Session { connection, call }))
            })
            .await
        });
        self.member.reconnected();
        let session = session.unwrap_or_else(|| Err(Failed::timed_out("connect to", &self.url)))?;
        let server = &session.connection.server;
        let former = self.server.replace(server.clone());
        if former.is_some_and(|former| former != *server) {
            let period = self.member.rules.period.as_secs();
            tracing::info!(
                "{} restarted or failed over: no requests are sent for up to {period} s",
                self.url
            );
        }
        Ok(session)
    }

    fn call(&self, session: &Arc<Session>, request: &Arc<Request>) -> Result<Answer, Failed> {
        let (session, url) = (Arc::clone(session), self.url.clone());
        let request = Arc::clone(request);
        let answer = self.blocking.run(async move {
            let answer = request.send(&session.connection.client, &session.call);
            match tokio::time::timeout(ANSWER, answer).await {
                Ok(answer) => answer.map_err(|error| Failed::of("use the quota in", &url, &error)),
                Err(_) => Err(Failed::timed_out("use the quota in", &url)),
            }
        });
        answer.unwrap_or_else(|| Err(Failed::timed_out("use the quota in", &self.url)))
    }

    /// Waits as long as after a failed exchange.
    pub(crate) fn back_off(&mut self) -> Duration {
        let wait = self.backoff;
        self.backoff = (wait * 2).min(LONGEST_BACKOFF);
        wait
    }

    /// Sleeps on the runtime's timer.
    pub(crate) fn sleep(&self, wait: Duration) {
        // Made there: here it would be a timer of the caller's runtime, which may end meanwhile.
        self.blocking
            .run(async move { tokio::time::sleep(wait).await });
    }
}

impl Ring for PostgresRing {
    /// Nothing is an error here: whoever waits gets its permit once the database is back, even if that takes
    /// an operator who restores a table.
    fn exchange(&mut self, news: &News<'_>) -> Result<Reply, Trouble> {
        match self.try_exchange(news) {
            Ok(reply) => {
                self.backoff = SHORTEST_BACKOFF;
                self.outage.ended();
                Ok(reply)
            }
            Err(failed) => {
                self.outage.began(failed.into_error().to_string());
                Err(Trouble::RetryAfter(self.back_off()))
            }
        }
    }
}
