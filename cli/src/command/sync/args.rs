//! The arguments of `sync`.

use std::path::PathBuf;
use std::time::Duration;

use clap::value_parser;
use journey_events_dataset::Reread;

use crate::options::connection::ConnectionArgs;
use crate::options::dataset::{
    CompressionArg, DatasetArgs, FormatArg, PartitionArg, parse_duration,
};
use crate::options::session_id;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(super) dataset: DatasetArgs,

    /// Sessions to add
    #[arg(value_name = "SESSION", value_parser = session_id::checked)]
    pub(super) sessions: Vec<String>,

    /// Add the sessions in a file, one id per line; `-` is stdin
    #[arg(long = "sessions", value_name = "FILE", help_heading = "Sources")]
    pub(super) session_list: Option<PathBuf>,

    /// Add an external contact, whose sessions are listed in every run; repeatable
    #[arg(long = "contact", value_name = "ID", value_parser = session_id::checked, help_heading = "Sources")]
    pub(super) contacts: Vec<String>,

    /// Add the contacts in a file, one id per line; `-` is stdin
    #[arg(long = "contacts", value_name = "FILE", help_heading = "Sources")]
    pub(super) contact_list: Option<PathBuf>,

    #[command(flatten)]
    pub(super) reread: RereadArgs,

    /// Make a new dataset; an error where there is one
    #[arg(long, help_heading = "Dataset")]
    pub(super) create: bool,

    /// Format of the files [default: parquet]
    #[arg(long, value_enum, help_heading = "Dataset")]
    pub(super) format: Option<FormatArg>,

    /// Compression of the files [default: zstd]
    #[arg(long, value_enum, help_heading = "Dataset")]
    pub(super) compress: Option<CompressionArg>,

    /// How files are put into folders [default: date]
    #[arg(long, value_enum, help_heading = "Dataset")]
    pub(super) partition: Option<PartitionArg>,

    /// How long after its last news a session is read once more from the beginning, and is settled if there
    /// is nothing new: 24h, 90m [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "Dataset")]
    pub(super) settle: Option<Duration>,

    /// Add the columns at the end that this version knows and the dataset doesn't have
    #[arg(long, conflicts_with = "create", help_heading = "Dataset")]
    pub(super) upgrade_columns: bool,

    /// Keep open sessions current until a signal
    #[arg(long)]
    pub(super) follow: bool,

    /// With --follow: how often everything is published
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "1h", requires = "follow")]
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
#[command(next_help_heading = "Sources")]
pub(super) struct RereadArgs {
    /// Read this session again from the beginning, also if it is settled; repeatable
    #[arg(long, value_name = "SESSION", value_parser = session_id::checked, conflicts_with = "reread_all")]
    reread: Vec<String>,

    /// Read all sessions again from the beginning
    #[arg(long, alias = "all")]
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
    /// Pass events that can't be decoded, and count them
    #[arg(long)]
    pub(super) skip_malformed: bool,

    /// Sessions to read at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = value_parser!(u32).range(1..=1_000))]
    pub(super) concurrency: u32,
}

/// What is printed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct OutputArgs {
    /// Print what the run did as one JSON object to stdout, at the end
    #[arg(long)]
    pub(super) json: bool,

    /// Print only failures
    #[arg(long, short)]
    pub(super) quiet: bool,
}

const HELP: &str = "\
Examples:
  journey-events sync data --create --sessions ids.txt     make a dataset and load these sessions
  journey-events sync data                                 every day: what is new in sessions not settled yet
  journey-events sync data --contacts contacts.txt         add contacts, whose sessions are found in every run
  journey-events sync data --follow                        keep it current until Ctrl-C

Sessions and contacts accumulate: once added, they needn't be named again. Any number of runs may work on
one dataset at the same time, be killed at any moment, and be started again; every event is in the files
once. Read DATASET/**/*.parquet (or .ndjson.zst, ...) and leave DATASET/_journey-events alone: it has the
ledger of what was read.

A session is settled once a read from its beginning, begun --settle after its last event, found nothing
new. Settled sessions aren't requested again, unless their contact shows newer activity or --reread names
them.

Exit status: 0 if every session was read to its present end and everything is published; 1 if not, with
the reasons on stderr; 2 for invalid arguments; after a signal, 128 and its number: everything received is
kept, and the same command continues.";
