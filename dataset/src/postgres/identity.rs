//! Which server it is, and since when it runs.

use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;

/// What distinguishes a server from the one it was before a restart or a failover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerIdentity {
    /// `None` if the server doesn't say.
    pub(crate) history: Option<History>,
    /// In microseconds since 1970. Differs after a restart.
    pub(crate) started: i64,
    /// Such as `15.18`.
    pub(crate) version: String,
}

/// Which history of changes a server continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct History {
    /// Of the cluster: the same for a server and its standbys.
    pub(crate) system: String,
    /// Differs after a failover to a standby, and after a recovery to a point in time.
    pub(crate) timeline: String,
}

impl ServerIdentity {
    /// Reads all but the history.
    pub(crate) const QUERY: &'static str = "
        SELECT pg_is_in_recovery(),
               (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
               current_setting('server_version'),
               current_setting('server_version_num')";

    /// Reads the columns of `QUERY`. Returns the number of the version too.
    pub(crate) fn read(
        reply: &[SimpleQueryMessage],
        history: Option<History>,
    ) -> (Self, u32, Role) {
        let text = |index| column(reply, index).unwrap_or_default();
        let role = if text(0) == "t" {
            Role::Standby
        } else {
            Role::Primary
        };
        let identity = Self {
            history,
            started: text(1).parse().unwrap_or_default(),
            version: text(2).to_owned(),
        };
        (identity, text(3).parse().unwrap_or_default(), role)
    }

    /// Whether this may be another server than `former`, which may lack what was committed there last. Without
    /// a history, each restart may have been a failover.
    pub(crate) fn may_have_taken_over(&self, former: &Self) -> bool {
        self.history != former.history || self.history.is_none() && self.started != former.started
    }
}

impl History {
    /// Reads it. All roles may, unless an administrator revoked that; but Aurora refuses the position in its log. A
    /// standby has no timeline of its own.
    pub(crate) const QUERY: &'static str = "
        SELECT (SELECT system_identifier FROM pg_control_system()),
               CASE WHEN NOT pg_is_in_recovery()
                    THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END";

    /// Reads the reply; `None` if the server refused.
    pub(crate) fn read(
        reply: Result<Vec<SimpleQueryMessage>, tokio_postgres::Error>,
    ) -> Result<Option<Self>, tokio_postgres::Error> {
        let refusals = [
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::FEATURE_NOT_SUPPORTED,
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            SqlState::UNDEFINED_FUNCTION,
        ];
        match reply {
            Ok(reply) => Ok(column(&reply, 0)
                .zip(column(&reply, 1))
                .map(|(system, timeline)| Self {
                    system: system.to_owned(),
                    timeline: timeline.to_owned(),
                })),
            Err(error) if error.code().is_some_and(|code| refusals.contains(code)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A column of the only row.
fn column(reply: &[SimpleQueryMessage], index: usize) -> Option<&str> {
    let row = reply.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row?.try_get(index).ok().flatten()
}

/// Whether a server can be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Primary,
    Standby,
}
