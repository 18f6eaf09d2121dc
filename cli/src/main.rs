//! The program `journey-events`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(journey_events_cli::run(std::env::args_os()))
}
