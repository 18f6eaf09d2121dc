//! `journey-events`: the events of Genesys Cloud journey sessions on the command line.
//!
//! The binary and the Python package call [`run()`]; nothing else is public.
//!
//! Layers, top to bottom. Each imports only the ones below it:
//!
//! ```text
//! lib.rs           parses the arguments and runs a command
//! command/         a file or folder per command
//! options/         options that commands share, and what they resolve to
//! format/          how events are encoded; formats are the dataset package's, but for JSON arrays
//! exit.rs          exit status
//! features.rs      what this build lacks
//! terminal/        messages, advice, progress, signals
//! atomic_file.rs   owner-only files, replaced atomically
//! text_file.rs     small text files that the user names
//! ```
//!
//! Waiting is async, and whatever can block (writing to a stalled stdout or stderr, resolving a host
//! name) has its own thread, so Ctrl-C ends the program at any time.

#![cfg_attr(
    not(feature = "sync"),
    allow(
        dead_code,
        reason = "some of what the layers offer is for datasets alone"
    )
)]

mod atomic_file;
mod command;
mod exit;
mod features;
mod format;
mod options;
mod terminal;
mod text_file;

use std::ffi::OsString;

use tokio::runtime;

use crate::command::Args;
use crate::exit::Status;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

/// Runs the command line, of which the first argument is the program's name, and returns the exit status that
/// `--help` lists.
///
/// For programs that do nothing else: it uses stdin, stdout and stderr, and handles the process's signals from then
/// on. Call it outside a tokio runtime. Threads that are still blocked may outlive it, so exit soon after.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match Args::read(args) {
        Ok(args) => args,
        Err(status) => return status,
    };
    // `emulate` serves its clients on all cores; the other commands would be as fast on one thread.
    let runtime = match runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            messages::say_now(&format!("can't start the runtime: {error}"));
            messages::finish_now();
            return Status::Failed.code();
        }
    };
    let status = runtime.block_on(run_command(args));
    // Doesn't wait for threads that are still blocked.
    runtime.shutdown_background();
    messages::finish_now();
    status.code()
}

async fn run_command(args: Args) -> Status {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            messages::say(format!("can't listen for signals: {error}")).await;
            return Status::Failed;
        }
    };
    let status = args.command.run(&mut signals).await;
    if !matches!(status, Status::Stopped(_)) {
        // What the command did is done, so its status stays whatever the user presses.
        tokio::select! {
            _ = signals.next() => {}
            () = messages::finish() => {}
        }
    }
    status
}
