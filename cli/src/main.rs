//! `journey-events`: the events of Genesys Cloud journey sessions on the command line.
//!
//! Layers, top to bottom. Each imports only the ones below it:
//!
//! ```text
//! main.rs          parses the arguments and runs a command
//! command/         a file or folder per command
//! options/         options that commands share, and what they resolve to
//! format/          how events are encoded; formats are the dataset package's, but for JSON arrays
//! exit.rs          exit status
//! features.rs      what this build lacks
//! terminal/        messages, advice, progress, signals
//! atomic_file.rs   owner-only files, replaced atomically
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

use std::process::ExitCode;

use tokio::runtime;

use crate::command::Args;
use crate::exit::Status;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

fn main() -> ExitCode {
    let args = Args::read();
    // `emulate` serves its clients on all cores; the other commands would be as fast on one thread.
    let runtime = match runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            messages::say_now(&format!("can't start the runtime: {error}"));
            messages::finish_now();
            return Status::Failed.into();
        }
    };
    let status = runtime.block_on(run(args));
    // Doesn't wait for threads that are still blocked.
    runtime.shutdown_background();
    messages::finish_now();
    status.into()
}

async fn run(args: Args) -> Status {
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
