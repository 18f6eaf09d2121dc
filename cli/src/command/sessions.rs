//! `sessions`: the ids of sessions, found from a contact, a conversation or an interval.

use std::io;
use std::mem::take;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use clap::ArgGroup;
use futures::StreamExt;

use crate::exit::Status;
use crate::options::connection::ConnectionArgs;
use crate::options::find::{ContactArgs, ConversationArgs, Found, Search};
use crate::terminal::advice::count;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::Signals;
use crate::terminal::stream::Stream;
use crate::terminal::{messages, stdout};

#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = USAGE, group = ArgGroup::new("found").multiple(true)
    .required(true).args(["contacts", "conversations", "interval"]))]
pub(crate) struct SessionsArgs {
    #[command(flatten)]
    contact: ContactArgs,

    #[command(flatten)]
    conversation: ConversationArgs,

    /// Print ids only, one per line
    #[arg(long, help_heading = "Output")]
    ids: bool,

    /// Print only failures to stderr
    #[arg(long, short, help_heading = "Output")]
    quiet: bool,

    #[command(flatten)]
    connection: ConnectionArgs,
}

const USAGE: &str = "\
journey-events sessions [OPTIONS] --contact ID | --conversation ID | --interval A/B";

const HELP: &str = "\
Prints each session once, as it is found: tab-separated columns with a header, or --ids. A column
is empty if it isn't known from there.

Permissions: --contact needs externalContacts:session:view; --conversation and --interval need
analytics:conversationDetail:view.

Examples:
  journey-events sessions --conversation a1b2c3d4-0000-4000-8000-000000000001
  journey-events sessions --interval yesterday --ids > sessions.txt
  journey-events sessions --contact 0b0e5a3c-7d0f-4d53-8ab2-5c4f7b9f5a11 --ids |
      journey-events events --sessions - --output events.parquet";

/// The columns, but for --ids.
const HEADER: &str =
    "session_id\ttype\tstarted\tlast_event\tevents\tconversation_id\tcontact_id\tcustomer_id\n";

pub(super) async fn run(args: SessionsArgs, signals: &mut Signals) -> Status {
    let found = Arc::new(AtomicU64::new(0));
    tokio::select! {
        biased;
        signal = signals.next() => {
            let found = count(found.load(Relaxed), "session");
            messages::say(format!("stopped by {}: {found} found", signal.name())).await;
            Status::Stopped(signal)
        }
        status = list(args, Arc::clone(&found)) => status,
    }
}

async fn list(args: SessionsArgs, counter: Arc<AtomicU64>) -> Status {
    let usage = |problem| async {
        messages::say(problem).await;
        Status::Usage
    };
    if stdout::is_closed() {
        return usage(format!("can't write to stdout: {}", stdout::CLOSED)).await;
    }
    let client = match args.connection.client().await {
        Ok(client) => client,
        Err(error) => return usage(error.advice()).await,
    };
    let verbosity = if args.quiet || Stream::Stdout.may_be_shown() {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let found = args.contact.find(&client);
    let found = found.chain(args.conversation.find(&client)).boxed();
    let mut search = Search::new(found, &client, Arc::clone(&counter), verbosity);
    let mut text = String::from(if args.ids { "" } else { HEADER });
    while let Some(session) = search.next().await {
        if args.ids {
            text.push_str(session.id());
            text.push('\n');
        } else {
            text.push_str(&row(&session));
        }
        if let Err(error) = stdout::print(take(&mut text)).await {
            return closed(&error, status_of(search)).await;
        }
    }
    let status = status_of(search);
    if !args.quiet {
        let found = count(counter.load(Relaxed), "session");
        let requests = count(client.stats().requests, "request");
        messages::say(format!("{found} found, {requests}")).await;
    }
    status
}

fn status_of(search: Search) -> Status {
    if search.into_errors().is_empty() {
        Status::Complete
    } else {
        Status::Failed
    }
}

/// Ends after stdout failed, or was closed by a reader that had enough.
async fn closed(error: &io::Error, status: Status) -> Status {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return status;
    }
    messages::say(format!("can't write to stdout: {error}")).await;
    Status::Failed
}

/// Returns the line of a session. Ids are as the service has them, but for tabs and line breaks.
fn row(session: &Found) -> String {
    let date = |date: Option<jiff::Timestamp>| date.map(|date| date.to_string());
    let columns = match session {
        Found::OfContact { contact, session } => [
            Some(session.id().to_owned()),
            session.session_type().map(ToOwned::to_owned),
            date(session.created_at()),
            date(session.last_event_at()),
            session.event_count().map(|events| events.to_string()),
            None,
            Some(contact.clone()),
            None,
        ],
        Found::InConversation(session) => [
            Some(session.id().to_owned()),
            session.session_type().map(ToOwned::to_owned),
            None,
            None,
            None,
            session.conversation_id().map(ToOwned::to_owned),
            session.contact_id().map(ToOwned::to_owned),
            session.customer_id().map(ToOwned::to_owned),
        ],
    };
    let cell = |column: Option<String>| {
        let text = column.unwrap_or_default();
        text.replace(|c: char| c.is_control(), " ")
    };
    columns.map(cell).join("\t") + "\n"
}
