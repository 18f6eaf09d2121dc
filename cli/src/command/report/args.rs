//! The arguments of `report`.

use std::path::PathBuf;

use clap::value_parser;
use jiff::Timestamp;

use crate::options::connection::ConnectionArgs;
use crate::options::filter::parse_time as instant;
use crate::options::session_id;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = USAGE, allow_negative_numbers = true)]
#[group(id = "journeys", multiple = true, required = true, args = ["session_ids", "from", "contact"])]
pub(crate) struct ReportArgs {
    /// Session ids, shown side by side
    #[arg(value_name = "SESSION_ID", value_parser = session_id::checked)]
    pub(super) session_ids: Vec<String>,

    /// File written by `events`, as NDJSON or JSON; `-` reads stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["session_ids", "contact"])]
    pub(super) from: Option<PathBuf>,

    /// All sessions of an external contact
    #[arg(long, value_name = "CONTACT_ID", value_parser = session_id::checked)]
    pub(super) contact: Option<String>,

    /// HTML file to write; an existing one is replaced once the new one is complete
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,

    /// Only events at or after this time: 2026-01-31 or 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(super) since: Option<Timestamp>,

    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(super) until: Option<Timestamp>,

    /// Seconds without an event that count as idle
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
        value_parser = value_parser!(u32).range(1..=86_400))]
    pub(super) idle: u32,

    /// Print only errors
    #[arg(long, short)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

const USAGE: &str = "\
journey-events report [OPTIONS] --output FILE SESSION_ID...
       journey-events report [OPTIONS] --output FILE --contact CONTACT_ID
       journey-events report [OPTIONS] --output FILE --from FILE";

const HELP: &str = "\
The report is one HTML file for any browser since 2023. It works offline and makes no requests.
It holds up to 500,000 events of up to 200 sessions, with their JSON: treat it as customer data.

Examples:
  journey-events report 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --output report.html
  journey-events report --contact 0b0e5a3c-7d0f-4d53-8ab2-5c4f7b9f5a11 --output contact.html
  journey-events demo | journey-events report --from - --output report.html

If a session fails or a line isn't an event, the report is still written and lists the problem;
the exit status is 1. Credentials are read from the same places as for `events`.";
