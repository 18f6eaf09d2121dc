//! Checks of the output path.

use std::fs;
use std::path::Path;

use crate::atomic_file as state;

/// Refuses a path that can't become the report, or that is the input, which it would overwrite.
pub(super) fn check(output: &Path, from: Option<&Path>) -> Result<(), String> {
    let refused = |problem: &str| {
        let output = output.display();
        Err(format!(
            "--output: can't write the report to {output}: {problem}\n  next: choose another file in an existing folder"
        ))
    };
    if output == Path::new("-") {
        return refused("reports go to a file, not to stdout");
    }
    let folder = state::folder_of(output);
    if !folder.is_dir() {
        return refused(&format!("{} isn't a folder", folder.display()));
    }
    match fs::metadata(output) {
        Ok(existing) if existing.is_dir() => refused("it is a folder"),
        Ok(existing) if !existing.is_file() => refused("it is a device or a pipe, not a file"),
        Ok(_) if is_same(output, from) => refused("it is the input file"),
        _ => Ok(()),
    }
}

fn is_same(output: &Path, from: Option<&Path>) -> bool {
    let (output, from) = (fs::canonicalize(output), from.map(fs::canonicalize));
    matches!((output, from), (Ok(output), Some(Ok(from))) if output == from)
}
