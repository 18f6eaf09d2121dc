//! Sessions that are found: those of a contact, of a conversation, of all conversations of an interval.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use journey_events::{Client, Error, FoundSession, Session};

use super::session_id;
use super::time::{Interval, parse_interval};
use crate::terminal::progress::{LINE_INTERVAL, Progress, Verbosity, waiting};
use crate::terminal::{advice, messages};

/// The options that find sessions in conversations.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Sources")]
pub(crate) struct ConversationArgs {
    /// The customer's sessions in a conversation; repeatable
    #[arg(long = "conversation", value_name = "ID", value_parser = session_id::checked)]
    pub(crate) conversations: Vec<String>,

    /// The customers' sessions in all conversations of an interval: 2026-01-31/2026-02-01, a day,
    /// yesterday, 24h (back from now); UTC
    #[arg(long, value_name = "INTERVAL", value_parser = parse_interval)]
    pub(crate) interval: Option<Interval>,
}

/// The options that find sessions of contacts.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Sources")]
pub(crate) struct ContactArgs {
    /// All sessions of an external contact; repeatable
    #[arg(long = "contact", value_name = "ID", value_parser = session_id::checked)]
    pub(crate) contacts: Vec<String>,

    /// With --contact: include sessions of contacts that were merged into it
    #[arg(long, requires = "contacts")]
    pub(crate) include_merged: bool,
}

/// A session, and what is known from where it was found.
#[derive(Debug)]
pub(crate) enum Found {
    OfContact {
        contact: String,
        session: Box<Session>,
    },
    InConversation(FoundSession),
}

impl Found {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::OfContact { session, .. } => session.id(),
            Self::InConversation(session) => session.id(),
        }
    }
}

/// The sessions, as they are found. A session may be found more than once.
pub(crate) type FoundStream = BoxStream<'static, Result<Found, Error>>;

impl ContactArgs {
    pub(crate) fn find(self, client: &Client) -> FoundStream {
        let include_merged = self.include_merged;
        let client = client.clone();
        let of_contact = move |contact: String| {
            let mut request = client.contact_sessions(&contact);
            if include_merged {
                request = request.include_merged(true);
            }
            request.stream().map_ok(move |session| Found::OfContact {
                contact: contact.clone(),
                session: Box::new(session),
            })
        };
        stream::iter(self.contacts).flat_map(of_contact).boxed()
    }
}

impl ConversationArgs {
    pub(crate) fn is_empty(&self) -> bool {
        self.conversations.is_empty() && self.interval.is_none()
    }

    pub(crate) fn find(self, client: &Client) -> FoundStream {
        let between = self.interval.map(|Interval { start, end }| {
            let found = client.sessions_between(start..end);
            found.map_ok(Found::InConversation)
        });
        let client = client.clone();
        let in_conversation = move |id: String| {
            let found = client.conversation_sessions(id);
            found.map_ok(Found::InConversation)
        };
        stream::iter(self.conversations)
            .flat_map(in_conversation)
            .chain(stream::iter(between).flatten())
            .boxed()
    }
}

/// A search for sessions, shown as progress until this is dropped. Each session is found once.
pub(crate) struct Search {
    found: FoundStream,
    seen: HashSet<String>,
    counter: Arc<AtomicU64>,
    errors: Vec<Error>,
    _progress: Progress,
}

impl Search {
    /// Starts with the first call of [`next`](Self::next). `counter` counts the sessions.
    pub(crate) fn new(
        found: FoundStream,
        client: &Client,
        counter: Arc<AtomicU64>,
        verbosity: Verbosity,
    ) -> Self {
        Self {
            found,
            seen: HashSet::new(),
            _progress: show(Arc::clone(&counter), client.clone(), verbosity),
            counter,
            errors: Vec::new(),
        }
    }

    /// Returns the next session. An error is reported, and the search continues with what it doesn't
    /// concern.
    pub(crate) async fn next(&mut self) -> Option<Found> {
        while let Some(found) = self.found.next().await {
            match found {
                Ok(found) => {
                    if self.seen.insert(found.id().to_owned()) {
                        self.counter.fetch_add(1, Relaxed);
                        return Some(found);
                    }
                }
                Err(error) => {
                    messages::say(advice::refusal(&error)).await;
                    let is_last = error.concerns_client();
                    self.errors.push(error);
                    if is_last {
                        return None;
                    }
                }
            }
        }
        None
    }

    /// Returns why contacts, conversations or the interval couldn't be searched; each was reported.
    pub(crate) fn into_errors(self) -> Vec<Error> {
        self.errors
    }
}

/// Returns the ids of all sessions that are found, and why others weren't.
pub(crate) async fn ids(
    found: FoundStream,
    client: &Client,
    verbosity: Verbosity,
) -> (Vec<String>, Vec<Error>) {
    let mut search = Search::new(found, client, Arc::default(), verbosity);
    let mut ids = Vec::new();
    while let Some(found) = search.next().await {
        ids.push(found.id().to_owned());
    }
    (ids, search.into_errors())
}

fn show(counter: Arc<AtomicU64>, client: Client, verbosity: Verbosity) -> Progress {
    Progress::show(verbosity, LINE_INTERVAL, move |_| {
        let found = counter.load(Relaxed);
        let requests = client.stats().requests;
        let mut line = format!("searching: {found} sessions found, {requests} requests");
        if let Some(waiting) = client.activity().waiting.and_then(waiting) {
            line.push_str(", ");
            line.push_str(&waiting);
        }
        line
    })
}
