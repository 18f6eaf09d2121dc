//! The events of a report, gathered into what its page needs.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::io;

use jiff::Timestamp;
use journey_events::Event;
use serde::Serialize;

use super::blocks::Blocks;
use super::course::Backwards;
use super::digest::{self, Kind, Place};
use super::shown::{self, shown};
use super::troubles::Troubles;
use super::visit::Visit;

/// The most events that a report takes: above, no browser scrolls through them well.
pub(super) const MOST_EVENTS: usize = 500_000;
/// The most sessions, side by side.
pub(super) const MOST_SESSIONS: usize = 200;

/// Why an event is not taken.
#[derive(Debug)]
pub(super) enum Full {
    Events,
    Sessions,
    Io(io::Error),
}

/// What a page is made of.
#[derive(Debug, Serialize)]
pub(super) struct Model {
    version: &'static str,
    /// When it was made, ISO 8601.
    made: String,
    /// From how long on a time without events is idle, in milliseconds.
    idle: i64,
    problems: Vec<String>,
    /// What JSON shows as its code, as a class of JavaScript's regular expressions.
    hidden: String,
    texts: Vec<String>,
    sessions: Vec<Visit>,
    rows: Rows,
}

/// Events in columns; texts by their number.
#[derive(Debug, Default, Serialize)]
struct Rows {
    session: Vec<usize>,
    kind: Vec<u8>,
    at: Vec<Option<i64>>,
    name: Vec<u32>,
    /// The title of the page it was on, and what tells that page from others.
    place: Vec<u32>,
    page: Vec<Option<u32>>,
    /// The page that was open by then, whether or not the event names it.
    open: Vec<Option<u32>>,
    detail: Vec<u32>,
}

/// Events on their way into a report.
#[derive(Debug)]
pub(super) struct Journey {
    idle: i64,
    rows: Rows,
    texts: Texts,
    sessions: Vec<Visit>,
    by_id: HashMap<String, usize>,
    /// Hashes of the events that have an id, to know them again, and their ids.
    seen: HashSet<u64>,
    ids: HashSet<String>,
    blocks: Blocks,
    troubles: Troubles,
}

impl Journey {
    /// `idle`: from how many milliseconds on a time without events is idle.
    pub(super) fn new(idle: i64) -> Self {
        Self {
            idle,
            rows: Rows::default(),
            texts: Texts::default(),
            sessions: Vec::new(),
            by_id: HashMap::new(),
            seen: HashSet::new(),
            ids: HashSet::new(),
            blocks: Blocks::default(),
            troubles: Troubles::default(),
        }
    }

    /// How many events there are.
    pub(super) fn events(&self) -> usize {
        self.rows.kind.len()
    }

    /// Takes in an event, unless it is there already.
    pub(super) fn push(&mut self, event: &Event) -> Result<(), Full> {
        if self.is_there(event) {
            return Ok(());
        }
        let row = self.events();
        if row == MOST_EVENTS {
            return Err(Full::Events);
        }
        let session = self.session_of(event)?;
        let at = event.created_at().map(Timestamp::as_millisecond);
        self.troubles.undated += u64::from(at.is_none());
        let digest = digest::digest(event);
        self.troubles.partial += u64::from(digest.is_partial);
        let key = digest.place.as_ref().map(Place::key);
        let page = key.map(|key| self.texts.number(key));
        let Some(visit) = self.sessions.get_mut(session) else {
            return Ok(());
        };
        let (kind, backwards) = visit.push(row, at, page, &digest);
        if let Some(Backwards(by)) = backwards {
            self.troubles.backwards += 1;
            self.troubles.furthest_back = self.troubles.furthest_back.max(by);
        }
        if kind == Kind::Unknown {
            self.troubles.unknown += 1;
            self.troubles.unknown_types.insert(digest.name.clone());
        }
        self.blocks.push(event.json()).map_err(Full::Io)?;
        let title = digest.place.map_or_else(String::new, |place| place.title);
        self.rows.session.push(session);
        self.rows.kind.push(kind as u8);
        self.rows.at.push(at);
        self.rows.name.push(self.texts.number(digest.name));
        self.rows.place.push(self.texts.number(title));
        self.rows.page.push(page);
        self.rows.detail.push(self.texts.number(digest.detail));
        Ok(())
    }

    /// Notes a line that is no event.
    pub(super) fn unreadable(&mut self, line: u64) {
        self.troubles.unreadable.push(line);
    }

    /// Notes what a reader of the report has to know.
    pub(super) fn tell(&mut self, problem: String) {
        self.troubles.told.push(problem);
    }

    /// Whether a line was left out.
    pub(super) fn is_incomplete(&self) -> bool {
        !self.troubles.unreadable.is_empty()
    }

    /// The page's parts: what it shows, and the events' JSON.
    pub(super) fn end(self, made: String) -> io::Result<(Model, Vec<Vec<u8>>)> {
        let problems = self.troubles.in_words(self.rows.kind.len());
        let sessions = self.sessions.into_iter();
        let sessions = sessions.map(|session| session.end(self.idle));
        let (sessions, mut rows) = by_time(sessions.collect(), self.rows);
        rows.open = vec![None; rows.kind.len()];
        for (row, page) in sessions.iter().flat_map(Visit::open) {
            if let Some(open) = rows.open.get_mut(*row) {
                *open = Some(*page);
            }
        }
        let model = Model {
            version: env!("CARGO_PKG_VERSION"),
            made,
            idle: self.idle,
            problems,
            hidden: shown::class_of_hidden(),
            texts: self.texts.all,
            sessions,
            rows,
        };
        Ok((model, self.blocks.end()?))
    }

    /// The same event twice, to the byte, is one that was read twice. Without an id it may as well be
    /// another one that is alike.
    fn is_there(&mut self, event: &Event) -> bool {
        let Some(id) = event.id().filter(|id| !id.is_empty()) else {
            self.troubles.without_id += 1;
            return false;
        };
        let mut hasher = DefaultHasher::new();
        event.json().hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            self.troubles.twice += 1;
            return true;
        }
        self.troubles.same_id += u64::from(!self.ids.insert(id.to_owned()));
        false
    }

    fn session_of(&mut self, event: &Event) -> Result<usize, Full> {
        let session = event.session();
        let id = session
            .and_then(|session| session.id.as_deref())
            .unwrap_or_default();
        self.troubles.without_session += u64::from(id.is_empty());
        let number = match self.by_id.get(id) {
            Some(number) => *number,
            None if self.sessions.len() == MOST_SESSIONS => return Err(Full::Sessions),
            None => {
                self.by_id.insert(id.to_owned(), self.sessions.len());
                self.sessions.push(Visit::new(shown(id)));
                self.sessions.len() - 1
            }
        };
        let medium = session.and_then(|session| session.r#type.as_deref());
        if let Some(session) = self.sessions.get_mut(number) {
            session.is_on(medium.unwrap_or_default());
        }
        Ok(number)
    }
}

/// Sessions in the order of their first events, those without any date at the end.
fn by_time(sessions: Vec<Visit>, mut rows: Rows) -> (Vec<Visit>, Rows) {
    let mut sessions: Vec<_> = sessions.into_iter().enumerate().collect();
    sessions.sort_by_key(|(_, visit)| visit.first().unwrap_or(i64::MAX));
    let mut numbers = vec![0; sessions.len()];
    for (new, (old, _)) in sessions.iter().enumerate() {
        if let Some(number) = numbers.get_mut(*old) {
            *number = new;
        }
    }
    for session in &mut rows.session {
        *session = numbers.get(*session).copied().unwrap_or_default();
    }
    let sessions = sessions.into_iter().map(|(_, visit)| visit);
    (sessions.collect(), rows)
}

/// Texts, each once.
#[derive(Debug, Default)]
struct Texts {
    all: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Texts {
    fn number(&mut self, text: String) -> u32 {
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        // There are four texts an event at most, and `MOST_EVENTS` of them.
        let number = u32::try_from(self.all.len()).unwrap_or_default();
        self.all.push(text.clone());
        self.numbers.insert(text, number);
        number
    }
}
