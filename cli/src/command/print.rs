//! Text to stdout.

use std::io::{self, Write};

use crate::exit::Status;
use crate::terminal::messages;

/// Prints. A closed stdout is no failure: its reader had enough.
pub(super) async fn print(text: &[u8]) -> Status {
    match io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            messages::say(format!("can't write to stdout: {error}")).await;
            Status::Failed
        }
        _ => Status::Complete,
    }
}
