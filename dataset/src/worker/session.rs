//! One session, from where its last read got to its present end.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use futures::StreamExt;
use jiff::Timestamp;
use journey_events::{Checkpoint, Client, Error, ErrorKind, Event, Page};

use super::blocking::blocking;
use super::committer::Commits;
use super::options::Malformed;
use super::outage::{GaveUp, Outage, Troubles};
use super::service_time::service_time;
use crate::dataset::{EventRow, Run, SessionBatch};
use crate::error::Result;
use crate::ledger::digest::Digest;
use crate::ledger::session::{Claim, Progress};

/// What reads sessions share.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) client: Client,
    pub(super) run: Arc<Run>,
    pub(super) outage: Arc<Outage>,
    pub(super) commits: Commits,
    pub(super) malformed: Malformed,
}

/// How the read of a session ended for the run.
#[derive(Debug)]
pub(super) enum ReadEnd {
    /// Its progress was handed over.
    Read,
    /// The claim isn't this worker's any more.
    Lost,
    /// No request can succeed.
    GaveUp(GaveUp),
}

impl Reader {
    pub(super) async fn read(self, claim: Claim) -> Result<ReadEnd> {
        let checkpoint = claim.checkpoint.clone();
        let mut read = Read::new(self, claim);
        if let Some(json) = checkpoint {
            match serde_json::from_str(&json) {
                Ok(start) => read.start = Some(start),
                // Of another version.
                Err(_) if read.restart().await? => {}
                Err(_) => return Ok(ReadEnd::Lost),
            }
        }
        let (mut troubles, mut has_restarted) = (Troubles::default(), false);
        loop {
            let error = match read.pages().await {
                Ok(()) => return read.end(Progress::UpToDate).await,
                Err(Stopped::ByError(error)) => error,
                Err(Stopped::Ended(end)) => return Ok(end),
            };
            if mem::take(&mut read.has_advanced) {
                troubles = Troubles::default();
            }
            match error.kind() {
                ErrorKind::NotFound => return read.end(Progress::NotFound).await,
                ErrorKind::MalformedEvent if read.reader.malformed == Malformed::Skip => {
                    if !read.skip(&error).await {
                        return read.failed(&error).await;
                    }
                }
                ErrorKind::CursorRejected | ErrorKind::StaleCheckpoint | ErrorKind::CursorLoop
                    if !has_restarted && read.start.is_some() =>
                {
                    has_restarted = true;
                    if !read.restart().await? {
                        return Ok(ReadEnd::Lost);
                    }
                }
                _ if read.reader.outage.concerns_all(&error, &mut troubles) => {
                    if let Err(gave_up) = read.reader.outage.wait_out(error).await {
                        return Ok(ReadEnd::GaveUp(gave_up));
                    }
                }
                _ => return read.failed(&error).await,
            }
        }
    }
}

/// Why the pages of a session were left before its end.
enum Stopped {
    ByError(Error),
    Ended(ReadEnd),
}

/// A read under way.
struct Read {
    reader: Reader,
    claim: Claim,
    id: Arc<str>,
    /// Where the next request starts; `None` is the session's beginning.
    start: Option<Checkpoint>,
    known: Known,
    /// Whether a page was received since the last error.
    has_advanced: bool,
}

/// Events that were recorded, or received in this read.
#[derive(Default)]
struct Known {
    /// Digests of those with an id.
    ids: HashSet<Digest>,
    /// How often each comes once more in a reread: equal ones may have no id.
    recorded: HashMap<Digest, u32>,
}

impl Known {
    /// `is_reread`: whether the read meets all that was recorded once more.
    fn new(recorded: &[Digest], is_reread: bool) -> Self {
        let mut known = Self::default();
        for digest in recorded {
            known.ids.insert(*digest);
            if is_reread {
                *known.recorded.entry(*digest).or_default() += 1;
            }
        }
        known
    }

    /// Whether an event is new; from then on it isn't.
    fn is_new(&mut self, event: &Event, digest: Digest) -> bool {
        if event.id().is_some() {
            return self.ids.insert(digest);
        }
        match self.recorded.get_mut(&digest) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        }
    }
}

impl Read {
    fn new(reader: Reader, claim: Claim) -> Self {
        Self {
            id: Arc::from(claim.id.as_str()),
            known: Known::new(&claim.known, claim.is_reread),
            start: None,
            has_advanced: false,
            reader,
            claim,
        }
    }

    /// Reads pages to the present end. While there is an outage, it waits before the next one.
    async fn pages(&mut self) -> Result<(), Stopped> {
        let request = self.reader.client.session_events(&*self.id);
        let request = match &self.start {
            Some(checkpoint) => request.resume(checkpoint.clone()),
            None => request,
        };
        let mut pages = request.pages();
        loop {
            let usable = self.reader.outage.wait_until_usable().await;
            usable.map_err(|gave_up| Stopped::Ended(ReadEnd::GaveUp(gave_up)))?;
            let (session, epoch) = (self.claim.session, self.claim.epoch);
            if self.reader.commits.is_lost(session, epoch) {
                return Err(Stopped::Ended(ReadEnd::Lost));
            }
            match pages.next().await {
                Some(Ok(page)) => {
                    let checkpoint = pages.checkpoint();
                    self.received(page, checkpoint).await;
                }
                Some(Err(error)) => {
                    self.start = error.checkpoint().cloned().or(self.start.take());
                    return Err(Stopped::ByError(error));
                }
                None => return Ok(()),
            }
        }
    }

    async fn received(&mut self, page: Page, checkpoint: Checkpoint) {
        self.has_advanced = true;
        self.reader.outage.advanced(&self.id);
        let synced_at = Timestamp::now();
        let mut events = Vec::with_capacity(page.events().len());
        for event in page {
            let digest = self.digest(&event);
            if self.known.is_new(&event, digest) {
                events.push(EventRow {
                    created: event.created_at(),
                    json: event.json().to_owned(),
                    digest,
                    synced_at,
                });
            }
        }
        let json = serde_json::to_string(&checkpoint).ok();
        self.start = Some(checkpoint);
        self.hand_over(events, 0, json, Progress::Reading).await;
    }

    fn digest(&self, event: &Event) -> Digest {
        let identity = event.id().unwrap_or_else(|| event.json());
        self.reader.run.digest(&self.id, identity)
    }

    /// Passes the event that can't be decoded; whether the error has its position.
    async fn skip(&mut self, error: &Error) -> bool {
        let Some(checkpoint) = error.checkpoint() else {
            return false;
        };
        let checkpoint = checkpoint.clone().skip();
        let json = serde_json::to_string(&checkpoint).ok();
        self.start = Some(checkpoint);
        self.hand_over(Vec::new(), 1, json, Progress::Reading).await;
        true
    }

    /// Starts over at the beginning; whether the claim is still held.
    async fn restart(&mut self) -> Result<bool> {
        // What was received before is recorded first, so that it is known.
        self.reader.commits.flush().await;
        let at = service_time(&self.reader.client);
        let (session, epoch) = (self.claim.session, self.claim.epoch);
        let run = Arc::clone(&self.reader.run);
        let known = blocking(move || run.restart(session, epoch, at)).await?;
        let Some(known) = known else {
            return Ok(false);
        };
        self.known = Known::new(&known, true);
        self.start = None;
        Ok(true)
    }

    async fn failed(self, error: &Error) -> Result<ReadEnd> {
        let reason = error.to_string();
        self.end(Progress::Failed { reason }).await
    }

    async fn end(self, progress: Progress) -> Result<ReadEnd> {
        self.hand_over(Vec::new(), 0, None, progress).await;
        Ok(ReadEnd::Read)
    }

    async fn hand_over(
        &self,
        events: Vec<EventRow>,
        malformed: u64,
        checkpoint: Option<String>,
        progress: Progress,
    ) {
        let batch = SessionBatch {
            session: self.claim.session,
            id: Arc::clone(&self.id),
            epoch: self.claim.epoch,
            events,
            malformed,
            checkpoint,
            progress,
        };
        self.reader.commits.add(batch).await;
    }
}
