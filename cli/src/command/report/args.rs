//! The arguments of `report`.

use std::path::PathBuf;

use clap::value_parser;

use crate::options::connection::ConnectionArgs;
use crate::options::filter::TimeRange;
use crate::options::sources::{SOURCES, SourceArgs};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = USAGE, allow_negative_numbers = true)]
#[group(id = "journeys", multiple = true, required = true,
    args = SOURCES.into_iter().chain(["from"]))]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(super) sources: SourceArgs,

    /// Events in a file (NDJSON, JSON, or Parquet with a column `json`) or a dataset of `sync`; `-` reads
    /// stdin. With session ids, only those sessions
    #[arg(long, value_name = "PATH", conflicts_with_all = &SOURCES[1..], help_heading = "Sources")]
    pub(super) from: Option<PathBuf>,

    /// HTML file to write; an existing one is replaced once the new one is complete
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub(super) output: PathBuf,

    /// Open the report in the browser
    #[arg(long, help_heading = "Output")]
    pub(super) open: bool,

    /// Names of segments and outcomes, which events often lack: a JSON object of ids and names, or a list of the
    /// service's segments or outcomes
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) names: Option<PathBuf>,

    #[command(flatten)]
    pub(super) range: TimeRange,

    /// Seconds without an event that count as idle
    #[arg(long, value_name = "SECONDS", default_value_t = 60, help_heading = "Output",
        value_parser = value_parser!(u32).range(1..=86_400))]
    pub(super) idle: u32,

    /// Print only errors
    #[arg(long, short, help_heading = "Output")]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

const USAGE: &str = "\
journey-events report [OPTIONS] --output FILE SESSION_ID...
       journey-events report [OPTIONS] --output FILE --sessions FILE | --contact ID
       journey-events report [OPTIONS] --output FILE --from PATH [SESSION_ID...]";

const HELP: &str = "\
The report is one HTML file for any browser since 2023. It works offline and makes no requests.
It holds up to 500,000 events of up to 200 sessions, with their JSON: treat it as customer data.

Examples:
  journey-events report 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --output report.html --open
  journey-events report --contact 0b0e5a3c-7d0f-4d53-8ab2-5c4f7b9f5a11 --output contact.html
  journey-events report --from data 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --output report.html
  journey-events demo | journey-events report --from - --output report.html

If a session fails or a line isn't an event, the report is still written and lists the problem;
the exit status is 1. Credentials are read from the same places as for `events`.";
