//! The command-line tool.

use std::ffi::OsString;
use std::process;

use pyo3::prelude::*;

/// Runs the command and ends the process with its exit status, without going back to Python: from then on,
/// signals and stdout are the command's.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, args: Vec<OsString>) {
    let status = py.detach(|| journey_events_cli::run(args));
    process::exit(status.into());
}
