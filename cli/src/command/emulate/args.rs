//! The arguments of `emulate`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::value_parser;
use journey_events_emulator::{EmulatorBuilder, Fault, Form};

const MAX_SECONDS: u64 = EmulatorBuilder::LONGEST_PERIOD.as_secs();
const MAX_MS: u64 = MAX_SECONDS * 1_000;

#[derive(Debug, clap::Args)]
#[command(after_help = HELP, allow_negative_numbers = true)]
pub(crate) struct EmulateArgs {
    /// Address to listen on; any but 127.0.0.1 lets others on the network in, as 0.0.0.0 does in a container
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,

    /// Name that clients may call this machine by, such as a container's; localhost and addresses always
    /// may; repeatable
    #[arg(long = "allow-host", value_name = "NAME")]
    pub(crate) allowed_hosts: Vec<String>,

    /// Port; 0 picks a free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub(crate) port: u16,

    /// Number of sessions
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = value_parser!(u64).range(1..=EmulatorBuilder::MOST_SESSIONS))]
    pub(crate) sessions: u64,

    /// Generated sessions per contact: those of one customer
    #[arg(long, value_name = "N", default_value_t = 3, conflicts_with = "from",
        value_parser = value_parser!(u64).range(1..=EmulatorBuilder::MOST_SESSIONS))]
    pub(crate) sessions_per_contact: u64,

    /// Events per session
    #[arg(long, value_name = "N", default_value_t = 10_000,
        value_parser = value_parser!(u64).range(0..=EmulatorBuilder::MOST_EVENTS))]
    pub(crate) events: u64,

    /// Seed of the generated data; the same seed gives the same sessions, events and ids
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Delay before every response, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 0,
        value_parser = value_parser!(u64).range(0..=MAX_MS))]
    pub(crate) latency_ms: u64,

    /// Number of OAuth clients, each with its own id, secret and quota
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = value_parser!(u64).range(1..=EmulatorBuilder::MOST_CLIENTS))]
    pub(crate) clients: u64,

    /// Requests per 60 seconds (or --quota-window-ms) for each OAuth client, and for each token issued
    /// elsewhere [default: no quota]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) quota: Option<u32>,

    /// Length of the quota window in milliseconds [default: 60000]
    #[arg(long, value_name = "N", requires = "quota", value_parser = value_parser!(u64).range(1..=MAX_MS))]
    pub(crate) quota_window_ms: Option<u64>,

    /// Use a sliding quota window instead of fixed windows
    #[arg(long, requires = "quota")]
    pub(crate) sliding: bool,

    /// Let sessions grow by one event every N milliseconds after the first request, to test --follow
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=MAX_MS))]
    pub(crate) grow_ms: Option<u64>,

    /// Keep sessions open until they are ended over HTTP
    #[arg(long)]
    pub(crate) open: bool,

    /// Published form of the API: both, first (limit, before) or current (pageSize, eventType)
    #[arg(long, value_name = "FORM", default_value = "both", hide_possible_values = true,
        value_parser = PossibleValuesParser::new(["both", "first", "current"]).try_map(|form| form.parse::<Form>()))]
    pub(crate) form: Form,

    /// Serve these events instead of generated ones: NDJSON as written by `events`; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sessions", "events"])]
    pub(crate) from: Option<PathBuf>,

    /// Inject a fault, see below; repeatable
    #[arg(long = "fault", value_name = "FAULT")]
    pub(crate) faults: Vec<Fault>,

    /// Accept only tokens issued by this emulator [default: any bearer token]
    #[arg(long)]
    pub(crate) check_tokens: bool,

    /// Lifetime of issued tokens in seconds [default: 86399]
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..=MAX_SECONDS))]
    pub(crate) token_lifetime: Option<u64>,
}

const HELP: &str = "\
When ready, it prints one line:
  {\"base_url\":\"http://127.0.0.1:PORT\",\"sessions\":[{\"id\":\"…\",\"events\":10000}],
   \"contacts\":[\"…\"],\"conversations\":[\"…\"],\"client_id\":\"…\",\"client_secret\":\"…\",
   \"clients\":[{\"client_id\":\"…\",\"client_secret\":\"…\"}]}
With --clients, client_id is that of the first. It serves until Ctrl-C or SIGTERM, this
machine only unless --host says otherwise.

Faults: what goes wrong, a colon, and which requests.
  503                            any status, 200 to 599; retry-after=N sets Retry-After
  cut, drop                      the connection closes halfway through the body, or without a response
  stall:for=5, slow:for=5        the body pauses halfway; the response begins late
  empty-page, cursor-loop, refused-cursor, error-body (with status 200), malformed, half-surrogate,
  huge-number, numeric-id, late-event
  on=events|sessions|conversations|token, session=ID, page=N    only these requests
  every=N, rate=0.01, once, times=N                             not each of them
  such as 503:every=50, 429:every=100,retry-after=5 or empty-page:on=events,page=2,once

Control it over HTTP, in JSON (GET /emulator/openapi.json describes all of it):
  GET /emulator/health, /emulator/sessions, /emulator/requests, /emulator/faults, /emulator/quota,
  /emulator/clients
  POST /emulator/sessions, /emulator/sessions/ID/events, /emulator/sessions/ID/end,
  /emulator/tokens/expire, /emulator/faults (PUT replaces them), /emulator/reset
  DELETE /emulator/requests, /emulator/faults

Examples:
  journey-events emulate --port 8080 --check-tokens --quota 300
  journey-events emulate --from events.ndjson --fault 503:every=10";
