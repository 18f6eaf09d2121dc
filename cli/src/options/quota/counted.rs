//! Whose requests are counted, for `doctor`.

use std::path::PathBuf;

/// Whose requests a client counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Those of all programs of this user on this machine.
    Machine {
        /// Where they are counted.
        file: PathBuf,
        /// How many programs use the quota, this one included.
        programs: u32,
    },
    /// Those of all programs that name this database.
    Database {
        /// The database, without its password.
        url: String,
        /// How many programs use the quota, this one included.
        programs: u32,
    },
    /// This program's alone, as was asked for.
    Program,
    /// This program's alone, since the machine's can't be counted.
    ProgramForWant,
}
