//! Where the quota's file is: its folder, its name, and who may read them.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::clock::Boot;
use crate::file_system;
use crate::owner_only;
use crate::quota::error::QuotaError;
use crate::quota::name;

const FOLDER: &str = "journey-events";
/// Files of earlier boots are removed after this time without a change. They are of no use, unless the
/// folder is shared with another machine in a way that isn't recognized.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// Returns the folder of this user's state.
pub(crate) fn state_folder() -> Result<PathBuf, QuotaError> {
    let variable = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        // The XDG specification has relative paths ignored.
        path.filter(|path| path.is_absolute())
    };
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    let (named, name) = if cfg!(windows) {
        (variable("LOCALAPPDATA"), "LOCALAPPDATA")
    } else {
        (variable("XDG_STATE_HOME"), "XDG_STATE_HOME")
    };
    let folder = named.or_else(|| {
        let below_home = if cfg!(target_os = "macos") {
            "Library/Application Support"
        } else if cfg!(windows) {
            "AppData/Local"
        } else {
            ".local/state"
        };
        Some(home()?.join(below_home))
    });
    let folder = folder.ok_or(QuotaError::NoStateFolder { variable: name })?;
    Ok(folder.join(FOLDER))
}

/// Creates the folder and the quota's file, if they don't exist, readable only by their owner. Returns the
/// file's path.
pub(crate) fn create_file(folder: &Path, name: &str, boot: &Boot) -> Result<PathBuf, QuotaError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| QuotaError::Open { path, source }
    };
    create_folder(folder).map_err(failed(folder))?;
    if file_system::is_on_network(folder).map_err(failed(folder))? {
        return Err(QuotaError::NetworkFileSystem {
            path: folder.to_owned(),
        });
    }
    remove_earlier(folder, &boot.id);
    let path = folder.join(file_name(name, boot));
    // SQLite gives its other files the permissions of this one.
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    owner_only::file(&mut options)
        .open(&path)
        .map_err(failed(&path))?;
    Ok(path)
}

fn file_name(name: &str, boot: &Boot) -> String {
    let digest = name::digest(&format!("{}\n{name}", boot.clock));
    format!("quota-{digest}-{}.db", boot.id)
}

fn create_folder(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match owner_only::folder().create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        result => result,
    }
}

/// Removes files of earlier boots. A failure isn't reported: they only take space.
fn remove_earlier(folder: &Path, boot: &str) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_earlier = name.starts_with("quota-") && !name.contains(boot);
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        let is_old = changed.is_ok_and(|changed| {
            let age = SystemTime::now().duration_since(changed);
            age.is_ok_and(|age| age > KEPT_FOR)
        });
        if is_earlier && is_old {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot(id: &str) -> Boot {
        Boot {
            id: id.to_owned(),
            clock: String::new(),
        }
    }

    #[test]
    fn the_name_is_of_one_quota_and_one_boot_and_shows_no_secret() {
        let name = file_name("canary", &boot("b1"));
        assert!(
            name.starts_with("quota-") && name.ends_with("-b1.db"),
            "{name}"
        );
        assert!(!name.contains("canary"));
        assert_eq!(name, file_name("canary", &boot("b1")));
        assert_ne!(name, file_name("canary2", &boot("b1")));
        assert_ne!(name, file_name("canary", &boot("b2")));
        let elsewhere = Boot {
            id: "b1".to_owned(),
            clock: "time:[1]".to_owned(),
        };
        assert_ne!(name, file_name("canary", &elsewhere));
    }

    #[test]
    fn old_files_of_earlier_boots_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let old = SystemTime::now() - KEPT_FOR - Duration::from_secs(60);
        for (name, changed) in [
            ("quota-1-b1.db", old),
            ("quota-1-b2.db", old),
            ("quota-2-b1.db", SystemTime::now()),
            ("something", old),
        ] {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            file.set_modified(changed).unwrap();
        }
        remove_earlier(folder.path(), "b2");
        let left = fs::read_dir(folder.path()).unwrap().flatten();
        let mut left: Vec<_> = left.map(|entry| entry.file_name()).collect();
        left.sort();
        assert_eq!(left, ["quota-1-b2.db", "quota-2-b1.db", "something"]);
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_file_are_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("state").join(FOLDER);
        let file = create_file(&folder, "name", &boot("b1")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    }
}
