//! `journey-events`: the events of Genesys Cloud journey sessions on the command line.
//!
//! ```text
//! args ─► demo ────┐
//!    ├──► events ──┴► export ─► walk ─► output ─► (stdout)
//!    │       └──────► files ──► ledger ─► target ─► (files)
//!    ├──► report ──► (a page)
//!    ├──► doctor         └────► advice, progress ─► (stderr)
//!    └──► emulate
//! ```
//!
//! Whatever waits does so in async code, and what can block (a stalled reader of stdout or stderr, a
//! name look-up) has a thread of its own, so that Ctrl-C ends the program at any time.

mod advice;
mod args;
mod asking;
mod connection;
mod demo;
mod doctor;
mod emulate;
mod event_body;
mod events;
mod events_args;
mod export;
mod files;
mod format;
mod job;
mod ledger;
mod line;
mod meter;
mod output;
mod profile;
mod progress;
mod report;
mod selection;
mod session_id;
mod shell;
mod signals;
mod sources;
mod state;
mod status;
mod stderr;
mod target;
mod walk;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime;

use crate::args::{Args, Command};
use crate::signals::Signals;
use crate::status::Status;

fn main() -> ExitCode {
    let args = Args::parse();
    // On one thread the demo is as fast, since a walk is one thing after the other; `emulate` serves its
    // clients on all cores.
    let runtime = match runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            stderr::say_now(&format!("the program can't start its threads: {error}"));
            return Status::Failed.into();
        }
    };
    let status = runtime.block_on(run(args));
    // A write that nobody reads or a name look-up may block its thread for long; the exit ends it.
    runtime.shutdown_background();
    status.into()
}

async fn run(args: Args) -> Status {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            stderr::say(format!("signals can't be listened for: {error}")).await;
            return Status::Failed;
        }
    };
    match args.command {
        Command::Demo(args) => demo::run(&args, &mut signals).await,
        Command::Events(args) => events::run(*args, &mut signals).await,
        Command::Report(args) => report::run(*args, &mut signals).await,
        Command::Doctor(args) => doctor::run(args, &mut signals).await,
        Command::Completions { shell } => shell::completions(shell).await,
        Command::Man => shell::man().await,
        Command::Emulate(args) => emulate::run(&args, &mut signals).await,
    }
}
