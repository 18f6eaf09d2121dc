//! The arguments of `events`.

use std::path::PathBuf;

use clap::value_parser;
use jiff::Timestamp;

use crate::format::Format;
use crate::options::connection::ConnectionArgs;
use crate::options::filter::instant;
use crate::options::session_id;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = USAGE, allow_negative_numbers = true)]
#[group(id = "sessions", multiple = true, required = true, args = ["session_ids", "from", "contact", "retry_failed"])]
pub(crate) struct EventsArgs {
    /// The sessions
    #[arg(value_name = "SESSION_ID", value_parser = session_id::checked)]
    pub(crate) session_ids: Vec<String>,

    /// Sessions from a file, an id a line; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,

    /// All sessions of an external contact
    #[arg(long, value_name = "CONTACT_ID", value_parser = session_id::checked)]
    pub(crate) contact: Option<String>,

    /// With --contact: also those of contacts that were merged into it
    #[arg(long, requires = "contact")]
    pub(crate) include_merged: bool,

    /// The sessions that failed, from the list that an earlier export wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) retry_failed: Option<PathBuf>,

    /// How events are written
    #[arg(long, value_enum, default_value_t = Format::Ndjson, help_heading = "Output")]
    pub(crate) format: Format,

    /// A file, or a folder for a file a session; it gets its name when it is whole [default: stdout]
    #[arg(long, short, value_name = "PATH", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// Note here how far it has come; the same command goes on there if it was interrupted or killed
    #[arg(
        long,
        value_name = "FILE",
        requires = "output",
        help_heading = "Output"
    )]
    pub(crate) checkpoint: Option<PathBuf>,

    /// Where the list of sessions that failed goes [default: beside the output]
    #[arg(
        long,
        value_name = "FILE",
        requires = "output",
        help_heading = "Output"
    )]
    pub(crate) failures: Option<PathBuf>,

    /// CSV: whether text that a spreadsheet would run gets an apostrophe in front
    #[arg(long, value_enum, default_value_t = FormulasArg::Disarm, help_heading = "Output")]
    pub(crate) formulas: FormulasArg,

    /// Only events of this type, such as com.genesys.journey.WebEvent; may be given again
    #[arg(long = "event-type", value_name = "TYPE", help_heading = "Selection")]
    pub(crate) event_types: Vec<String>,

    /// Only events at this time or later: 2026-01-31, or 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant, help_heading = "Selection")]
    pub(crate) since: Option<Timestamp>,

    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = instant, help_heading = "Selection")]
    pub(crate) until: Option<Timestamp>,

    /// Start behind this cursor of a page, as it stands in a nextUri; for one session
    #[arg(long, value_name = "CURSOR", help_heading = "Selection")]
    pub(crate) after: Option<String>,

    /// After the last event ask for new ones every so many seconds, until the session has ended
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "10", value_parser = value_parser!(u64).range(1..=86_400))]
    pub(crate) follow: Option<u64>,

    /// Sessions at the same time, with --output; stdout gets one after the other [default: 8]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000))]
    pub(crate) concurrency: Option<u32>,

    /// Events a request; above 200, the service's cap, it is 200 [default: 200]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,

    /// Say nothing but what failed
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Say more
    #[arg(long, short)]
    pub(crate) verbose: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FormulasArg {
    /// An apostrophe in front of = + - @ and of tabs and line breaks
    Disarm,
    /// As it is
    Keep,
}

const USAGE: &str = "\
journey-events events [OPTIONS] SESSION_ID...
       journey-events events [OPTIONS] --from FILE | --contact CONTACT_ID | --retry-failed FILE";

const HELP: &str = "\
Environment:
  GENESYSCLOUD_REGION              region, unless --region is given
  GENESYSCLOUD_ACCESS_TOKEN        access token; goes before client credentials
  GENESYSCLOUD_OAUTHCLIENT_ID      OAuth client (client credentials grant) with the permission
  GENESYSCLOUD_OAUTHCLIENT_SECRET  journey:event:view, and its secret
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
  NO_COLOR                         no colour, as where stderr is no terminal
Secrets are taken from the environment or a profile only: other users can read a command line.

Examples:
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --region eu-central-1
  journey-events events --from sessions.txt --output events.parquet --format parquet \\
      --checkpoint events.checkpoint
  journey-events events --contact 0b0e5a3c-7d0f-4d53-8ab2-5c4f7b9f5a11 --output contact/ --format csv
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --follow
  GENESYSCLOUD_ACCESS_TOKEN=any journey-events events SESSION_ID --base-url http://127.0.0.1:8080

A session that fails doesn't keep the others from being written; the exit status is then 1, and the list
of those that failed is beside the output, for --retry-failed.
A killed export with --checkpoint goes on where it was: every event is in the file once, in every format.
--after takes cursors of pages. Where a walk ended within a page, going on from its cursor gives some
of its events again; the message says how many.";
