//! What a shell and `man` need to know of the program.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::status::Status;
use crate::stderr;

/// Prints a completion script.
pub(crate) async fn completions(shell: Shell) -> Status {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "journey-events", &mut script);
    print(&script).await
}

/// Prints the man page.
pub(crate) async fn man() -> Status {
    let mut page = Vec::new();
    match render(&mut page) {
        Ok(()) => print(&page).await,
        Err(error) => {
            stderr::say(format!("the man page can't be made: {error}")).await;
            Status::Failed
        }
    }
}

/// The program's page with those of its commands behind it.
fn render(page: &mut Vec<u8>) -> io::Result<()> {
    let mut command = Args::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(page)?;
    for sub in command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
    {
        let name = format!("journey-events-{}", sub.get_name());
        clap_mangen::Man::new(sub.clone())
            .title(name)
            .render(page)?;
    }
    Ok(())
}

async fn print(text: &[u8]) -> Status {
    match io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            stderr::say(format!("stdout can't be written to: {error}")).await;
            Status::Failed
        }
        _ => Status::Complete,
    }
}
