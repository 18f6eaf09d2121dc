//! What to do after a look at the demo.

use std::path::Path;

use crate::terminal::shell::quoted;

const NAME: &str = "journey-events";

/// The next commands, with the program as it was invoked: by its path where it isn't installed.
#[derive(Debug)]
pub(super) struct Suggested {
    program: String,
    demo: String,
}

impl Suggested {
    pub(super) fn new(events: u64) -> Self {
        // In the Python package, the process is Python's.
        let invoked = std::env::args_os()
            .next()
            .and_then(|path| path.into_string().ok());
        let invoked =
            invoked.filter(|path| Path::new(path).file_stem().is_some_and(|stem| stem == NAME));
        let program = quoted(invoked.as_deref().unwrap_or(NAME));
        let demo = format!("{program} demo --events {events}");
        Self { program, demo }
    }

    /// Returns how to view the events.
    pub(super) fn report(&self) -> String {
        let Self { program, demo } = self;
        format!(
            "to see this journey in a browser: {demo} | {program} report --from - --output report.html"
        )
    }

    /// Returns how to get the events as the service sends them.
    pub(super) fn json(&self) -> String {
        format!("an event as JSON: {} | head -1", self.demo)
    }
}
