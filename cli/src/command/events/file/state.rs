//! The state of an export, and the checkpoint file it is saved in.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use journey_events::Checkpoint;
use serde::{Deserialize, Serialize};

use crate::atomic_file::write_atomically;
use crate::options::sources::{Failure, Source};

const VERSION: u32 = 1;
/// Largest file read, in bytes. Ten thousand failed sessions with checkpoints take a few megabytes.
const MAX_SIZE: u64 = 64 * 1024 * 1024;

/// The state of an export.
///
/// Sessions are numbered in order. Those below `next` were started; they are complete unless they are
/// active or failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ExportState {
    version: u32,
    /// Describes what is exported and where to. A resumed export has to match.
    export: String,
    pub(super) next: usize,
    /// Length of the common partial file; bytes after this offset are rewritten.
    pub(super) bytes: u64,
    pub(super) events: u64,
    pub(super) active: BTreeMap<usize, Active>,
    pub(super) failed: Vec<Failure>,
    pub(super) phase: Phase,
}

/// A session in progress.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Active {
    /// Length of the session's own partial file.
    pub(super) bytes: u64,
    pub(super) events: u64,
    pub(super) checkpoint: Option<Checkpoint>,
}

/// The phase of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Phase {
    Fetching,
    /// All events are fetched; the file is converted and published.
    Finishing,
    Finished,
}

impl ExportState {
    pub(super) fn new(export: String) -> Self {
        Self {
            version: VERSION,
            export,
            next: 0,
            bytes: 0,
            events: 0,
            active: BTreeMap::new(),
            failed: Vec::new(),
            phase: Phase::Fetching,
        }
    }

    /// Returns the sessions that aren't complete, with their number and where to resume them.
    pub(super) fn pending(&self, sources: &[Source]) -> Vec<(usize, Source)> {
        let at = |index: usize| sources.get(index).map(|source| (index, source.clone()));
        let started = self.active.iter().filter_map(|(index, active)| {
            let (index, mut source) = at(*index)?;
            if active.checkpoint.is_some() {
                source.checkpoint.clone_from(&active.checkpoint);
            }
            Some((index, source))
        });
        let rest = (self.next..sources.len()).filter_map(at);
        started.chain(rest).collect()
    }
}

/// The file named by `--checkpoint`.
#[derive(Clone, Debug)]
pub(crate) struct CheckpointFile(PathBuf);

impl CheckpointFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Reads the state of this export; `None` if the file doesn't exist.
    pub(super) fn load(&self, export: &str) -> Result<Option<ExportState>, String> {
        let path = self.0.display();
        let next = "next: name another file with --checkpoint, or remove this one to start over";
        let mut text = String::new();
        let file = match fs::File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("can't read {path}: {error}\n  {next}")),
        };
        let read = file.take(MAX_SIZE + 1).read_to_string(&mut text);
        if read.is_err() || text.len() as u64 > MAX_SIZE {
            return Err(format!("{path} isn't an export checkpoint\n  {next}"));
        }
        let state: ExportState = serde_json::from_str(&text)
            .map_err(|_| format!("{path} isn't a complete export checkpoint\n  {next}"))?;
        if state.version != VERSION {
            let version = state.version;
            return Err(format!(
                "{path} has version {version}; this program supports {VERSION}\n  {next}"
            ));
        }
        if state.export != export {
            return Err(format!(
                "{path} belongs to another export:\n  checkpoint: {}\n  requested:  {export}\n  {next}",
                state.export
            ));
        }
        Ok(Some(state))
    }

    /// Saves the state atomically.
    pub(super) fn save(&self, state: &ExportState) -> io::Result<()> {
        write_atomically(&self.0, &serde_json::to_vec(state)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_12_a_checkpoint_of_another_export_or_a_broken_one_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let file = CheckpointFile::new(path.clone());
        assert!(file.load("a").unwrap().is_none());
        file.save(&ExportState::new("a".to_owned())).unwrap();
        let complete = fs::read_to_string(&path).unwrap();
        assert!(file.load("a").unwrap().is_some());
        for (content, named) in [
            (complete.clone(), "another export"),
            (
                complete[..complete.len() / 2].to_owned(),
                "isn't a complete export checkpoint",
            ),
            (
                complete.replace("\"version\":1", "\"version\":2"),
                "version 2",
            ),
            (String::new(), "isn't a complete export checkpoint"),
            ("[".repeat(100_000), "isn't a complete export checkpoint"),
        ] {
            fs::write(&path, &content).unwrap();
            let error = file.load("b").unwrap_err();
            assert!(error.contains(named) && error.contains("next: "), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[cfg(unix)]
    #[test]
    fn attack_13_only_the_owner_can_read_a_checkpoint_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        CheckpointFile::new(path.clone())
            .save(&ExportState::new(String::new()))
            .unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
