//! Whether the server is still the one that was connected to first.

use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::ledger::Check;
use crate::ledger::ids::WorkerId;
use crate::postgres::identity::ServerIdentity;

/// The server that is connected to, and what is done when it is another one.
#[derive(Default)]
pub(super) struct Server {
    state: Mutex<State>,
    check: Mutex<Option<Arc<Check>>>,
    /// Held while it is checked: others wait for the result.
    checking: Mutex<()>,
}

#[derive(Default)]
struct State {
    /// How often the server was another one or had restarted, and up to which of these it was checked since.
    changes: u64,
    checked: u64,
    /// Which of these was the last to another server.
    failover: u64,
    /// The last commit whose reply was received: its worker and number.
    acknowledged: Option<(i64, i64)>,
    /// Why the ledger can't be used any longer.
    refusal: Option<(ErrorKind, String)>,
}

thread_local! {
    /// The check uses the ledger that it checks.
    static CHECKING: Cell<bool> = const { Cell::new(false) };
}

/// This thread checks, until its drop.
struct Checking;

impl Checking {
    fn start() -> Self {
        CHECKING.set(true);
        Self
    }
}

impl Drop for Checking {
    fn drop(&mut self) {
        CHECKING.set(false);
    }
}

impl Server {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn on_change(&self, check: Check) {
        let mut slot = self.check.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(Arc::new(check));
    }

    /// Notes that the reply to a commit was received.
    pub(super) fn acknowledged(&self, worker: WorkerId, number: i64) {
        self.state().acknowledged = Some((worker.0, number));
    }

    /// Once the worker has ended, its commits are removed with it some day.
    pub(super) fn forget_acknowledged(&self) {
        self.state().acknowledged = None;
    }

    pub(super) fn last_acknowledged(&self) -> Option<(i64, i64)> {
        self.state().acknowledged
    }

    /// Notes which server was connected to, in place of the `former` one of the same connection.
    ///
    /// If a standby was promoted or a backup restored, it may lack what was committed last. If it restarted, it may
    /// have done so from an older copy of its disk.
    pub(super) fn connected(&self, former: &mut Option<ServerIdentity>, found: &ServerIdentity) {
        let Some(former) = former.replace(found.clone()) else {
            return;
        };
        let mut state = self.state();
        if found.may_have_taken_over(&former) {
            tracing::warn!("the ledger's database has failed over or was restored");
            state.changes += 1;
            state.failover = state.changes;
        } else if found.started != former.started {
            state.changes += 1;
        }
    }

    /// Whether nothing may be done before another server was checked, other than the check itself.
    pub(super) fn is_unchecked(&self) -> bool {
        let state = self.state();
        !CHECKING.get() && state.checked != state.changes
    }

    /// Returns an error if another server has taken over that lacks what was committed, as `own` or the set
    /// check finds.
    pub(super) fn check(&self, own: impl Fn() -> Result<()>) -> Result<()> {
        if CHECKING.get() {
            return Ok(());
        }
        let _checking = self.checking.lock().unwrap_or_else(PoisonError::into_inner);
        let (changes, has_failed_over) = {
            let state = self.state();
            if let Some((kind, message)) = &state.refusal {
                return Err(Error::new(*kind, message.clone()));
            }
            if state.checked == state.changes {
                return Ok(());
            }
            (state.changes, state.failover > state.checked)
        };
        let check = {
            let check = self.check.lock().unwrap_or_else(PoisonError::into_inner);
            check.clone().filter(|_| has_failed_over)
        };
        let checking = Checking::start();
        let checked = own().and_then(|()| check.map_or(Ok(()), |check| check()));
        drop(checking);
        let mut state = self.state();
        match checked {
            Ok(()) => {
                state.checked = state.checked.max(changes);
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::Damaged | ErrorKind::UnknownFiles) => {
                let text = error.to_string();
                // What to do about it otherwise isn't what to do now.
                let (cause, _) = text.split_once("; next: ").unwrap_or((&text, ""));
                let message = format!(
                    "the ledger's database has failed over or was restored, and lacks what was committed \
                     before: {cause}; next: stop all runs of this dataset, and bring back the database as it \
                     was before (docs/machines.md)"
                );
                state.refusal = Some((error.kind(), message.clone()));
                Err(Error::new(error.kind(), message))
            }
            // Not an answer: the next operation checks again.
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::postgres::identity::History;

    fn server(timeline: Option<&str>, started: i64) -> ServerIdentity {
        ServerIdentity {
            history: timeline.map(|timeline| History {
                system: "7".to_owned(),
                timeline: timeline.to_owned(),
            }),
            started,
            version: "15".to_owned(),
        }
    }

    /// Connects to a server of each timeline in turn.
    fn connect(state: &Server, timelines: &[&str]) {
        let mut former = None;
        for timeline in timelines {
            state.connected(&mut former, &server(Some(timeline), 0));
        }
    }

    fn checked(server: &Server, calls: &Arc<AtomicU32>, kind: Option<ErrorKind>) {
        let calls = Arc::clone(calls);
        server.on_change(Box::new(move || {
            calls.fetch_add(1, Ordering::SeqCst);
            kind.map_or(Ok(()), |kind| {
                Err(Error::new(kind, "unknown file; next: move it"))
            })
        }));
    }

    #[test]
    fn another_timeline_is_checked_once_and_the_same_one_never() {
        let (state, calls) = (Server::default(), Arc::default());
        checked(&state, &calls, None);
        connect(&state, &["1", "1"]);
        state.check(|| Ok(())).unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 0);
        connect(&state, &["1", "2"]);
        state.check(|| Ok(())).unwrap();
        state.check(|| Ok(())).unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    /// One connection finds the new server, while the other one still commits on the former one.
    #[test]
    fn each_connection_that_finds_another_server_has_it_checked() {
        let (state, calls) = (Server::default(), Arc::default());
        checked(&state, &calls, None);
        for checks in 1..=2 {
            connect(&state, &["1", "2"]);
            assert!(state.is_unchecked());
            state.check(|| Ok(())).unwrap();
            assert_eq!(calls.load(Ordering::SeqCst), checks);
        }
        // It also counts if that happens during a check.
        connect(&state, &["1", "2"]);
        let during = || {
            connect(&state, &["1", "2"]);
            Ok(())
        };
        state.check(during).unwrap();
        assert!(state.is_unchecked());
    }

    /// A restart may be from an older copy of the disk: the last commit is looked for. Without timelines, it may also
    /// be a failover.
    #[test]
    fn a_restart_has_the_last_commit_checked_and_a_failover_the_files_too() {
        let (state, files) = (Server::default(), Arc::default());
        checked(&state, &files, None);
        let commits = AtomicU32::new(0);
        let mut former = None;
        for (timeline, started, expected) in [
            (None, 1, (0, 0)),
            (None, 1, (0, 0)),
            (None, 2, (1, 1)),
            (Some("1"), 2, (2, 2)),
            (Some("1"), 3, (3, 2)),
            (Some("1"), 3, (3, 2)),
            (Some("2"), 4, (4, 3)),
        ] {
            state.connected(&mut former, &server(timeline, started));
            let own = || {
                commits.fetch_add(1, Ordering::SeqCst);
                Ok(())
            };
            state.check(own).unwrap();
            let found = (commits.load(Ordering::SeqCst), files.load(Ordering::SeqCst));
            assert_eq!(found, expected, "{timeline:?} {started}");
        }
    }

    #[test]
    fn a_server_that_lacks_what_was_committed_ends_all_that_use_it() {
        let (state, calls) = (Server::default(), Arc::default());
        checked(&state, &calls, Some(ErrorKind::UnknownFiles));
        connect(&state, &["1", "2"]);
        for _ in 0..2 {
            let error = state.check(|| Ok(())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnknownFiles);
            let text = error.to_string();
            assert!(text.contains("unknown file; next: stop all runs"), "{text}");
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_check_that_could_not_be_made_is_made_again() {
        let (state, calls) = (Server::default(), Arc::default());
        checked(&state, &calls, Some(ErrorKind::DatabaseUnavailable));
        connect(&state, &["1", "2"]);
        state.check(|| Ok(())).unwrap_err();
        checked(&state, &calls, None);
        state.check(|| Ok(())).unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        let own = || Err(Error::new(ErrorKind::Damaged, "commit 3 is missing"));
        connect(&state, &["2", "3"]);
        assert_eq!(state.check(own).unwrap_err().kind(), ErrorKind::Damaged);
    }
}
