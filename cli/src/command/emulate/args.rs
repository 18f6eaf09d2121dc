//! The arguments of `emulate`.

use std::path::PathBuf;

use clap::value_parser;
use journey_events_emulator::{EmulatorBuilder, Fault, Form};

const MOST_SECONDS: u64 = EmulatorBuilder::LONGEST_PERIOD.as_secs();
const MOST_MS: u64 = MOST_SECONDS * 1_000;

#[derive(Debug, clap::Args)]
#[command(after_help = EMULATE, allow_negative_numbers = true)]
pub(crate) struct EmulateArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub(crate) port: u16,

    /// How many sessions there are
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = value_parser!(u64).range(1..=EmulatorBuilder::MOST_SESSIONS))]
    pub(crate) sessions: u64,

    /// How many events each session has
    #[arg(long, value_name = "N", default_value_t = 10_000,
        value_parser = value_parser!(u64).range(0..=EmulatorBuilder::MOST_EVENTS))]
    pub(crate) events: u64,

    /// What sessions, events and ids are made from; the same seed makes the same ones
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Milliseconds to wait before every answer
    #[arg(long, value_name = "N", default_value_t = 0,
        value_parser = value_parser!(u64).range(0..=MOST_MS))]
    pub(crate) latency_ms: u64,

    /// Requests that the client, or a token from elsewhere, may make in a window of 60 seconds, or of
    /// --quota-window-ms [default: no quota]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) quota: Option<u32>,

    /// Milliseconds of the quota's window [default: 60000]
    #[arg(long, value_name = "N", requires = "quota", value_parser = value_parser!(u64).range(1..=MOST_MS))]
    pub(crate) quota_window_ms: Option<u64>,

    /// Count the quota over the window that has just passed, not in fixed windows
    #[arg(long, requires = "quota")]
    pub(crate) sliding: bool,

    /// Let sessions grow by an event every so many milliseconds from the first request on, to be followed
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=MOST_MS))]
    pub(crate) grow_ms: Option<u64>,

    /// The published form that is spoken: both, first (limit, before) or current (pageSize, eventType)
    #[arg(long, value_name = "FORM", default_value = "both")]
    pub(crate) form: Form,

    /// Serve these events in place of made-up ones: NDJSON, as `events` writes it; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sessions", "events"])]
    pub(crate) from: Option<PathBuf>,

    /// Let answers go wrong: a status, cut or stall, and when (every=N or rate=P); may be given again.
    /// 503:every=50, 429:every=100,retry-after=5, cut:rate=0.01, stall:rate=0.01,for=5; without every or
    /// rate, always
    #[arg(long = "fault", value_name = "FAULT")]
    pub(crate) faults: Vec<Fault>,

    /// Refuse tokens that weren't issued here; without it, any bearer token will do
    #[arg(long)]
    pub(crate) check_tokens: bool,

    /// Seconds that an issued token is good for [default: 86399]
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..=MOST_SECONDS))]
    pub(crate) token_lifetime: Option<u64>,
}

const EMULATE: &str = "\
When it is ready it prints one line:
  {\"base_url\":\"http://127.0.0.1:PORT\",\"sessions\":[{\"id\":\"…\",\"events\":10000}],
   \"contacts\":[\"…\"],\"client_id\":\"…\",\"client_secret\":\"…\"}
It then serves until Ctrl-C or SIGTERM. Only this machine can reach it.
GET /emulator/requests has the requests that came, as JSON. DELETE forgets them and begins the count
for faults anew.

Examples:
  journey-events emulate --port 8080 --check-tokens --quota 300
  journey-events emulate --from events.ndjson --fault 503:every=10";
