//! The arguments of `events`.

use std::path::PathBuf;
use std::time::Duration;

use clap::value_parser;

use super::removed::RemovedArgs;
use crate::format::{EscapeFormulas, Format};
use crate::options::connection::ConnectionArgs;
use crate::options::filter::{TimeRange, parse_type};
use crate::options::sources::{SOURCES, SourceArgs};
use crate::options::time::parse_duration;
use crate::terminal::progress::Verbosity;

/// Headings in `--help`.
const OUTPUT: &str = "Output";
const SELECTION: &str = "Selection";
const RUN: &str = "Run";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = USAGE, allow_negative_numbers = true)]
#[group(id = "sessions", multiple = true, required = true, args = SOURCES)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    pub(super) sources: SourceArgs,

    /// Write to a file, which is replaced once the new one is complete; a device or named pipe is written
    /// through, `-` is stdout [default: stdout]
    #[arg(long, short, value_name = "FILE", help_heading = OUTPUT)]
    pub(super) output: Option<PathBuf>,

    /// Output format [default: by the extension of --output (.ndjson, .jsonl, .json, .csv, .parquet;
    /// .gz and .zst compress), or else ndjson]
    #[cfg_attr(
        not(feature = "parquet"),
        doc = "(not parquet in this build: it lacks the feature `parquet`)"
    )]
    #[arg(long, value_enum, help_heading = OUTPUT)]
    pub(super) format: Option<Format>,

    /// CSV: escape text that a spreadsheet would run as a formula
    #[arg(long, value_enum, default_value_t = EscapeFormulas::Yes, help_heading = OUTPUT)]
    pub(super) escape_formulas: EscapeFormulas,

    /// Only events of this type: `WebEvent`, or `com.genesys.journey.WebEvent`; repeatable
    #[arg(long = "event-type", value_name = "TYPE", value_parser = parse_type, value_delimiter = ',',
        help_heading = SELECTION)]
    pub(super) event_types: Vec<String>,

    #[command(flatten)]
    pub(super) range: TimeRange,

    /// Start after this page cursor, as found in a nextUri; for a single session id
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true, help_heading = SELECTION)]
    pub(super) after: Option<String>,

    /// Skip and count events that can't be decoded, instead of failing their session
    #[arg(long, help_heading = SELECTION)]
    pub(super) skip_malformed: bool,

    /// After the last event, poll for new ones until the sessions have ended
    #[arg(long, help_heading = RUN)]
    pub(super) follow: bool,

    /// With --follow: how often to poll, 1s or more
    #[arg(long, value_name = "TIME", value_parser = every, default_value = "10s", requires = "follow",
        help_heading = RUN)]
    pub(super) every: Duration,

    /// Sessions to read at the same time [default: 8 with --output, all with --follow, or else one after
    /// another]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000), help_heading = RUN)]
    pub(super) concurrency: Option<u32>,

    /// Events per request; values above 200, the service's maximum, count as 200 [default: 200]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..), help_heading = RUN)]
    pub(super) limit: Option<u32>,

    #[command(flatten)]
    pub(super) messages: MessageArgs,

    #[command(flatten)]
    pub(super) connection: ConnectionArgs,

    #[command(flatten)]
    pub(super) removed: RemovedArgs,
}

impl EventsArgs {
    /// Rejects combinations that clap can't express.
    pub(super) fn validate(&self) -> Result<(), String> {
        if self.after.is_some() && self.sources.only_session().is_none() {
            return Err(
                "--after requires exactly one SESSION_ID, because a cursor belongs to one session\n  \
                 next: run the command once per session, or use `journey-events sync`"
                    .to_owned(),
            );
        }
        let interval = |id: &&String| id.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(number) = self.sources.session_ids.iter().find(interval)
            && self.follow
        {
            return Err(format!(
                "`{number}` isn't the id of a session\n  next: if it is the interval of --follow, use \
                 --follow --every {number}s"
            ));
        }
        self.range.validate()
    }
}

/// What is printed to stderr.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct MessageArgs {
    /// Print only failures
    #[arg(long, short, conflicts_with = "verbose", help_heading = RUN)]
    quiet: bool,

    /// Also print each session's result
    #[arg(long, short, help_heading = RUN)]
    verbose: bool,
}

impl MessageArgs {
    pub(super) fn verbosity(self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

fn every(text: &str) -> Result<Duration, String> {
    let every = parse_duration(text)?;
    if every < Duration::from_secs(1) {
        return Err("expected 1s or more".to_owned());
    }
    Ok(every)
}

const USAGE: &str = "\
journey-events events [OPTIONS] SESSION_ID...
       journey-events events [OPTIONS] --sessions FILE | --contact ID
       journey-events events [OPTIONS] --conversation ID | --interval A/B";

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
  journey-events events --sessions sessions.txt --output events.parquet
  journey-events events --contact 0b0e5a3c-7d0f-4d53-8ab2-5c4f7b9f5a11 --output events.csv.gz
  journey-events events --conversation a1b2c3d4-0000-4000-8000-000000000001 --event-type WebEvent
  journey-events events --interval yesterday --output events.ndjson.zst
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --follow --every 30s
  GENESYSCLOUD_ACCESS_TOKEN=any journey-events events SESSION_ID --base-url http://127.0.0.1:8080

A file gets its name once it is complete. Until then, and if no events were received, an earlier one
stays. A run that ends early keeps what it received as FILE.partial. If a session fails, the others
are still written; failures are listed with their reasons, and the exit status is 1.

`events` keeps no state: run it again after a kill. To load sessions into a warehouse every day, and
continue after any interruption, use `journey-events sync`.";
