//! Parts, frames and data files.

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;

use crate::ledger::digest::Digest;
use crate::ledger::ids::{FileId, RunStamp, SessionKey, WorkerId};

/// Name of a part: its worker and its number among that worker's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PartName {
    pub(crate) worker: WorkerId,
    pub(crate) number: i64,
}

impl PartName {
    /// Reads a file name, as `Display` writes it.
    pub(crate) fn parse(file_name: &str) -> Option<Self> {
        let (worker, number) = file_name.strip_suffix(".part")?.split_once('-')?;
        let name = Self {
            worker: WorkerId(worker.parse().ok()?),
            number: number.parse().ok()?,
        };
        (name.to_string() == file_name).then_some(name)
    }
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.part", self.worker, self.number)
    }
}

/// A part that was written and synced.
#[derive(Clone, Debug)]
pub(crate) struct NewPart {
    pub(crate) name: PartName,
    pub(crate) bytes: u64,
    pub(crate) frames: Vec<NewFrame>,
}

/// The rows of one partition in a part.
#[derive(Clone, Debug)]
pub(crate) struct NewFrame {
    /// Folder of the partition, empty for none.
    pub(crate) partition: String,
    pub(crate) span: Span,
    pub(crate) rows: u64,
    /// About how many bytes of a file it becomes.
    pub(crate) weight: u64,
    pub(crate) sessions: Vec<SessionKey>,
}

/// Where a frame is in its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) checksum: [u8; 16],
}

/// Which frames to seal, and how.
#[derive(Clone, Debug)]
pub(crate) struct SealRequest {
    pub(crate) worker: WorkerId,
    pub(crate) run: RunStamp,
    pub(crate) scope: SealScope,
    /// About how many bytes a file has.
    pub(crate) file_weight: u64,
    /// At the end of names: never the same twice, also with a ledger restored from a copy.
    pub(crate) unique: String,
    /// With a dot in front: `.ndjson.zst`.
    pub(crate) extension: String,
    pub(crate) at: Timestamp,
}

/// Which frames to seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealScope {
    /// Those that fill a file.
    FullFiles,
    /// All.
    Everything,
}

/// A file whose name and bytes are fixed, and that isn't published.
#[derive(Clone, Debug)]
pub(crate) struct SealedFile {
    pub(crate) file: FileId,
    pub(crate) name: String,
    pub(crate) partition: String,
    /// Who sealed it.
    pub(crate) worker: WorkerId,
    /// How many rows its frames have.
    pub(crate) rows: u64,
    /// Its frames in order.
    pub(crate) frames: Vec<(PartName, Span)>,
    /// Sessions of it that were forgotten since.
    pub(crate) forgotten: Vec<String>,
}

/// A file that was published.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) file: FileId,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

/// A file that was replaced by one without `sessions`.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    pub(crate) file: FileId,
    /// Rows and bytes that the ledger had when the replacement began.
    pub(crate) before: (u64, u64),
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sessions: Vec<String>,
}

/// A published file that holds sessions which were forgotten.
#[derive(Clone, Debug)]
pub(crate) struct FileToReplace {
    pub(crate) file: DataFile,
    pub(crate) sessions: Vec<ForgottenSession>,
    /// Ids of the other sessions it holds.
    pub(crate) others: HashSet<String>,
}

/// A session that was forgotten.
#[derive(Clone, Debug)]
pub(crate) struct ForgottenSession {
    pub(crate) id: String,
    /// By which its events are recognized.
    pub(crate) digests: Vec<Digest>,
}

/// A data file that the ledger knows.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    pub(crate) file: FileId,
    pub(crate) name: String,
    pub(crate) partition: String,
    /// Rows and bytes once it is published.
    pub(crate) published: Option<(u64, u64)>,
}

impl DataFile {
    /// Path relative to the dataset, with `/`.
    pub(crate) fn relative_path(&self) -> String {
        relative_path(&self.partition, &self.name)
    }
}

/// Path of a file relative to the dataset, with `/`.
pub(crate) fn relative_path(partition: &str, name: &str) -> String {
    if partition.is_empty() {
        name.to_owned()
    } else {
        format!("{partition}/{name}")
    }
}
