//! `emulate`: the service on this machine, until a signal.

mod args;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use journey_events_emulator::{Emulator, QuotaWindow, StartError};
use serde::Serialize;
use tokio::task::spawn_blocking;

pub(crate) use self::args::EmulateArgs;
use crate::exit::Status;
use crate::terminal::advice;
use crate::terminal::messages;
use crate::terminal::signals::Signals;

/// Advice after a file that can't be served.
const NEXT_STEP: &str = "next: name a file written by `journey-events events`";

/// What clients need to know, printed once the emulator accepts requests.
#[derive(Serialize)]
struct Ready<'a> {
    base_url: &'a str,
    sessions: Vec<ReadySession<'a>>,
    /// Ordered by their first session.
    contacts: &'a [String],
    /// Ordered by their contacts' sessions.
    conversations: &'a [String],
    /// Of the first client.
    #[serde(flatten)]
    client: Option<ReadyClient<'a>>,
    clients: Vec<ReadyClient<'a>>,
}

#[derive(Serialize)]
struct ReadySession<'a> {
    id: &'a str,
    events: u64,
}

#[derive(Serialize, Clone, Copy)]
struct ReadyClient<'a> {
    client_id: &'a str,
    client_secret: &'a str,
}

pub(super) async fn run(args: &EmulateArgs, signals: &mut Signals) -> Status {
    let events = match read_events(args, signals).await {
        Ok(events) => events,
        Err((status, problem)) => {
            messages::say(problem).await;
            return status;
        }
    };
    let emulator = match start(args, events).await {
        Ok(emulator) => emulator,
        Err(error) => {
            let (status, problem) = start_failure(args, &error);
            messages::say(problem).await;
            return status;
        }
    };
    tokio::select! {
        // Also aborts requests in progress.
        _ = signals.next() => Status::Complete,
        status = serve(&emulator) => status,
    }
}

/// Reads the events of `--from` on a blocking thread, because stdin may stall.
async fn read_events(
    args: &EmulateArgs,
    signals: &mut Signals,
) -> Result<Option<String>, (Status, String)> {
    let Some(path) = args.from.clone() else {
        return Ok(None);
    };
    let name = path.display().to_string();
    let reading = spawn_blocking(move || {
        if path == Path::new("-") {
            io::read_to_string(io::stdin().lock())
        } else {
            fs::read_to_string(path)
        }
    });
    let read = tokio::select! {
        biased;
        signal = signals.next() => return Err((Status::Stopped(signal), "nothing was served".to_owned())),
        read = reading => read.map_err(io::Error::other).and_then(|read| read),
    };
    read.map(Some).map_err(|error| {
        let problem = format!("can't read --from {name}: {error}\n  {NEXT_STEP}");
        (Status::Usage, problem)
    })
}

/// Describes why the emulator didn't start, with the option in place of an invalid setting.
fn start_failure(args: &EmulateArgs, error: &StartError) -> (Status, String) {
    let problem = advice::emulator(error);
    let Some(setting) = error.setting_name() else {
        return (Status::Failed, problem);
    };
    let (option, next) = match &args.from {
        Some(path) if setting == "own_events" => (
            format!("--from {}", path.display()),
            format!("\n  {NEXT_STEP}"),
        ),
        // `fault count` begins with its option's name.
        _ => (format!("--{}", setting.replace('_', "-")), String::new()),
    };
    let problem = problem.replacen(setting, &option, 1);
    (Status::Usage, problem + &next)
}

async fn start(args: &EmulateArgs, events: Option<String>) -> Result<Emulator, StartError> {
    let mut builder = Emulator::builder()
        .form(args.form)
        .host(args.host)
        .port(args.port)
        .sessions(args.sessions)
        .sessions_per_contact(args.sessions_per_contact)
        .events(args.events)
        .seed(args.seed)
        .clients(args.clients)
        .latency(Duration::from_millis(args.latency_ms));
    for name in &args.allowed_hosts {
        builder = builder.allow_host(name);
    }
    if args.open {
        builder = builder.open();
    }
    if args.sliding {
        builder = builder.quota_kind(QuotaWindow::Sliding);
    }
    if let Some(events) = events {
        builder = builder.own_events(events);
    }
    for fault in &args.faults {
        builder = builder.fault(fault.clone());
    }
    if let Some(interval) = args.grow_ms {
        builder = builder.growth(Duration::from_millis(interval));
    }
    if let Some(quota) = args.quota {
        builder = builder.quota(quota);
    }
    if let Some(window) = args.quota_window_ms {
        builder = builder.quota_window(Duration::from_millis(window));
    }
    if let Some(lifetime) = args.token_lifetime {
        builder = builder.token_lifetime(Duration::from_secs(lifetime));
    }
    if args.check_tokens {
        builder = builder.check_tokens();
    }
    builder.start().await
}

/// Prints the ready line, then serves. Returns only if the line can't be printed.
async fn serve(emulator: &Emulator) -> Status {
    match print_ready(emulator).await {
        Ok(()) => std::future::pending().await,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Status::Complete,
        Err(error) => {
            messages::say(format!(
                "can't write to stdout: {error}\n  next: free some space or write elsewhere"
            ))
            .await;
            Status::Failed
        }
    }
}

async fn print_ready(emulator: &Emulator) -> io::Result<()> {
    let sessions = emulator.sessions().iter().map(|session| ReadySession {
        id: session.id(),
        events: session.events(),
    });
    let clients = emulator.clients().iter().map(|client| ReadyClient {
        client_id: client.id(),
        client_secret: client.secret(),
    });
    let clients: Vec<_> = clients.collect();
    let mut line = serde_json::to_vec(&Ready {
        base_url: emulator.base_url(),
        sessions: sessions.collect(),
        contacts: emulator.contacts(),
        conversations: emulator.conversations(),
        client: clients.first().copied(),
        clients,
    })?;
    line.push(b'\n');
    // On a blocking thread: 100,000 sessions don't fit into a pipe that isn't read.
    let write = spawn_blocking(move || {
        let mut stdout = io::stdout().lock();
        stdout.write_all(&line)?;
        stdout.flush()
    });
    write.await.map_err(io::Error::other)?
}
