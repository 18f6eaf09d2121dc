//! The arguments of `sync`.

use std::path::PathBuf;
use std::time::Duration;

use clap::value_parser;
use journey_events_dataset::Reread;

use crate::options::connection::ConnectionArgs;
use crate::options::dataset::{CompressionArg, DatasetArgs, FormatArg, PartitionArg};
use crate::options::find::ConversationArgs;
use crate::options::session_id;
use crate::options::time::parse_duration;
use crate::terminal::progress::Verbosity;

/// Headings in `--help`.
const NEW: &str = "New dataset";
const RUN: &str = "Run";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(super) dataset: DatasetArgs,

    /// Ids of sessions to add
    #[arg(value_name = "SESSION", value_parser = session_id::checked)]
    pub(super) sessions: Vec<String>,

    /// Add the sessions in a file, one id per line; `-` is stdin
    #[arg(long = "sessions", value_name = "FILE", help_heading = "Sources")]
    pub(super) session_list: Option<PathBuf>,

    /// Add an external contact: every run finds its new sessions; repeatable
    #[arg(long = "contact", value_name = "ID", value_parser = session_id::checked, help_heading = "Sources")]
    pub(super) contacts: Vec<String>,

    /// Add the contacts in a file, one id per line; `-` is stdin
    #[arg(long = "contacts", value_name = "FILE", help_heading = "Sources")]
    pub(super) contact_list: Option<PathBuf>,

    #[command(flatten)]
    pub(super) conversation: ConversationArgs,

    #[command(flatten)]
    pub(super) reread: RereadArgs,

    /// Create the dataset; an error if it exists. The settings below are fixed from then on
    #[arg(long, help_heading = NEW)]
    pub(super) create: bool,

    /// Format of the files [default: parquet]
    #[cfg_attr(
        not(feature = "parquet"),
        doc = "(which this build lacks: name another with --create)"
    )]
    #[arg(long, value_enum, help_heading = NEW)]
    pub(super) format: Option<FormatArg>,

    /// Compression of the files [default: zstd]
    #[arg(long, value_enum, help_heading = NEW)]
    pub(super) compress: Option<CompressionArg>,

    /// Folders of the files [default: date]
    #[arg(long, value_enum, help_heading = NEW)]
    pub(super) partition: Option<PartitionArg>,

    /// How long a session must be quiet before it is settled, such as 24h or 90m: it is then read once more
    /// from its beginning and, if nothing is new, no longer requested [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = NEW)]
    pub(super) settle: Option<Duration>,

    /// Append the columns of this version that the dataset lacks to new CSV and Parquet files
    #[arg(long, conflicts_with = "create", help_heading = RUN)]
    pub(super) upgrade_columns: bool,

    /// Keep running until a signal, and read open sessions again every minute (or --publish-every)
    #[arg(long, help_heading = RUN)]
    pub(super) follow: bool,

    /// With --follow, how often new events are published to data files
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "1h", requires = "follow",
        help_heading = RUN)]
    pub(super) publish_every: Duration,

    #[command(flatten)]
    pub(super) reading: ReadingArgs,

    #[command(flatten)]
    pub(super) output: OutputArgs,

    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

/// What is read again.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RereadArgs {
    /// Read this session again from its beginning, even if it is settled, and add what is missing;
    /// repeatable
    #[arg(long, value_name = "SESSION", value_parser = session_id::checked, conflicts_with = "reread_all",
        help_heading = "Sources")]
    reread: Vec<String>,

    /// Read all sessions again from their beginning, and add what is missing
    #[arg(long, visible_alias = "all", help_heading = "Sources")]
    reread_all: bool,
}

impl RereadArgs {
    pub(super) fn which(&self) -> Option<Reread> {
        if self.reread_all {
            return Some(Reread::All);
        }
        (!self.reread.is_empty()).then(|| Reread::Sessions(self.reread.clone()))
    }
}

/// How sessions are read.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct ReadingArgs {
    /// Skip and count events that can't be decoded, instead of failing their session
    #[arg(long, help_heading = RUN)]
    pub(super) skip_malformed: bool,

    /// Sessions to read at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = value_parser!(u32).range(1..=1_000),
        help_heading = RUN)]
    pub(super) concurrency: u32,
}

/// What is printed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct OutputArgs {
    /// Print the run's report as one JSON object to stdout; also kept in _journey-events/last-run.json
    #[arg(long, help_heading = RUN)]
    pub(super) json: bool,

    /// Print nothing but failures
    #[arg(long, short, help_heading = RUN)]
    quiet: bool,
}

impl OutputArgs {
    pub(super) fn verbosity(self) -> Verbosity {
        if self.quiet {
            Verbosity::Quiet
        } else {
            Verbosity::Normal
        }
    }
}

const HELP: &str = "\
Examples:
  Create a dataset and load the sessions of these contacts:
    journey-events sync data --create --contacts contacts.txt
  Every day, from cron: new sessions, and new events of sessions that aren't settled:
    journey-events sync data --quiet
  Add sessions:
    journey-events sync data --sessions ids.txt
  Every day, from cron: the sessions of yesterday's conversations:
    journey-events sync data --interval yesterday --quiet
  Keep it current until Ctrl-C:
    journey-events sync data --follow --publish-every 10m

Sessions and contacts accumulate: name them once. Runs may overlap and be killed at any moment;
every event ends up in the files once. Read DATASET/**/*.parquet (or *.ndjson.zst, *.csv.gz, ...)
at any time. Leave DATASET/_journey-events alone: it has the parts of files, and the ledger of what was
read unless --ledger puts that elsewhere.

A session is settled once a read from its beginning, begun --settle after its last event, found
nothing new. It isn't requested again, unless its contact shows newer activity or --reread names it.

Region and credentials are read from the GENESYSCLOUD_* variables or --profile, as for `events`.

Exit status:
  0    every session was read to its present end, and everything is published
  1    not all of it; stderr says why, and the same command continues
  2    invalid arguments, no such dataset, or settings that contradict it; nothing was sent
  129, 130, 143  stopped by SIGHUP, Ctrl-C, SIGTERM; everything received is kept, and the same
       command continues";
