//! Checks of the files that are named.

use std::path::{Path, PathBuf};

use super::args::ReportArgs;
use crate::options::destination::Destination;
use crate::options::roles::Roles;

/// Returns the file to write. Refuses what can't become a report, and a file that is named twice.
pub(super) fn resolve(args: &ReportArgs) -> Result<PathBuf, String> {
    let located = if args.output == Path::new("-") {
        Ok(Destination::Stdout)
    } else {
        Destination::locate(&args.output)
    };
    let problem = match located {
        Ok(Destination::File(path)) => {
            let mut roles = Roles::default();
            args.sources.add_roles(&mut roles)?;
            args.connection.add_roles(&mut roles)?;
            roles.add_if("--from", args.from.as_ref())?;
            roles.add_if("--names", args.names.as_ref())?;
            roles.add("--output", &path)?;
            return Ok(path);
        }
        Ok(Destination::Stdout) => "reports go to a file, not to stdout".to_owned(),
        Ok(Destination::Through(_)) => "it is a device or a pipe, not a file".to_owned(),
        Err(problem) => problem,
    };
    Err(format!(
        "--output: can't write the report to {}: {problem}\n  next: choose another file in an existing \
         folder",
        args.output.display()
    ))
}
