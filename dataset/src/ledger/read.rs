//! What a claim and a commit do to a session: the same rules for every ledger.

use jiff::Timestamp;

use crate::ledger::session::{Claim, ClaimRequest, Commit, Progress, SessionUpdate};
use crate::ledger::settle::{News, is_absent};

/// Fixes where the read of a claim starts: at the beginning if there is no position, or if it can settle the
/// session. Returns whether it starts there now.
pub(crate) fn begin_read(
    request: &ClaimRequest,
    claim: &mut Claim,
    first_sight: Option<Timestamp>,
) -> bool {
    let news = News {
        last_event: claim.last_event,
        ended: claim.ended,
        first_sight,
    };
    let settles = claim.since_start.is_none() && news.settles(request.at, request.settle);
    let starts_over = claim.checkpoint.is_none() || settles;
    if starts_over {
        claim.checkpoint = None;
        claim.since_start = Some(request.at);
        claim.is_reread = claim.events > 0;
    }
    claim.is_reread &= claim.since_start.is_some();
    starts_over
}

/// How a session's read ended, if it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It continues.
    No,
    /// The session is read again in the next run.
    Open,
    /// It needs no more requests.
    Settled,
    /// The service doesn't have it any more.
    Absent,
}

/// What is known of a session whose read continues.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) events: u64,
    pub(crate) malformed: u64,
    pub(crate) news: News,
    pub(crate) checkpoint: Option<String>,
    pub(crate) since_start: Option<Timestamp>,
    pub(crate) since_events: i64,
    pub(crate) failure: Option<String>,
    pub(crate) missing_runs: u32,
    pub(crate) missing_since: Option<Timestamp>,
    pub(crate) missing_run: Option<i64>,
}

impl Reading {
    /// Adds events.
    pub(crate) fn add(&mut self, update: &SessionUpdate, at: Timestamp) {
        self.malformed += update.malformed;
        if let Some(checkpoint) = &update.checkpoint {
            self.checkpoint = Some(checkpoint.clone());
        }
        if !update.digests.is_empty() {
            self.events += update.digests.len() as u64;
            // A device's clock can be ahead: a date to come would keep the session open until then.
            let last_event = update.last_event.map(|date| date.min(at));
            self.news.last_event = self.news.last_event.max(last_event);
            self.news.first_sight = Some(at);
        }
    }

    /// Ends the read, if it got to an end.
    pub(crate) fn end(&mut self, update: &SessionUpdate, commit: &Commit) -> End {
        match &update.progress {
            Progress::Reading => return End::No,
            Progress::Failed { reason } => self.failure = Some(reason.clone()),
            Progress::NotFound => return self.missing(commit),
            Progress::UpToDate => {
                self.failure = None;
                (self.missing_runs, self.missing_since, self.missing_run) = (0, None, None);
                // Before the first response of a run, this machine's clock gave the date.
                let began = self.since_start.take().map(|began| began.min(commit.at));
                // Without events and dates, its age is measured from its first read on.
                if self.news == News::default() {
                    self.news.first_sight = began.or(Some(commit.at));
                }
                if began.is_some_and(|began| self.news.settles(began, commit.settle)) {
                    return End::Settled;
                }
            }
        }
        End::Open
    }

    /// Counts a run in which the service didn't have the session.
    fn missing(&mut self, commit: &Commit) -> End {
        if self.missing_run != Some(commit.run.0) {
            self.missing_run = Some(commit.run.0);
            self.missing_runs = self.missing_runs.saturating_add(1);
        }
        let since = *self.missing_since.get_or_insert(commit.at);
        self.failure = Some("the service doesn't have this session".to_owned());
        if is_absent(self.missing_runs, since, commit.at) {
            End::Absent
        } else {
            End::Open
        }
    }
}
