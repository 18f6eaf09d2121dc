//! Which server it is, and since when it runs.

/// What distinguishes a server from the one it was before a restart or a failover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerIdentity {
    /// Of the cluster: the same for a server and its standbys.
    pub(crate) system: String,
    /// Differs after a failover to a standby, and after a recovery to a point in time.
    pub(crate) timeline: String,
    /// In microseconds since 1970. Differs after a restart.
    pub(crate) started: i64,
    /// Such as `15.18`.
    pub(crate) version: String,
}

impl ServerIdentity {
    /// The statement that reads it, in the order of [`read`](Self::read). None of it needs a privilege. A
    /// standby has no timeline of its own.
    pub(crate) const QUERY: &'static str = "
        SELECT (SELECT system_identifier FROM pg_control_system()),
               CASE WHEN NOT pg_is_in_recovery()
                    THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END,
               (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
               current_setting('server_version'),
               current_setting('server_version_num')";

    /// Reads the columns. Returns the number of the version too.
    pub(crate) fn read<'a>(column: impl Fn(usize) -> Option<&'a str>) -> (Self, u32, Role) {
        let text = |index| column(index).unwrap_or_default();
        let role = match column(1) {
            Some(_) => Role::Primary,
            None => Role::Standby,
        };
        let identity = Self {
            system: text(0).to_owned(),
            timeline: text(1).to_owned(),
            started: text(2).parse().unwrap_or_default(),
            version: text(3).to_owned(),
        };
        (identity, text(4).parse().unwrap_or_default(), role)
    }
}

/// Whether a server can be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Primary,
    Standby,
}
