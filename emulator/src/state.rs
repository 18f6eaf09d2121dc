//! What a running emulator holds, and how it changes: by requests, by the methods of its handle, and
//! by its control routes, which call the same methods here.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::time::Instant;

use crate::admission::{Admission, QuotaReport};
use crate::data::{Added, NewEvents, NewSessions, World};
use crate::error::{ChangeError, StartError};
use crate::fault::Schedule;
use crate::recording::Recording;
use crate::rng::Rng;
use crate::settings::Settings;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) admission: Admission,
    world: RwLock<World>,
    pub(crate) faults: Schedule,
    pub(crate) recording: Recording,
    pub(crate) counts: Counts,
    /// The only clock of all that is reported since the start.
    pub(crate) started: Instant,
}

/// Requests for events, sessions or conversations.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) requests: AtomicU64,
    /// Those that got a 429.
    pub(crate) throttled: AtomicU64,
    /// Responses to anything.
    responses: AtomicU64,
}

/// A part of a running emulator, for [`Emulator::reset`](crate::Emulator::reset).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Sessions, contacts and conversations, as they were at the start. Growth restarts.
    Data,
    /// Sessions grow again from their next request.
    Growth,
    /// All issued tokens expire.
    Tokens,
    /// All clients have their whole quota, and the quota report is empty.
    Quota,
    /// The faults of the start, with their counts at zero.
    Faults,
    /// Recorded requests are discarded, and the counts of requests are zero.
    Requests,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 6] = [
        Self::Data,
        Self::Growth,
        Self::Tokens,
        Self::Quota,
        Self::Faults,
        Self::Requests,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Growth => "growth",
            Self::Tokens => "tokens",
            Self::Quota => "quota",
            Self::Faults => "faults",
            Self::Requests => "requests",
        }
    }
}

impl FromStr for Part {
    type Err = ChangeError;

    /// Parses `data`, `growth`, `tokens`, `quota`, `faults` or `requests`.
    fn from_str(text: &str) -> Result<Self, ChangeError> {
        let found = Self::ALL.into_iter().find(|part| part.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            ChangeError::invalid(format!("unknown part {text:?}: must be one of {names}"))
        })
    }
}

impl State {
    pub(crate) fn new(settings: Settings) -> Result<Self, StartError> {
        Ok(Self {
            admission: Admission::new(&settings),
            world: RwLock::new(World::new(&settings)?),
            faults: Schedule::new(&settings.faults, settings.seed),
            recording: Recording::default(),
            counts: Counts::default(),
            started: Instant::now(),
            settings,
        })
    }

    pub(crate) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a new correlation id.
    pub(crate) fn correlation_id(&self) -> String {
        let number = self.counts.responses.fetch_add(1, Ordering::Relaxed);
        Rng::of([self.settings.seed, number, 7]).uuid()
    }

    pub(crate) fn add_sessions(&self, new: &NewSessions) -> Result<Added, ChangeError> {
        self.change().add(new)
    }

    pub(crate) fn append_events(&self, session: &str, new: &NewEvents) -> Result<u64, ChangeError> {
        self.change().append(session, new)
    }

    pub(crate) fn end_session(&self, session: &str) -> Result<(), ChangeError> {
        self.change().end(session)
    }

    pub(crate) fn expire_tokens(&self) -> usize {
        self.admission.tokens.expire(Instant::now())
    }

    pub(crate) fn quota_report(&self) -> QuotaReport {
        self.admission.report(self.started)
    }

    /// Discards recorded requests, and restarts the counts of faults.
    pub(crate) fn forget_recorded(&self) {
        self.recording.clear();
        self.faults.restart();
    }

    pub(crate) fn reset(&self, parts: &[Part]) {
        for part in parts {
            match part {
                // The start has shown that these settings are valid.
                Part::Data => {
                    if let Ok(world) = World::new(&self.settings) {
                        *self.change() = world;
                    }
                }
                Part::Growth => self.change().sessions.restart_growth(),
                Part::Tokens => drop(self.expire_tokens()),
                Part::Quota => self.admission.reset_quota(),
                Part::Faults => self.faults.reset(),
                Part::Requests => {
                    self.recording.clear();
                    self.counts.requests.store(0, Ordering::Relaxed);
                    self.counts.throttled.store(0, Ordering::Relaxed);
                }
            }
        }
    }
}
