//! Builds the page's model from events.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::io;

use jiff::Timestamp;
use journey_events::Event;
use serde::Serialize;

use super::blocks::Blocks;
use super::customers::{self, Customer};
use super::names::Names;
use super::problems::Problems;
use super::session::Session;
use super::summary::{self, Kind, Page};
use super::text::{self, display_text};
use super::timeline::OutOfOrder;

/// Most events in a report; browsers don't scroll well through more.
pub(super) const MAX_EVENTS: usize = 500_000;
/// Most sessions in a report.
pub(super) const MAX_SESSIONS: usize = 200;

/// Why an event couldn't be added.
#[derive(Debug)]
pub(super) enum AddError {
    TooManyEvents,
    TooManySessions,
    Io(io::Error),
}

/// The page's data, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Model {
    version: &'static str,
    /// When the report was generated, ISO 8601.
    generated: String,
    /// Shortest idle period, in milliseconds.
    idle: i64,
    problems: Vec<String>,
    /// Characters that JSON shows as escapes, as a JavaScript regular expression class.
    hidden: String,
    strings: Vec<String>,
    sessions: Vec<Session>,
    customers: Vec<Customer>,
    rows: Rows,
}

/// Events in columns; strings by their number.
#[derive(Debug, Default, Serialize)]
struct Rows {
    session: Vec<usize>,
    kind: Vec<u8>,
    at: Vec<Option<i64>>,
    name: Vec<u32>,
    /// Title and key of the event's page.
    title: Vec<u32>,
    page: Vec<Option<u32>>,
    /// Key of the page that was open, even if the event doesn't name it.
    open: Vec<Option<u32>>,
    detail: Vec<u32>,
    subject: Vec<u32>,
}

/// Collects events and builds the model.
#[derive(Debug)]
pub(super) struct ModelBuilder {
    idle: i64,
    rows: Rows,
    strings: Strings,
    sessions: Vec<Session>,
    by_id: HashMap<String, usize>,
    /// Hashes of the events with an id, to detect duplicates.
    seen: HashSet<u64>,
    ids: HashSet<String>,
    blocks: Blocks,
    problems: Problems,
    /// The contact that all sessions are of.
    contact: Option<String>,
    names: Names,
}

impl ModelBuilder {
    /// Gaps of `idle` milliseconds or more are idle periods.
    pub(super) fn new(idle: i64) -> Self {
        Self {
            idle,
            rows: Rows::default(),
            strings: Strings::default(),
            sessions: Vec::new(),
            by_id: HashMap::new(),
            seen: HashSet::new(),
            ids: HashSet::new(),
            blocks: Blocks::default(),
            problems: Problems::default(),
            contact: None,
            names: Names::default(),
        }
    }

    /// Says that all sessions are of this contact.
    pub(super) fn set_contact(&mut self, contact: &str) {
        self.contact = Some(contact.to_owned());
    }

    /// Sets the names of segments and outcomes.
    pub(super) fn set_names(&mut self, names: Names) {
        self.names = names;
    }

    /// Returns the number of events.
    pub(super) fn events(&self) -> usize {
        self.rows.kind.len()
    }

    /// Adds an event, unless it is a duplicate.
    pub(super) fn push(&mut self, event: &Event) -> Result<(), AddError> {
        if self.is_duplicate(event) {
            return Ok(());
        }
        let row = self.events();
        if row == MAX_EVENTS {
            return Err(AddError::TooManyEvents);
        }
        let session = self.session_of(event)?;
        let at = event.created_at().map(Timestamp::as_millisecond);
        self.problems.undated += u64::from(at.is_none());
        let mut summary = summary::summarize(event);
        if let (Kind::Segment | Kind::Outcome, Some(name)) =
            (summary.kind, self.names.get(&summary.name))
        {
            // The id can still be read and searched for.
            summary.detail = std::mem::replace(&mut summary.name, name.to_owned());
        }
        self.problems.partial += u64::from(summary.is_partial);
        let key = summary.page.as_ref().map(Page::key);
        let page = key.map(|key| self.strings.number_of(key));
        let Some(current) = self.sessions.get_mut(session) else {
            return Ok(());
        };
        let (kind, out_of_order) = current.push(row, at, page, &summary);
        if let Some(OutOfOrder(by)) = out_of_order {
            self.problems.out_of_order += 1;
            self.problems.most_out_of_order = self.problems.most_out_of_order.max(by);
        }
        if kind == Kind::Unknown {
            self.problems.unknown += 1;
            self.problems.unknown_types.insert(summary.name.clone());
        }
        self.blocks.push(event.json()).map_err(AddError::Io)?;
        let title = summary.page.map_or_else(String::new, |page| page.title);
        self.rows.session.push(session);
        self.rows.kind.push(kind as u8);
        self.rows.at.push(at);
        self.rows.name.push(self.strings.number_of(summary.name));
        self.rows.title.push(self.strings.number_of(title));
        self.rows.page.push(page);
        let detail = self.strings.number_of(summary.detail);
        self.rows.detail.push(detail);
        // A page was viewed for its own sake, unless it lists what was searched for.
        let subject = if kind == Kind::View {
            summary.query
        } else {
            summary.subject
        };
        let subject = self.strings.number_of(subject);
        self.rows.subject.push(subject);
        Ok(())
    }

    /// Records a line that isn't a valid event.
    pub(super) fn add_invalid_line(&mut self, line: String) {
        self.problems.invalid_lines.push(line);
    }

    /// Adds a problem that the report must list.
    pub(super) fn add_problem(&mut self, problem: String) {
        self.problems.other.push(problem);
    }

    /// Returns whether lines were skipped.
    pub(super) fn has_invalid_lines(&self) -> bool {
        !self.problems.invalid_lines.is_empty()
    }

    /// Returns the model and the events' JSON in compressed blocks.
    pub(super) fn finish(self, generated: String) -> io::Result<(Model, Vec<Vec<u8>>)> {
        let problems = self.problems.sentences(self.rows.kind.len());
        let sessions = self.sessions.into_iter();
        let sessions = sessions.map(|session| session.finish(self.idle));
        let (sessions, mut rows) = by_time(sessions.collect(), self.rows);
        rows.open = vec![None; rows.kind.len()];
        for (row, page) in sessions.iter().flat_map(Session::open) {
            if let Some(open) = rows.open.get_mut(*row) {
                *open = Some(*page);
            }
        }
        let model = Model {
            version: env!("CARGO_PKG_VERSION"),
            generated,
            idle: self.idle,
            problems,
            hidden: text::hidden_class(),
            strings: self.strings.all,
            customers: customers::of(&sessions, self.contact.as_deref()),
            sessions,
            rows,
        };
        Ok((model, self.blocks.finish()?))
    }

    /// Returns whether an identical event, byte for byte, was added before. Events without an id are
    /// never duplicates: they may be separate events that look alike.
    fn is_duplicate(&mut self, event: &Event) -> bool {
        let Some(id) = event.id().filter(|id| !id.is_empty()) else {
            self.problems.without_id += 1;
            return false;
        };
        let mut hasher = DefaultHasher::new();
        event.json().hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            self.problems.duplicates += 1;
            return true;
        }
        self.problems.same_id += u64::from(!self.ids.insert(id.to_owned()));
        false
    }

    fn session_of(&mut self, event: &Event) -> Result<usize, AddError> {
        let session = event.session();
        let id = session
            .and_then(|session| session.id.as_deref())
            .unwrap_or_default();
        self.problems.without_session += u64::from(id.is_empty());
        let index = match self.by_id.get(id) {
            Some(index) => *index,
            None if self.sessions.len() == MAX_SESSIONS => return Err(AddError::TooManySessions),
            None => {
                self.by_id.insert(id.to_owned(), self.sessions.len());
                self.sessions.push(Session::new(display_text(id)));
                self.sessions.len() - 1
            }
        };
        let session_type = session.and_then(|session| session.r#type.as_deref());
        if let Some(session) = self.sessions.get_mut(index) {
            session.set_type(session_type.unwrap_or_default());
        }
        Ok(index)
    }
}

/// Sorts sessions by their first events; undated sessions are last.
fn by_time(sessions: Vec<Session>, mut rows: Rows) -> (Vec<Session>, Rows) {
    let mut sessions: Vec<_> = sessions.into_iter().enumerate().collect();
    sessions.sort_by_key(|(_, session)| session.first().unwrap_or(i64::MAX));
    let mut new_indices = vec![0; sessions.len()];
    for (new, (old, _)) in sessions.iter().enumerate() {
        if let Some(index) = new_indices.get_mut(*old) {
            *index = new;
        }
    }
    for session in &mut rows.session {
        *session = new_indices.get(*session).copied().unwrap_or_default();
    }
    let sessions = sessions.into_iter().map(|(_, session)| session);
    (sessions.collect(), rows)
}

/// Interned strings.
#[derive(Debug, Default)]
struct Strings {
    all: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Strings {
    /// Returns a string's number, adding it if it is new.
    fn number_of(&mut self, text: String) -> u32 {
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        // At most five strings per event and `MAX_EVENTS` events: fits.
        let number = u32::try_from(self.all.len()).unwrap_or_default();
        self.all.push(text.clone());
        self.numbers.insert(text, number);
        number
    }
}
