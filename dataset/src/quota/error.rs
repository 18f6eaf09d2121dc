//! Why a quota can't be shared.

use std::io;
use std::path::PathBuf;

/// Why a quota can't be shared between the processes of this machine.
///
/// Each is a reason to count requests within one process instead, and none contains a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuotaError {
    /// This platform has no clock that several processes can compare and that continues while the
    /// machine is suspended, at least none that safe code can read.
    #[error("this platform has no clock that a shared quota can use")]
    NoClock,
    /// The id of the machine's last boot can't be read.
    #[error("can't read the id of this machine's last boot")]
    NoBootId(#[source] io::Error),
    /// The environment names no folder for the user's state.
    #[error("no folder for the user's state: neither {variable} nor a home directory is set")]
    NoStateFolder {
        /// The variable that would name it.
        variable: &'static str,
    },
    /// The folder is on a network file system, whose locks may not work.
    #[error("{} is on a network file system", path.display())]
    NetworkFileSystem {
        /// The folder.
        path: PathBuf,
    },
    /// The folder or the file in it can't be created or opened.
    #[error("can't open {}", path.display())]
    Open {
        /// The folder or file.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// SQLite can't use the file: it is corrupt, read-only, locked for too long, or the disk is full.
    #[error("can't use {}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What SQLite reported.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is from another version of this crate, or from another program.
    #[error("{} has version {found}; expected {expected}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The version that this crate reads and writes.
        expected: i64,
    },
    /// The system can't start a thread.
    #[error("can't start the quota's thread")]
    Thread(#[source] io::Error),
}

impl QuotaError {
    /// Of an error of [`last_boot`](crate::clock::last_boot).
    pub(super) fn of_clock(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Unsupported => Self::NoClock,
            _ => Self::NoBootId(error),
        }
    }
}
