//! Where events go.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::atomic_file::folder_of;
use crate::format::Format;

/// Where events go.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// All into one file.
    File(PathBuf),
    /// A file a session, in a folder that exists.
    Folder(PathBuf),
}

impl Target {
    /// A folder if it is one or ends as one; made if it is not there.
    pub(crate) fn at(path: PathBuf) -> io::Result<Self> {
        let ends_as_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        if ends_as_folder && !path.exists() {
            fs::create_dir_all(&path)?;
        }
        if path.is_dir() {
            return Ok(Self::Folder(path));
        }
        let folder = folder_of(&path);
        if !folder.is_dir() {
            let problem = format!("{} is no folder", folder.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, problem));
        }
        Ok(Self::File(path))
    }

    /// The file that a session is in at the end.
    pub(crate) fn file_of(&self, session: &str, format: Format) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Folder(folder) => folder.join(format!("{session}.{}", format.extension())),
        }
    }
}
