//! Refuses one file in two roles, such as a list that is also the output.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use crate::atomic_file::folder_of;
use crate::terminal::stdout;

/// The files of a command and the option that names each.
#[derive(Debug, Default)]
pub(crate) struct Roles(Vec<Role>);

#[derive(Debug)]
struct Role {
    option: &'static str,
    path: PathBuf,
    identity: Identity,
}

/// What tells a file from others, however it is spelled or linked to.
#[derive(Debug, PartialEq, Eq)]
enum Identity {
    Stdin,
    Inode(u64, u64),
    Path(PathBuf),
}

impl Roles {
    /// Adds a file in a role; an error that names both if it has one already. Opens nothing.
    pub(crate) fn add(&mut self, option: &'static str, path: &Path) -> Result<(), String> {
        let identity = identity_of(path);
        if is_device(path) {
            // What is read from one isn't what was written to it.
            return Ok(());
        }
        if let Some(other) = self.0.iter().find(|role| role.identity == identity) {
            let reads_stdin = other.path == path && path == Path::new("-");
            let (first, second) = (other.path.display(), path.display());
            let (other, next) = (other.option, "next: name another file for one of them");
            return Err(if reads_stdin {
                format!("{other} and {option} can't both read stdin\n  {next}")
            } else {
                format!("{other} {first} and {option} {second} are the same file\n  {next}")
            });
        }
        self.0.push(Role {
            option,
            path: path.to_owned(),
            identity,
        });
        Ok(())
    }

    /// Adds a file, if one is named.
    pub(crate) fn add_if(
        &mut self,
        option: &'static str,
        path: Option<&PathBuf>,
    ) -> Result<(), String> {
        path.map_or(Ok(()), |path| self.add(option, path))
    }

    /// Adds the file that the shell redirected stdout to, which it has emptied already.
    pub(crate) fn add_stdout(&mut self) -> Result<(), String> {
        let Some(Identity::Inode(device, inode)) = stdout_file() else {
            return Ok(());
        };
        let identity = Identity::Inode(device, inode);
        match self.0.iter().find(|role| role.identity == identity) {
            Some(other) => Err(format!(
                "{} {} is also stdout, which the shell writes to\n  next: redirect stdout to another file",
                other.option,
                other.path.display()
            )),
            None => Ok(()),
        }
    }
}

fn identity_of(path: &Path) -> Identity {
    if path == Path::new("-") {
        return stdin_file().unwrap_or(Identity::Stdin);
    }
    let known = fs::metadata(path).ok().as_ref().and_then(inode);
    known.unwrap_or_else(|| Identity::Path(spelled_out(path)))
}

/// Returns the path without links, of a file that may not exist.
fn spelled_out(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = fs::canonicalize(folder_of(path));
        let folder = folder.unwrap_or_else(|_| folder_of(path).to_owned());
        folder.join(path.file_name().unwrap_or_default())
    })
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other platforms have none")]
fn inode(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some(Identity::Inode(metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Option<Identity> {
    None
}

/// Returns the file that the shell redirected stdin from.
#[cfg(unix)]
fn stdin_file() -> Option<Identity> {
    let stdin = std::os::fd::AsFd::as_fd(&std::io::stdin()).try_clone_to_owned();
    let metadata = fs::File::from(stdin.ok()?).metadata().ok()?;
    metadata.is_file().then(|| inode(&metadata)).flatten()
}

fn stdout_file() -> Option<Identity> {
    let metadata = stdout::metadata().ok()?;
    metadata.is_file().then(|| inode(&metadata)).flatten()
}

#[cfg(unix)]
fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|file| file.file_type().is_char_device())
}

#[cfg(not(unix))]
fn stdin_file() -> Option<Identity> {
    None
}

#[cfg(not(unix))]
fn is_device(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_the_same(first: &Path, second: &Path) -> bool {
        let mut roles = Roles::default();
        roles.add("--output", first).unwrap();
        match roles.add("--sessions", second) {
            Ok(()) => false,
            Err(error) => {
                assert!(
                    error.contains("--output") && error.contains("--sessions"),
                    "{error}"
                );
                true
            }
        }
    }

    #[test]
    fn row_85_one_file_is_recognised_under_every_spelling() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), "").unwrap();
        fs::write(path("b"), "").unwrap();
        fs::create_dir(path("sub")).unwrap();
        assert!(are_the_same(&path("a"), &path("a")));
        assert!(are_the_same(&path("a"), &path("sub/../a")));
        assert!(are_the_same(&path("new"), &path("sub/../new")));
        assert!(are_the_same(Path::new("-"), Path::new("-")));
        assert!(!are_the_same(&path("a"), &path("b")));
        assert!(!are_the_same(&path("a"), &path("new")));
        assert!(!are_the_same(&path("new"), &path("sub/new")));
        assert!(!are_the_same(&path("a"), Path::new("-")));
    }

    #[cfg(unix)]
    #[test]
    fn row_85_one_file_is_recognised_behind_links() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), "").unwrap();
        symlink(path("a"), path("link")).unwrap();
        fs::hard_link(path("a"), path("hard")).unwrap();
        symlink(folder.path(), path("folder")).unwrap();
        for other in ["link", "hard", "folder/a", "folder/hard"] {
            assert!(are_the_same(&path("a"), &path(other)), "{other}");
        }
        assert!(are_the_same(&path("new"), &path("folder/new")));
    }
}
