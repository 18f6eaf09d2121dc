//! The unfinished files of an export, and how far they have come.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use journey_events::Checkpoint;
use tokio::time::Instant;

use super::part;
use super::state::{Active, Phase, State, StateFile};
use crate::format::{Format, Formulas};
use crate::options::destination::Target;
use crate::options::sources::{Failure, Source};

/// How much work a killed export may have to do again.
const SAVE_EVERY: Duration = Duration::from_millis(250);

/// How an export is written.
#[derive(Clone, Debug)]
pub(crate) struct Writing {
    pub(crate) target: Target,
    pub(crate) format: Format,
    pub(crate) formulas: Formulas,
    pub(crate) checkpoint: Option<StateFile>,
}

/// Takes events and notes what was taken. What its checkpoint says is on the disk.
#[derive(Debug)]
pub(crate) struct Ledger {
    writing: Writing,
    pub(crate) state: State,
    /// The one unfinished file, or that of each session.
    one: Option<File>,
    each: HashMap<usize, File>,
    saved: Instant,
}

impl Ledger {
    /// Goes on from a state, or begins anew.
    pub(crate) fn open(writing: Writing, state: Option<State>, export: &str) -> io::Result<Self> {
        let is_new = state.is_none();
        let mut ledger = Self {
            writing,
            state: state.unwrap_or_else(|| State::new(export.to_owned())),
            one: None,
            each: HashMap::new(),
            saved: Instant::now(),
        };
        let Target::File(path) = ledger.writing.target.clone() else {
            return Ok(ledger);
        };
        if is_new {
            // The state comes first: a file that nobody knows of would be in the way of the next run.
            ledger.save()?;
            ledger.one = Some(part::begin(&path)?);
        } else if ledger.state.phase == Phase::Fetching {
            ledger.one = Some(part::go_on(&path, ledger.state.bytes)?);
        }
        Ok(ledger)
    }

    /// Notes that a session is begun, or gone on with; false if its file is whole already.
    pub(crate) fn begin(&mut self, index: usize, session: &str) -> io::Result<bool> {
        let bytes = self.state.active.entry(index).or_default().bytes;
        self.state.next = self.state.next.max(index + 1);
        if let Target::Folder(_) = self.writing.target {
            let path = self.writing.target.file_of(session, self.writing.format);
            let file = if self.writing.checkpoint.is_some() {
                if bytes > 0 && part::is_named(&path) {
                    // It got its name, and the program was killed before it could note that.
                    self.state.active.remove(&index);
                    return Ok(false);
                }
                part::go_on(&path, bytes)?
            } else {
                part::begin(&path)?
            };
            self.each.insert(index, file);
        }
        Ok(true)
    }

    /// Writes lines of a session, behind which it has come to a place.
    pub(crate) fn append(
        &mut self,
        index: usize,
        lines: &[u8],
        events: u64,
        checkpoint: Checkpoint,
    ) -> io::Result<()> {
        let file = self.one.as_mut().or_else(|| self.each.get_mut(&index));
        if let Some(file) = file {
            file.write_all(lines)?;
        }
        let length = lines.len() as u64;
        self.state.bytes += length;
        self.state.events += events;
        let active = self.state.active.entry(index).or_default();
        active.bytes += length;
        active.events += events;
        active.checkpoint = Some(checkpoint);
        if self.saved.elapsed() >= SAVE_EVERY {
            self.save()?;
        }
        Ok(())
    }

    /// Notes that a session is whole; its own file gets its format and its name.
    pub(crate) fn finish_session(&mut self, index: usize, session: &str) -> io::Result<()> {
        if self.each.remove(&index).is_some() {
            let Writing {
                target,
                format,
                formulas,
                ..
            } = &self.writing;
            let path = target.file_of(session, *format);
            part::finish(&path, *format, *formulas)?;
            part::discard(&path);
        }
        self.state.active.remove(&index);
        Ok(())
    }

    /// Notes that a session failed. What came of it stays in a common file; a file of its own is not
    /// finished.
    pub(crate) fn fail_session(&mut self, index: usize, mut failure: Failure) -> Active {
        if self.each.remove(&index).is_some() {
            let target = &self.writing.target;
            part::discard(&target.file_of(&failure.session, self.writing.format));
            failure.checkpoint = None;
        }
        self.state.failed.push(failure);
        self.state.active.remove(&index).unwrap_or_default()
    }

    /// Writes the checkpoint, if there is to be one.
    pub(crate) fn save(&mut self) -> io::Result<()> {
        let Some(checkpoint) = &self.writing.checkpoint else {
            return Ok(());
        };
        for file in self.one.iter().chain(self.each.values()) {
            file.sync_data()?;
        }
        checkpoint.save(&self.state)?;
        self.saved = Instant::now();
        Ok(())
    }

    /// Notes what the export is at.
    pub(crate) fn enter(&mut self, phase: Phase) -> io::Result<()> {
        self.state.phase = phase;
        self.save()
    }

    /// Leaves no unfinished file behind where nothing could go on with it.
    pub(crate) fn give_up(self, sources: &[Source]) {
        if self.writing.checkpoint.is_some() {
            return;
        }
        let discard = |session: &str| {
            let path = self.writing.target.file_of(session, self.writing.format);
            part::discard(&path);
        };
        if self.one.is_some() {
            discard("");
        }
        for index in self.each.keys() {
            if let Some(source) = sources.get(*index) {
                discard(&source.session);
            }
        }
    }
}
