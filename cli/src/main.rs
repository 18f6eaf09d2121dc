//! `journey-events`: the events of Genesys Cloud journey sessions on the command line.

mod atomic_file;
mod command;
mod exit;
mod format;
mod options;
mod terminal;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime;

use crate::command::Args;
use crate::exit::Status;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

fn main() -> ExitCode {
    let args = Args::parse();
    // On one thread the demo is as fast, since a walk is one thing after the other; `emulate` serves its
    // clients on all cores.
    let runtime = match runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            messages::say_now(&format!("the program can't start its threads: {error}"));
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
            messages::say(format!("signals can't be listened for: {error}")).await;
            return Status::Failed;
        }
    };
    args.command.run(&mut signals).await
}
