//! What every step on a dataset uses.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::paths::Paths;
use super::settings::Settings;
use crate::format::Layout;
use crate::ledger::Ledger;
use crate::ledger::digest::DigestKey;
use crate::ledger::sqlite::OnLongLock;

/// What every step on a dataset uses.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) id: String,
    pub(super) paths: Paths,
    pub(super) settings: Settings,
    pub(super) layout: Layout,
    pub(super) ledger: Box<dyn Ledger>,
    pub(super) digest_key: DigestKey,
    /// Held while files are published: a worker builds a file under one name, whichever of its threads does.
    pub(super) publishing: Mutex<()>,
}

/// Where the ledger is, and who hears of its locks.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct LedgerOptions {
    /// Its file. `None` is `_journey-events/ledger.db`.
    pub file: Option<PathBuf>,
    /// Called with each lock that is waited for or was held for over 5 s.
    pub on_long_lock: Option<OnLongLock>,
}

impl LedgerOptions {
    pub(super) fn file(&self, paths: &Paths) -> PathBuf {
        self.file.clone().unwrap_or_else(|| paths.ledger())
    }

    pub(super) fn hook(&self) -> OnLongLock {
        self.on_long_lock
            .clone()
            .unwrap_or_else(|| Arc::new(|_| ()))
    }
}

impl std::fmt::Debug for LedgerOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerOptions")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
