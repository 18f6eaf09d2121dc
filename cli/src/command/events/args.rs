//! The arguments of `events`.

use std::path::PathBuf;

use clap::value_parser;
use jiff::Timestamp;

use crate::format::{Format, Formulas};
use crate::options::connection::ConnectionArgs;
use crate::options::filter::parse_time;
use crate::options::session_id;
use crate::terminal::progress::Verbosity;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = USAGE, allow_negative_numbers = true)]
#[group(id = "sessions", multiple = true, required = true, args = ["session_ids", "from", "contact", "retry_failed"])]
pub(crate) struct EventsArgs {
    /// Session ids
    #[arg(value_name = "SESSION_ID", value_parser = session_id::checked)]
    pub(super) session_ids: Vec<String>,

    /// Read session ids from a file, one per line; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(super) from: Option<PathBuf>,

    /// All sessions of an external contact
    #[arg(long, value_name = "CONTACT_ID", value_parser = session_id::checked)]
    pub(super) contact: Option<String>,

    /// With --contact: include sessions of contacts that were merged into it
    #[arg(long, requires = "contact")]
    pub(super) include_merged: bool,

    /// Retry the sessions in a failure list written by an earlier export
    #[arg(long, value_name = "FILE")]
    pub(super) retry_failed: Option<PathBuf>,

    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Ndjson, help_heading = "Output")]
    pub(super) format: Format,

    /// Write to a file, or to a folder with one file per session; files get their name once complete
    /// [default: stdout]
    #[arg(long, short, value_name = "PATH", help_heading = "Output")]
    pub(super) output: Option<PathBuf>,

    /// Save progress in this file; after an interruption or a kill, the same command resumes
    #[arg(
        long,
        value_name = "FILE",
        requires = "output",
        help_heading = "Output"
    )]
    pub(super) checkpoint: Option<PathBuf>,

    /// Where to write the list of failed sessions [default: next to the output]
    #[arg(
        long,
        value_name = "FILE",
        requires = "output",
        help_heading = "Output"
    )]
    pub(super) failures: Option<PathBuf>,

    /// CSV: what to do with text that a spreadsheet would run as a formula
    #[arg(long, value_enum, default_value_t = Formulas::Disarm, help_heading = "Output")]
    pub(super) formulas: Formulas,

    /// Only events of this type, such as com.genesys.journey.WebEvent; repeatable
    #[arg(long = "event-type", value_name = "TYPE", help_heading = "Selection")]
    pub(super) event_types: Vec<String>,

    /// Only events at or after this time: 2026-01-31 or 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "Selection")]
    pub(super) since: Option<Timestamp>,

    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "Selection")]
    pub(super) until: Option<Timestamp>,

    /// Start after this page cursor, as found in a nextUri; for a single session
    #[arg(long, value_name = "CURSOR", help_heading = "Selection")]
    pub(super) after: Option<String>,

    /// After the last event, poll for new ones every SECONDS until the session has ended
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "10", value_parser = value_parser!(u64).range(1..=86_400))]
    pub(super) follow: Option<u64>,

    /// Sessions to export at the same time with --output; stdout gets one after another [default: 8]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000))]
    pub(super) concurrency: Option<u32>,

    /// Events per request; values above 200, the service's maximum, count as 200 [default: 200]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(super) limit: Option<u32>,

    /// Print only failures
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Also print each session's result
    #[arg(long, short)]
    pub(super) verbose: bool,

    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

impl EventsArgs {
    /// Rejects combinations that clap can't express.
    pub(super) fn validate(&self) -> Result<(), String> {
        let is_one_session =
            self.session_ids.len() == 1 && self.from.is_none() && self.contact.is_none();
        if self.after.is_some() && !is_one_session {
            return Err(
                "--after requires exactly one SESSION_ID, because a cursor belongs to one session\n  \
                 next: run the command once per session"
                    .to_owned(),
            );
        }
        if self.format == Format::Parquet && self.output.is_none() {
            return Err(
                "--format parquet requires --output, because Parquet can't be streamed to stdout\n  \
                 next: name a file with --output"
                    .to_owned(),
            );
        }
        Ok(())
    }

    pub(super) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

const USAGE: &str = "\
journey-events events [OPTIONS] SESSION_ID...
       journey-events events [OPTIONS] --from FILE | --contact CONTACT_ID | --retry-failed FILE";

const HELP: &str = "\
Environment:
  GENESYSCLOUD_REGION              region, unless --region is given
  GENESYSCLOUD_ACCESS_TOKEN        access token; takes precedence over client credentials
  GENESYSCLOUD_OAUTHCLIENT_ID      OAuth client (client credentials grant) with the permission
                                   journey:event:view
  GENESYSCLOUD_OAUTHCLIENT_SECRET  its secret
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
  NO_COLOR                         disables colour
Secrets are read only from the environment or a profile, because other users can see command lines.

Examples:
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --region eu-central-1
  journey-events events --from sessions.txt --output events.parquet --format parquet \\
      --checkpoint events.checkpoint
  journey-events events --contact 0b0e5a3c-7d0f-4d53-8ab2-5c4f7b9f5a11 --format csv --output folder/
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --follow
  GENESYSCLOUD_ACCESS_TOKEN=any journey-events events SESSION_ID --base-url http://127.0.0.1:8080

If a session fails, the others are still written. The exit status is then 1, and with --output the
failed sessions are listed in a file for --retry-failed.
After a kill, an export with --checkpoint resumes: every event is in the file once, in any format.
--after takes page cursors. If a run stopped within a page, resuming from its cursor repeats some
events; the message says how many.";
