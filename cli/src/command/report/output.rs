//! Where a page may be written.

use std::fs;
use std::path::Path;

use crate::atomic_file as state;

/// Refuses what can't become a page, and what is being read: it would be gone.
pub(super) fn check(output: &Path, from: Option<&Path>) -> Result<(), String> {
    let refused = |problem: &str| {
        let output = output.display();
        Err(format!(
            "--output: {output} can't be the page: {problem}\n  next: name another file, in a folder that is there"
        ))
    };
    if output == Path::new("-") {
        return refused("it goes into a file, not to stdout");
    }
    let folder = state::folder_of(output);
    if !folder.is_dir() {
        return refused(&format!("{} is no folder", folder.display()));
    }
    match fs::metadata(output) {
        Ok(there) if there.is_dir() => refused("it is a folder"),
        Ok(there) if !there.is_file() => refused("it is no file but a device or a pipe"),
        Ok(_) if is_same(output, from) => refused("it is what is read"),
        _ => Ok(()),
    }
}

fn is_same(output: &Path, from: Option<&Path>) -> bool {
    let (output, from) = (fs::canonicalize(output), from.map(fs::canonicalize));
    matches!((output, from), (Ok(output), Some(Ok(from))) if output == from)
}
