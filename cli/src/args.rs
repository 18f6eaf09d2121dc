//! The arguments and their help.

use clap::{Parser, Subcommand, value_parser};
use journey_events::Region;

use crate::session_id;

/// Longest latency, the emulator's own: 366 days.
const MOST_LATENCY_MS: u64 = 366 * 86_400 * 1000;
const MOST_EVENTS: u64 = 1_000_000_000;
const MOST_SESSIONS: u64 = 100_000;

/// Every event of a Genesys Cloud journey session, one JSON object a line.
#[derive(Debug, Parser)]
#[command(name = "journey-events", version, after_help = OVERVIEW)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const OVERVIEW: &str = "\
Examples:
  journey-events demo --events 1000 | wc -l
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 > events.jsonl
  journey-events emulate --sessions 3 --quota 300

Events go to stdout, as the service sent them, and nothing else does; what there is to say goes to
stderr.

Exit status:
  0    everything came, or the reader of stdout (such as head) wanted no more
  1    something failed; stderr says what, and how to go on
  2    the arguments or the environment are not allowed; nothing was sent
  130  ended by Ctrl-C
  143  ended by SIGTERM
`emulate` runs until Ctrl-C or SIGTERM, and its status is then 0.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stream a session of an emulator in this process: no account, no network
    Demo(DemoArgs),
    /// Write every event of the given sessions to stdout
    Events(EventsArgs),
    /// Run the service's events endpoint on this machine, until Ctrl-C
    Emulate(EmulateArgs),
}

#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct DemoArgs {
    /// How many events the session has
    #[arg(long, value_name = "N", default_value_t = 10_000,
        value_parser = value_parser!(u64).range(0..=MOST_EVENTS))]
    pub(crate) events: u64,
}

#[derive(Debug, clap::Args)]
#[command(after_help = EVENTS, allow_negative_numbers = true)]
pub(crate) struct EventsArgs {
    /// The sessions, written one after the other in this order
    #[arg(required = true, value_name = "SESSION_ID", value_parser = session_id::checked)]
    pub(crate) session_ids: Vec<String>,

    /// Events a request; above 200, the service's cap, it is 200 [default: 200]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,

    /// Start behind this cursor of a page, as it stands in a nextUri; for one session
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,

    /// Only events of this type, such as com.genesys.journey.WebEvent; may be given again
    #[arg(long = "event-type", value_name = "TYPE")]
    pub(crate) event_types: Vec<String>,

    /// Requests in any 60 seconds; lower it where other programs use the same OAuth client
    /// [default: 300]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) quota: Option<u32>,

    /// The organization's region, such as eu-central-1 or mypurecloud.de
    #[arg(long)]
    pub(crate) region: Option<Region>,

    /// The API elsewhere: a gateway or `journey-events emulate` [default: the region's]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// The login service elsewhere [default: the region's, or the base URL if no region is set]
    #[arg(long, value_name = "URL")]
    pub(crate) login_url: Option<String>,
}

const EVENTS: &str = "\
Environment:
  GENESYSCLOUD_REGION              region, unless --region is given
  GENESYSCLOUD_ACCESS_TOKEN        access token; goes before client credentials
  GENESYSCLOUD_OAUTHCLIENT_ID      OAuth client (client credentials grant) with the permission
  GENESYSCLOUD_OAUTHCLIENT_SECRET  journey:event:view, and its secret
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
Secrets are taken from the environment only: other users can read a command line.

Examples:
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 --region eu-central-1
  journey-events events 5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60 \\
      --event-type com.genesys.journey.WebEvent --event-type com.genesys.journey.AppEvent
  GENESYSCLOUD_ACCESS_TOKEN=any journey-events events SESSION_ID --base-url http://127.0.0.1:8080

A session that fails doesn't keep the others from being written; the exit status is then 1.
--after takes cursors of pages. Where a walk ended within a page, going on from its cursor gives some
of its events again; the message says how many.";

#[derive(Debug, clap::Args)]
#[command(after_help = EMULATE, allow_negative_numbers = true)]
pub(crate) struct EmulateArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub(crate) port: u16,

    /// How many sessions there are
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = value_parser!(u64).range(1..=MOST_SESSIONS))]
    pub(crate) sessions: u64,

    /// How many events each session has
    #[arg(long, value_name = "N", default_value_t = 10_000,
        value_parser = value_parser!(u64).range(0..=MOST_EVENTS))]
    pub(crate) events: u64,

    /// What sessions, events and ids are made from; the same seed makes the same ones
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Milliseconds to wait before every answer
    #[arg(long, value_name = "N", default_value_t = 0,
        value_parser = value_parser!(u64).range(0..=MOST_LATENCY_MS))]
    pub(crate) latency_ms: u64,

    /// Requests that a token may make in 60 seconds [default: no quota]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) quota: Option<u32>,

    /// Refuse tokens that weren't issued here; without it, any bearer token will do
    #[arg(long)]
    pub(crate) check_tokens: bool,
}

const EMULATE: &str = "\
When it is ready it prints one line:
  {\"base_url\":\"http://127.0.0.1:PORT\",\"sessions\":[{\"id\":\"…\",\"events\":10000}],
   \"client_id\":\"…\",\"client_secret\":\"…\"}
It then serves until Ctrl-C or SIGTERM. Only this machine can reach it.

Example:
  journey-events emulate --port 8080 --check-tokens --quota 300";
