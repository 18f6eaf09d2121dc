//! What to do after a look at the demo.

/// The next commands, with the program as it was invoked.
#[derive(Debug)]
pub(super) struct Suggested {
    program: String,
    demo: String,
}

impl Suggested {
    pub(super) fn new(events: u64) -> Self {
        let program = std::env::args().next().unwrap_or_default();
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
        format!("as JSON, one per line: {} | head -1", self.demo)
    }
}
