//! Which sessions a command is about.

use std::collections::HashSet;
use std::path::PathBuf;

use futures::TryStreamExt;
use journey_events::Client;

use super::id_list::{self, ListError};
use super::roles::Roles;
use super::session_id;
use crate::terminal::advice;

/// The options that name sessions.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Sessions")]
pub(crate) struct SourceArgs {
    /// Session ids
    #[arg(value_name = "SESSION_ID", value_parser = session_id::checked)]
    pub(crate) session_ids: Vec<String>,

    /// Sessions in a list of ids, one per line or in a column of a CSV file; `-` is stdin
    #[arg(long = "sessions", value_name = "FILE")]
    pub(crate) session_list: Option<PathBuf>,

    /// All sessions of an external contact; repeatable
    #[arg(long = "contact", value_name = "ID", value_parser = session_id::checked)]
    pub(crate) contacts: Vec<String>,

    /// With --contact: include sessions of contacts that were merged into it
    #[arg(long, requires = "contacts")]
    pub(crate) include_merged: bool,
}

/// The names that these options have within the program, of which a command needs one.
pub(crate) const SOURCES: [&str; 3] = ["session_ids", "session_list", "contacts"];

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
        match &self.session_ids[..] {
            [id] if self.session_list.is_none() && self.contacts.is_empty() => Some(id),
            _ => None,
        }
    }

    /// Returns all sessions in the order given, each once.
    pub(crate) async fn gather(self, client: &Client) -> Result<Vec<String>, SourcesError> {
        let mut all = self.session_ids;
        if let Some(list) = &self.session_list {
            all.extend(id_list::read(list).await?);
        }
        for contact in self.contacts {
            let mut request = client.contact_sessions(contact);
            if self.include_merged {
                request = request.include_merged(true);
            }
            let mut sessions = request.stream();
            while let Some(session) = sessions.try_next().await.map_err(|error| failed(&error))? {
                all.push(session.id().to_owned());
            }
        }
        let mut seen = HashSet::new();
        all.retain(|id| seen.insert(id.clone()));
        Ok(all)
    }
}

fn failed(error: &journey_events::Error) -> SourcesError {
    SourcesError::Failed(advice::refusal(error))
}
