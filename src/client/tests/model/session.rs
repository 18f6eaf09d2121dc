//! The expected result of a model walk: a session with random pages, cursors and events.

use fastrand::Rng;

use crate::position::cursor::Direction;

/// Parts of cursors: everything unusual that a query may contain.
const CURSOR_PIECES: [&str; 16] = [
    "a", "Z", "9", "%2F", "%3d", "%", "=", "+", "/", "?", ":", "\\", "{|}", "^`", "after=", "@!$*",
];
/// Separates the page's cursor from the offset on the page. In none of the pieces.
const OFFSET_SEPARATOR: char = '~';
/// JSON that isn't a valid event.
const MALFORMED: [&str; 4] = ["null", "12", "{}", r#"{"id":12,"eventType":["t"]}"#];

/// A session as the service stores it, in the order of the walk.
pub(super) struct Session {
    direction: Direction,
    pages: Vec<StoredPage>,
    valid_events: Vec<String>,
    valid_count: usize,
    max_events_per_page: usize,
    percent_with_id: u8,
    percent_malformed: u8,
    reorders: bool,
}

struct StoredPage {
    cursor: String,
    events: Vec<String>,
    /// Whether a request for it takes long.
    is_slow: bool,
}

/// A page of the session, and the offset of an event on it. A page with more events than the
/// requested limit is returned in parts.
pub(super) type Position = (usize, usize);

/// The link to the next page.
#[derive(Clone, Copy)]
pub(super) enum Link {
    Correct,
    SamePage,
    WithoutCursor,
}

impl Session {
    pub(super) fn random(rng: &mut Rng) -> Self {
        let mut session = Self {
            direction: rng.choice([Direction::After, Direction::Before]).unwrap(),
            pages: Vec::new(),
            valid_events: Vec::new(),
            valid_count: 0,
            max_events_per_page: 0,
            percent_with_id: rng.choice([100, 100, 50, 0]).unwrap(),
            percent_malformed: rng.choice([0, 0, 0, 8]).unwrap(),
            reorders: rng.u8(..5) == 0,
        };
        // Most are small, because every checkpoint of a walk is resumed from.
        let (pages, events) = match rng.u8(..30) {
            0 => (11, 6),
            1..6 => (4, 3),
            _ => (2, 2),
        };
        session.max_events_per_page = events;
        session.add_page(rng.usize(..=events), rng);
        session.add_pages(rng.usize(..=pages), rng);
        session
    }

    /// Appends events to the last page, and pages after it.
    pub(super) fn grow(&mut self, rng: &mut Rng) {
        for _ in 0..rng.usize(..3) {
            let event = self.new_event(rng);
            self.pages.last_mut().unwrap().events.push(event);
        }
        self.add_pages(rng.usize(..3), rng);
    }

    fn add_pages(&mut self, pages: usize, rng: &mut Rng) {
        for _ in 0..pages {
            // Some runs of empty pages take longer than the client allows.
            let (empty_pages, is_slow) = match rng.u16(..1_000) {
                0..2 => (33, true),
                2..100 => (rng.usize(1..40), false),
                _ => (0, false),
            };
            for _ in 0..empty_pages {
                self.add_page(0, rng);
                self.pages.last_mut().unwrap().is_slow = is_slow;
            }
            self.add_page(rng.usize(..=self.max_events_per_page), rng);
        }
    }

    fn add_page(&mut self, events: usize, rng: &mut Rng) {
        let pieces = (0..rng.usize(..6)).map(|_| rng.choice(CURSOR_PIECES).unwrap());
        let cursor = pieces.collect::<String>() + &self.pages.len().to_string();
        let events = (0..events).map(|_| self.new_event(rng)).collect();
        self.pages.push(StoredPage {
            cursor,
            events,
            is_slow: false,
        });
    }

    fn new_event(&mut self, rng: &mut Rng) -> String {
        if rng.u8(..100) < self.percent_malformed {
            return rng.choice(MALFORMED).unwrap().to_owned();
        }
        self.valid_count += 1;
        let number = self.valid_count;
        let event = if rng.u8(..100) < self.percent_with_id {
            format!(r#"{{"id":"e{number}","eventType":"t{number}"}}"#)
        } else {
            format!(r#"{{"eventType":"t{number}"}}"#)
        };
        self.valid_events.push(event.clone());
        event
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    /// The JSON of every valid event: what a walk must yield.
    pub(super) fn expected_events(&self) -> &[String] {
        &self.valid_events
    }

    /// The cursor of the first page.
    pub(super) fn first_cursor(&self) -> String {
        self.cursor_of((0, 0))
    }

    /// Whether each response has its page's events in another order. Malformed ones stay in place, since an
    /// error ends the page.
    pub(super) fn is_reordered(&self) -> bool {
        self.reorders && self.percent_malformed == 0
    }

    /// The index of an event among those expected.
    pub(super) fn index_of(&self, event: &str) -> usize {
        let index = self.valid_events.iter().position(|valid| valid == event);
        index.unwrap_or_else(|| panic!("{event} isn't an event of the session"))
    }

    /// Whether a request for a page takes long.
    pub(super) fn is_slow(&self, (page, _): Position) -> bool {
        self.pages.get(page).is_some_and(|page| page.is_slow)
    }

    /// The position of a cursor, which must be one that the service returned.
    pub(super) fn position(&self, cursor: Option<&str>) -> Position {
        let Some(cursor) = cursor else { return (0, 0) };
        let (page, offset) = cursor.split_once(OFFSET_SEPARATOR).unwrap_or((cursor, "0"));
        let stored = self.pages.iter().position(|stored| stored.cursor == page);
        (
            stored.expect("a cursor of the session"),
            offset.parse().unwrap(),
        )
    }

    pub(super) fn position_of(&self, event: &str) -> Position {
        let positions = self.pages.iter().enumerate().find_map(|(number, page)| {
            let offset = page.events.iter().position(|stored| stored == event)?;
            Some((number, offset))
        });
        positions.expect("an event of the session")
    }

    fn cursor_of(&self, (page, offset): Position) -> String {
        let cursor = &self.pages[page].cursor;
        match offset {
            0 => cursor.clone(),
            _ => format!("{cursor}{OFFSET_SEPARATOR}{offset}"),
        }
    }

    /// The page at a position, in the service's JSON.
    pub(super) fn page_json(
        &self,
        position: Position,
        limit: usize,
        link: Link,
        rng: &mut Rng,
    ) -> String {
        let (page, offset) = position;
        let stored = &self.pages[page].events;
        let end = stored.len().min(offset + limit);
        let next_position = if end < stored.len() {
            Some((page, end))
        } else {
            Some((page + 1, 0)).filter(|(next, _)| *next < self.pages.len())
        };
        let previous_position = Some(page)
            .filter(|page| *page > 0)
            .map(|page| (page - 1, 0));
        let forward = match link {
            Link::Correct => next_position.map(|position| self.cursor_of(position)),
            Link::SamePage => Some(self.cursor_of(position)),
            Link::WithoutCursor => None,
        };
        let backward = previous_position.map(|position| self.cursor_of(position));

        let mut events = stored[offset..end].to_vec();
        if self.is_reordered() {
            rng.shuffle(&mut events);
        }
        let (next, previous) = match self.direction {
            Direction::After => (forward, backward),
            Direction::Before => {
                events.reverse();
                (backward, forward)
            }
        };
        let mut members = vec![String::from(r#""selfUri":"/x""#)];
        // Without a link, `selfUri` alone isn't a sign of a listing.
        let has_link = next.is_some() || previous.is_some();
        if !events.is_empty() || !has_link || rng.bool() {
            members.push(format!(r#""entities":[{}]"#, events.join(",")));
        }
        for (member, direction, cursor) in [
            ("nextUri", Direction::After, next),
            ("previousUri", Direction::Before, previous),
        ] {
            let is_bare = matches!(link, Link::WithoutCursor) && direction == self.direction;
            let uri = match cursor {
                Some(cursor) => uri_with(direction, &cursor, rng),
                None if is_bare => String::from("\"/x?pageSize=200\""),
                None => rng.choice(["null", "\"\""]).unwrap().to_owned(),
            };
            members.push(format!("\"{member}\":{uri}"));
        }
        rng.shuffle(&mut members);
        format!("{{{}}}", members.join(","))
    }
}

/// A JSON string with a link that has other parameters around the cursor.
fn uri_with(direction: Direction, cursor: &str, rng: &mut Rng) -> String {
    let parameter = format!("{}={cursor}", direction.parameter());
    let uri = match rng.u8(..3) {
        0 => format!("/x?{parameter}"),
        1 => format!("/x?pageSize=200&{parameter}&limit=200"),
        _ => format!("https://other.example/y?{parameter}#z"),
    };
    serde_json::to_string(&uri).unwrap()
}
