//! Which sessions a command is about.

use std::collections::HashSet;
use std::path::PathBuf;

use futures::{Stream, StreamExt, TryStreamExt};
use journey_events::{Client, Error};

use super::find::{ContactArgs, ConversationArgs, Found};
use super::id_list::{self, IdsOf, ListError};
use super::roles::Roles;
use super::session_id;
use crate::terminal::advice;

/// The options that name sessions.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Sources")]
pub(crate) struct SourceArgs {
    /// Session ids
    #[arg(value_name = "SESSION_ID", value_parser = session_id::checked)]
    pub(crate) session_ids: Vec<String>,

    /// Sessions in a list of ids, one per line or in a column of a CSV file; `-` is stdin
    #[arg(long = "sessions", value_name = "FILE")]
    pub(crate) session_list: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) contact: ContactArgs,

    #[command(flatten)]
    pub(crate) conversation: ConversationArgs,
}

/// The names that these options have within the program, of which a command needs one.
pub(crate) const SOURCES: [&str; 5] = [
    "session_ids",
    "session_list",
    "contacts",
    "conversations",
    "interval",
];

/// Why the options don't resolve to sessions.
#[derive(Debug)]
pub(crate) enum SourcesError {
    /// A list that can't be read, or an invalid entry. Nothing was sent.
    Invalid(String),
    /// The service failed or refused to list sessions.
    Failed(String),
}

impl From<ListError> for SourcesError {
    fn from(error: ListError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl SourceArgs {
    /// Adds the list to the files of the command.
    pub(crate) fn add_roles(&self, roles: &mut Roles) -> Result<(), String> {
        roles.add_if("--sessions", self.session_list.as_ref())
    }

    /// The one session that is named, if no option can add others.
    pub(crate) fn only_session(&self) -> Option<&str> {
        let is_found = !self.contact.contacts.is_empty()
            || !self.conversation.conversations.is_empty()
            || self.conversation.interval.is_some();
        match &self.session_ids[..] {
            [id] if self.session_list.is_none() && !is_found => Some(id),
            _ => None,
        }
    }

    /// Returns all sessions in the order given, each once.
    pub(crate) async fn gather(self, client: &Client) -> Result<Vec<String>, SourcesError> {
        let mut all = self.session_ids;
        if let Some(list) = &self.session_list {
            all.extend(id_list::read(list, IdsOf::Sessions).await?);
        }
        let found = self
            .contact
            .find(client)
            .chain(self.conversation.find(client));
        all.extend(ids(found).await?);
        let mut seen = HashSet::new();
        all.retain(|id| seen.insert(id.clone()));
        Ok(all)
    }
}

/// Returns the ids of sessions that are found.
pub(crate) async fn ids(
    found: impl Stream<Item = Result<Found, Error>>,
) -> Result<Vec<String>, SourcesError> {
    let ids = found.map_ok(|session| session.id().to_owned());
    let ids = ids.try_collect().await;
    ids.map_err(|error| SourcesError::Failed(advice::refusal(&error)))
}
