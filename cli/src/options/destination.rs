//! Where an export goes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::atomic_file::folder_of;
use crate::format::Format;

/// Where an export goes.
#[derive(Clone, Debug)]
pub(crate) enum Destination {
    /// All sessions in one file.
    File(PathBuf),
    /// One file per session, in an existing folder.
    Folder(PathBuf),
}

impl Destination {
    /// Resolves a path: a folder if it is one or ends in `/` (it is then created), or else a file.
    pub(crate) fn resolve(path: PathBuf) -> io::Result<Self> {
        let names_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        if names_folder && !path.exists() {
            fs::create_dir_all(&path)?;
        }
        if path.is_dir() {
            return Ok(Self::Folder(path));
        }
        let folder = folder_of(&path);
        if !folder.is_dir() {
            let problem = format!("{} isn't a folder", folder.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, problem));
        }
        Ok(Self::File(path))
    }

    /// Returns the file or folder.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Folder(path) => path,
        }
    }

    /// Returns the file that a session ends up in.
    pub(crate) fn file_of(&self, session: &str, format: Format) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Folder(folder) => folder.join(format!("{session}.{}", format.extension())),
        }
    }

    /// Returns the default path of the failure list.
    pub(crate) fn failure_list(&self) -> PathBuf {
        match self {
            Self::File(path) => {
                let mut name = path.as_os_str().to_owned();
                name.push(".failed");
                name.into()
            }
            Self::Folder(folder) => folder.join("sessions.failed"),
        }
    }
}
