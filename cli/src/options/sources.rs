//! Which sessions a command is about.

use std::collections::HashSet;
use std::path::PathBuf;

use futures::StreamExt;
use journey_events::Client;

use super::find::{self, ContactArgs, ConversationArgs};
use super::id_list::{self, IdsOf};
use super::roles::Roles;
use super::session_id;
use crate::terminal::progress::Verbosity;

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

/// What the options resolve to.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// In the order given, each once.
    pub(crate) ids: Vec<String>,
    /// A contact or conversation couldn't be looked up, which was reported.
    pub(crate) lacks_some: bool,
}

impl SourceArgs {
    /// Adds the list to the files of the command.
    pub(crate) fn add_roles(&self, roles: &mut Roles) -> Result<(), String> {
        roles.add_if("--sessions", self.session_list.as_ref())
    }

    /// The one session that is named, if no option can add others.
    pub(crate) fn only_session(&self) -> Option<&str> {
        self.only(&self.session_ids)
    }

    /// The one contact that is named, if no option can add sessions of others.
    pub(crate) fn only_contact(&self) -> Option<&str> {
        self.only(&self.contact.contacts)
    }

    /// The one id in `ids`, a list of these options, if nothing else is named.
    fn only<'a>(&'a self, ids: &'a [String]) -> Option<&'a str> {
        let named = self.session_ids.len() + self.contact.contacts.len();
        let has_others = self.session_list.is_some() || !self.conversation.is_empty();
        match ids {
            [id] if named == 1 && !has_others => Some(id),
            _ => None,
        }
    }

    /// Returns all sessions. The error is an unusable list; nothing was sent then.
    pub(crate) async fn gather(
        self,
        client: &Client,
        verbosity: Verbosity,
    ) -> Result<Gathered, String> {
        let mut ids = self.session_ids;
        if let Some(list) = &self.session_list {
            let listed = id_list::read(list, IdsOf::Sessions).await;
            ids.extend(listed.map_err(|error| error.to_string())?);
        }
        let found = self
            .contact
            .find(client)
            .chain(self.conversation.find(client));
        let (found, errors) = find::ids(found.boxed(), client, verbosity).await;
        ids.extend(found);
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        Ok(Gathered {
            ids,
            lacks_some: !errors.is_empty(),
        })
    }
}
