//! An export into files.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::writer::WriteOptions;
use crate::command::events::request::RequestOptions;
use crate::options::filter::Filter;
use crate::options::sources::Source;
use crate::terminal::counters::Counters;
use crate::terminal::progress::Verbosity;

/// An export into files.
#[derive(Debug)]
pub(crate) struct FileExport {
    pub(crate) sources: Vec<Source>,
    pub(crate) request: RequestOptions,
    pub(crate) filter: Filter,
    pub(crate) output: WriteOptions,
    pub(crate) failure_list: PathBuf,
    pub(crate) concurrency: usize,
    pub(crate) verbosity: Verbosity,
    pub(crate) counters: Arc<Counters>,
}

impl FileExport {
    /// Describes the export in one line, which identifies it in its checkpoint.
    pub(super) fn description(&self) -> String {
        let path = self.output.destination.path();
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut text = format!(
            "{} to {}, {} sessions ({:016x})",
            self.output.format.extension(),
            path.display(),
            self.sources.len(),
            fingerprint(&self.sources)
        );
        let RequestOptions {
            after, event_types, ..
        } = &self.request;
        let Filter { since, until } = &self.filter;
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

/// Returns the 64-bit FNV-1a hash of the ids.
fn fingerprint(sources: &[Source]) -> u64 {
    let ids = sources.iter().map(|source| source.session.as_bytes());
    let bytes = ids.flat_map(|id| id.iter().chain(b"\n"));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
