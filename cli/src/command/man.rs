//! `man`: the man page of the program, followed by those of its commands.

use std::io;

use clap::Command;
use clap_mangen::Man;

pub(super) fn page(mut command: Command) -> io::Result<Vec<u8>> {
    command.build();
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    for sub in command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
    {
        let name = format!("journey-events-{}", sub.get_name());
        Man::new(sub.clone()).title(name).render(&mut page)?;
    }
    Ok(page)
}
