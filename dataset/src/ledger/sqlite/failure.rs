//! Errors of SQLite in the words of this crate.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};

/// An error of SQLite, with the path.
pub(super) fn failed(path: &Path, error: rusqlite::Error) -> Error {
    if let Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) = error.sqlite_error_code()
        && let Some(reason) = reason(path)
    {
        return Error::disk("open the ledger", path, reason);
    }
    let path = path.display();
    let (kind, message) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            ErrorKind::Busy,
            format!(
                "another process has held the lock of the ledger `{path}` for a minute; next: end that \
                 process, or move the ledger to a faster disk"
            ),
        ),
        Some(ErrorCode::DiskFull) => (
            ErrorKind::DiskFull,
            format!(
                "can't write the ledger `{path}`: the disk is full; next: free space, then run it again"
            ),
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => (
            ErrorKind::ReadOnly,
            format!("the ledger `{path}` can't be written; next: check its permissions"),
        ),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (
            ErrorKind::Damaged,
            format!("the ledger `{path}` is damaged; next: restore it together with the dataset"),
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) => (
            ErrorKind::Disk,
            format!("can't read or write the ledger `{path}`"),
        ),
        _ if is_unreadable(&error) => (
            ErrorKind::Damaged,
            format!("the ledger `{path}` contains a value it shouldn't"),
        ),
        _ => (ErrorKind::Ledger, format!("the ledger `{path}` failed")),
    };
    Error::new(kind, message).with_source(error)
}

/// Looks why SQLite can't open a file or one beside it, which it doesn't say.
///
/// Opens the folder and not the file: closing a file ends this process's locks of it.
#[cfg(unix)]
fn reason(path: &Path) -> Option<std::io::Error> {
    use rustix::fs::{Access, access};

    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let opened = std::fs::File::open(folder).err();
    opened.or_else(|| Some(access(folder, Access::WRITE_OK).err()?.into()))
}

#[cfg(not(unix))]
fn reason(_: &Path) -> Option<std::io::Error> {
    None
}

fn is_unreadable(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    matches!(
        error,
        E::FromSqlConversionFailure(..) | E::InvalidColumnType(..) | E::IntegralValueOutOfRange(..)
    )
}
