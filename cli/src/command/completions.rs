//! `completions`: what a shell needs to know of the program.

use clap::Command;
use clap_complete::Shell;

pub(crate) fn script(shell: Shell, command: &mut Command) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "journey-events", &mut script);
    script
}
