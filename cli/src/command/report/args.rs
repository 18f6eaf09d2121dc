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
    /// The sessions, side by side
    #[arg(value_name = "SESSION_ID", value_parser = session_id::checked)]
    pub(super) session_ids: Vec<String>,

    /// Events from a file that `events` wrote, as NDJSON or JSON; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["session_ids", "contact"])]
    pub(super) from: Option<PathBuf>,

    /// All sessions of an external contact
    #[arg(long, value_name = "CONTACT_ID", value_parser = session_id::checked)]
    pub(super) contact: Option<String>,

    /// The page; one that is there is replaced when the new one is whole
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,

    /// Only events at this time or later: 2026-01-31, or 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(super) since: Option<Timestamp>,

    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(super) until: Option<Timestamp>,

    /// From how many seconds on a time without events is idle
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
        value_parser = value_parser!(u32).range(1..=86_400))]
    pub(super) idle: u32,

    /// Say nothing but what failed
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
The page is one file that any browser since 2023 opens, offline too: it asks nobody for anything.
It has up to 500,000 events of up to 200 sessions, with their JSON: keep it as customers' data.

Examples:
  journey-events report 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --output report.html
  journey-events report --contact 0b0e5a3c-7d0f-4d53-8ab2-5c4f7b9f5a11 --output contact.html
  journey-events demo | journey-events report --from - --output report.html

A session that fails, or a line that is no event, doesn't keep the page from being written; the
page says so, and the exit status is 1. Credentials come from where those of `events` do.";
