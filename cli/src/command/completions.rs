//! `completions`: a shell completion script.

use clap::Command;
use clap_complete::Shell;

pub(super) fn script(shell: Shell, command: &mut Command) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "journey-events", &mut script);
    script
}
