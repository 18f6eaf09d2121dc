//! What is exported into files.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::writer::Writing;
use crate::command::events::request::Asking;
use crate::options::destination::Target;
use crate::options::filter::Selection;
use crate::options::sources::Source;
use crate::terminal::counters::Meter;
use crate::terminal::progress::Verbosity;

/// An export into files.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) sources: Vec<Source>,
    pub(crate) asking: Asking,
    pub(crate) selection: Selection,
    pub(crate) writing: Writing,
    /// Where the list of failures goes.
    pub(crate) failures: PathBuf,
    pub(crate) concurrency: usize,
    pub(crate) verbosity: Verbosity,
    pub(crate) meter: Arc<Meter>,
}

impl Job {
    /// The export in one line, by which a checkpoint knows it again.
    pub(crate) fn description(&self) -> String {
        let target = match &self.writing.target {
            Target::File(path) | Target::Folder(path) => path,
        };
        let at = std::path::absolute(target).unwrap_or_else(|_| target.clone());
        let mut text = format!(
            "{} to {}, {} sessions ({:016x})",
            self.writing.format.extension(),
            at.display(),
            self.sources.len(),
            fingerprint(&self.sources)
        );
        let Asking {
            after, event_types, ..
        } = &self.asking;
        let Selection { since, until } = &self.selection;
        let settings = [
            (
                "of types",
                (!event_types.is_empty()).then(|| event_types.join(",")),
            ),
            ("after", after.clone()),
            ("since", since.map(|at| at.to_string())),
            ("until", until.map(|at| at.to_string())),
        ];
        for (name, value) in settings {
            if let Some(value) = value {
                let _ = write!(text, ", {name} {value}");
            }
        }
        text
    }
}

/// FNV-1a, 64 bits, over the ids: tells one list of sessions from another.
fn fingerprint(sources: &[Source]) -> u64 {
    let ids = sources.iter().map(|source| source.session.as_bytes());
    let bytes = ids.flat_map(|id| id.iter().chain(b"\n"));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
