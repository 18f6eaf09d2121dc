//! Small text files that the user names.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Reads a file of at most so many bytes of UTF-8. The error says what is wrong, without the path.
pub(crate) fn read(path: &Path, max_size: u64) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    match file.take(max_size + 1).read_to_string(&mut text) {
        Ok(_) if text.len() as u64 <= max_size => Ok(text),
        Ok(_) => Err(format!("larger than {max_size} bytes")),
        Err(error) => Err(error.to_string()),
    }
}
