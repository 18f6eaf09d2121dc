//! Writes events to partial files and keeps the state of the export.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use journey_events::Checkpoint;
use tokio::time::Instant;

use super::part;
use super::state::{CheckpointFile, ExportState, Phase};
use crate::format::{Format, Formulas};
use crate::options::destination::Destination;
use crate::options::sources::{Failure, Source};

/// How much work a killed export may have to repeat.
const SAVE_INTERVAL: Duration = Duration::from_millis(250);

/// How an export is written.
#[derive(Clone, Debug)]
pub(crate) struct WriteOptions {
    pub(crate) destination: Destination,
    pub(crate) format: Format,
    pub(crate) formulas: Formulas,
    pub(crate) checkpoint: Option<CheckpointFile>,
}

/// Writes an export. Everything that a saved checkpoint covers is synced to disk before.
#[derive(Debug)]
pub(super) struct ExportWriter {
    options: WriteOptions,
    pub(super) state: ExportState,
    /// The partial file of all sessions.
    common: Option<File>,
    /// The partial file of each active session.
    per_session: HashMap<usize, File>,
    saved: Instant,
}

impl ExportWriter {
    /// Resumes from a state, or starts over.
    pub(super) fn open(
        options: WriteOptions,
        state: Option<ExportState>,
        export: &str,
    ) -> io::Result<Self> {
        let is_new = state.is_none();
        let mut writer = Self {
            options,
            state: state.unwrap_or_else(|| ExportState::new(export.to_owned())),
            common: None,
            per_session: HashMap::new(),
            saved: Instant::now(),
        };
        let Destination::File(path) = writer.options.destination.clone() else {
            return Ok(writer);
        };
        if is_new {
            // State first: the next run refuses a partial file without a checkpoint.
            writer.save()?;
            writer.common = Some(part::create(&path)?);
        } else if writer.state.phase == Phase::Fetching {
            writer.common = Some(part::reopen(&path, writer.state.bytes)?);
        }
        Ok(writer)
    }

    /// Starts or resumes a session. Returns false if its file is already complete.
    pub(super) fn start_session(&mut self, index: usize, session: &str) -> io::Result<bool> {
        let bytes = self.state.active.entry(index).or_default().bytes;
        self.state.next = self.state.next.max(index + 1);
        if let Destination::Folder(_) = self.options.destination {
            let path = self.file_of(session);
            let file = if self.options.checkpoint.is_some() {
                if bytes > 0 && part::is_published(&path) {
                    // The program was killed between publishing the file and saving the checkpoint.
                    self.state.active.remove(&index);
                    return Ok(false);
                }
                part::reopen(&path, bytes)?
            } else {
                part::create(&path)?
            };
            self.per_session.insert(index, file);
        }
        Ok(true)
    }

    /// Appends lines of a session, after which it resumes from `checkpoint`.
    pub(super) fn append(
        &mut self,
        index: usize,
        lines: &[u8],
        events: u64,
        checkpoint: Checkpoint,
    ) -> io::Result<()> {
        let file = self.common.as_mut();
        if let Some(file) = file.or_else(|| self.per_session.get_mut(&index)) {
            file.write_all(lines)?;
        }
        let length = lines.len() as u64;
        self.state.bytes += length;
        self.state.events += events;
        let active = self.state.active.entry(index).or_default();
        active.bytes += length;
        active.events += events;
        active.checkpoint = Some(checkpoint);
        if self.saved.elapsed() >= SAVE_INTERVAL {
            self.save()?;
        }
        Ok(())
    }

    /// Completes a session and publishes its own file, if it has one.
    pub(super) fn complete_session(&mut self, index: usize, session: &str) -> io::Result<()> {
        if self.per_session.remove(&index).is_some() {
            let path = self.file_of(session);
            part::publish(&path, self.options.format, self.options.formulas)?;
            part::remove(&path);
        }
        self.state.active.remove(&index);
        Ok(())
    }

    /// Records a failed session. Its events stay in the common file; its own file is removed.
    pub(super) fn fail_session(&mut self, index: usize, mut failure: Failure) {
        if self.per_session.remove(&index).is_some() {
            part::remove(&self.file_of(&failure.session));
            failure.checkpoint = None;
        }
        self.state.failed.push(failure);
        self.state.active.remove(&index);
    }

    /// Saves the checkpoint, if the export has one.
    pub(super) fn save(&mut self) -> io::Result<()> {
        let Some(checkpoint) = &self.options.checkpoint else {
            return Ok(());
        };
        for file in self.common.iter().chain(self.per_session.values()) {
            file.sync_data()?;
        }
        checkpoint.save(&self.state)?;
        self.saved = Instant::now();
        Ok(())
    }

    /// Enters a phase and saves the checkpoint.
    pub(super) fn enter(&mut self, phase: Phase) -> io::Result<()> {
        self.state.phase = phase;
        self.save()
    }

    /// Removes partial files, unless a checkpoint can resume them.
    pub(super) fn abandon(self, sources: &[Source]) {
        if self.options.checkpoint.is_some() {
            return;
        }
        if self.common.is_some() {
            part::remove(self.options.destination.path());
        }
        for index in self.per_session.keys() {
            if let Some(source) = sources.get(*index) {
                part::remove(&self.file_of(&source.session));
            }
        }
    }

    fn file_of(&self, session: &str) -> PathBuf {
        self.options
            .destination
            .file_of(session, self.options.format)
    }
}

/// A writer shared by the sessions that are fetched at the same time.
#[derive(Debug)]
pub(super) struct SharedWriter(Mutex<ExportWriter>);

impl SharedWriter {
    pub(super) fn new(writer: ExportWriter) -> Self {
        Self(Mutex::new(writer))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, ExportWriter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn into_inner(self) -> ExportWriter {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
