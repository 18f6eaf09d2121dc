//! How far an export has come, in a file that outlives the process.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use journey_events::Checkpoint;
use serde::{Deserialize, Serialize};

use crate::atomic_file::write_whole;
use crate::options::sources::{Failure, Source};

const VERSION: u32 = 1;
/// Largest file read: ten thousand failed sessions with their checkpoints have some megabytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// How far an export has come.
///
/// Sessions are numbered in their order. Those below `next` were begun; of these, the ones that are
/// neither active nor failed are written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    /// What is exported, and to where, as one text: it has to be the same when it goes on.
    export: String,
    pub(crate) next: usize,
    /// How many bytes of the one unfinished file count; what is behind them is written anew.
    pub(crate) bytes: u64,
    pub(crate) events: u64,
    pub(crate) active: BTreeMap<usize, Active>,
    pub(crate) failed: Vec<Failure>,
    pub(crate) phase: Phase,
}

/// A session that is being written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Active {
    /// The same for a file of its own.
    pub(crate) bytes: u64,
    pub(crate) events: u64,
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// What an export is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    Fetching,
    /// All events are there; the file gets its format and its name.
    Finishing,
    Finished,
}

impl State {
    pub(crate) fn new(export: String) -> Self {
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

    /// The sessions that are not done, by number, with the place to go on from.
    pub(crate) fn pending(&self, sources: &[Source]) -> Vec<(usize, Source)> {
        let at = |index: usize| sources.get(index).map(|source| (index, source.clone()));
        let begun = self.active.iter().filter_map(|(index, active)| {
            let (index, mut source) = at(*index)?;
            if active.checkpoint.is_some() {
                source.checkpoint.clone_from(&active.checkpoint);
            }
            Some((index, source))
        });
        let rest = (self.next..sources.len()).filter_map(at);
        begun.chain(rest).collect()
    }
}

/// The file.
#[derive(Clone, Debug)]
pub(crate) struct StateFile(PathBuf);

impl StateFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Reads the state of this export; `None` if there is no file yet. The error says what is wrong with
    /// the file.
    pub(crate) fn load(&self, export: &str) -> Result<Option<State>, String> {
        let path = self.0.display();
        let next = "next: name another file with --checkpoint, or remove this one to begin anew";
        let mut text = String::new();
        let file = match fs::File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{path} can't be read: {error}\n  {next}")),
        };
        let read = file.take(LARGEST + 1).read_to_string(&mut text);
        if read.is_err() || text.len() as u64 > LARGEST {
            return Err(format!("{path} is no checkpoint of an export\n  {next}"));
        }
        let state: State = serde_json::from_str(&text)
            .map_err(|_| format!("{path} is no whole checkpoint of an export\n  {next}"))?;
        if state.version != VERSION {
            let version = state.version;
            return Err(format!(
                "{path} is of version {version}, this program knows {VERSION}\n  {next}"
            ));
        }
        if state.export != export {
            return Err(format!(
                "{path} is the checkpoint of another export:\n  there: {}\n  here:  {export}\n  {next}",
                state.export
            ));
        }
        Ok(Some(state))
    }

    /// Writes the state, whole or not at all.
    pub(crate) fn save(&self, state: &State) -> io::Result<()> {
        write_whole(&self.0, &serde_json::to_vec(state)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_12_a_file_that_is_no_checkpoint_of_this_export_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let file = StateFile::new(path.clone());
        assert!(file.load("a").unwrap().is_none());
        file.save(&State::new("a".to_owned())).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        assert!(file.load("a").unwrap().is_some());
        for (content, named) in [
            (whole.clone(), "another export"),
            (whole[..whole.len() / 2].to_owned(), "no whole checkpoint"),
            (whole.replace("\"version\":1", "\"version\":2"), "version 2"),
            (String::new(), "no whole checkpoint"),
            ("[".repeat(100_000), "no whole checkpoint"),
        ] {
            fs::write(&path, &content).unwrap();
            let error = file.load("b").unwrap_err();
            assert!(error.contains(named) && error.contains("next: "), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[cfg(unix)]
    #[test]
    fn attack_13_only_the_owner_can_read_what_is_written() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        StateFile::new(path.clone())
            .save(&State::new(String::new()))
            .unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
