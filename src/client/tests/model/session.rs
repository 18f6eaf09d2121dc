//! The truth of a model walk: a session whose pages, cursors and events are made at random.

use fastrand::Rng;

use crate::position::cursor::Direction;

/// What cursors are made of: everything odd that may stand in a query.
const CURSOR_PIECES: [&str; 16] = [
    "a", "Z", "9", "%2F", "%3d", "%", "=", "+", "/", "?", ":", "\\", "{|}", "^`", "after=", "@!$*",
];
/// Stands in no piece, so that it can part the cursor of a page from the place on the page.
const PLACE_MARK: char = '~';
/// JSON that is no event.
const UNREADABLE: [&str; 4] = ["null", "12", "{}", r#"{"id":12,"eventType":["t"]}"#];

/// A session as the service keeps it, in the order in which it is walked.
pub(super) struct Session {
    direction: Direction,
    pages: Vec<StoredPage>,
    readable: Vec<String>,
    made: usize,
    most_events: usize,
    percent_with_id: u8,
    percent_unreadable: u8,
}

struct StoredPage {
    cursor: String,
    events: Vec<String>,
}

/// A page of the session, and the place on it: a page with more events than the client asks for is
/// answered in parts.
pub(super) type Position = (usize, usize);

/// Where an answer says the walk goes on.
#[derive(Clone, Copy)]
pub(super) enum Link {
    True,
    ToItself,
    WithoutCursor,
}

impl Session {
    pub(super) fn random(rng: &mut Rng) -> Self {
        let mut session = Self {
            direction: rng.choice([Direction::After, Direction::Before]).unwrap(),
            pages: Vec::new(),
            readable: Vec::new(),
            made: 0,
            most_events: 0,
            percent_with_id: rng.choice([100, 100, 50, 0]).unwrap(),
            percent_unreadable: rng.choice([0, 0, 0, 8]).unwrap(),
        };
        // Most are small, for a walk is checked from every place of it.
        let (pages, events) = match rng.u8(..30) {
            0 => (11, 6),
            1..6 => (4, 3),
            _ => (2, 2),
        };
        session.most_events = events;
        session.add_page(rng.usize(..=events), rng);
        session.add_pages(rng.usize(..=pages), rng);
        session
    }

    /// Appends events to the last page, and pages behind it.
    pub(super) fn grow(&mut self, rng: &mut Rng) {
        for _ in 0..rng.usize(..3) {
            let event = self.new_event(rng);
            self.pages.last_mut().unwrap().events.push(event);
        }
        self.add_pages(rng.usize(..3), rng);
    }

    fn add_pages(&mut self, pages: usize, rng: &mut Rng) {
        for _ in 0..pages {
            // Some runs of empty pages are longer than a walk bears.
            let empty_pages = match rng.u16(..1_000) {
                0..2 => 33,
                2..100 => rng.usize(1..4),
                _ => 0,
            };
            for _ in 0..empty_pages {
                self.add_page(0, rng);
            }
            self.add_page(rng.usize(..=self.most_events), rng);
        }
    }

    fn add_page(&mut self, events: usize, rng: &mut Rng) {
        let pieces = (0..rng.usize(..6)).map(|_| rng.choice(CURSOR_PIECES).unwrap());
        let cursor = pieces.collect::<String>() + &self.pages.len().to_string();
        let events = (0..events).map(|_| self.new_event(rng)).collect();
        self.pages.push(StoredPage { cursor, events });
    }

    fn new_event(&mut self, rng: &mut Rng) -> String {
        if rng.u8(..100) < self.percent_unreadable {
            return rng.choice(UNREADABLE).unwrap().to_owned();
        }
        self.made += 1;
        let number = self.made;
        let event = if rng.u8(..100) < self.percent_with_id {
            format!(r#"{{"id":"e{number}","eventType":"t{number}"}}"#)
        } else {
            format!(r#"{{"eventType":"t{number}"}}"#)
        };
        self.readable.push(event.clone());
        event
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    /// The JSON of every event that can be read: what a walk must give.
    pub(super) fn truth(&self) -> &[String] {
        &self.readable
    }

    /// The cursor of the first page.
    pub(super) fn first_cursor(&self) -> String {
        self.cursor_of((0, 0))
    }

    /// The position that a cursor stands for; a cursor that was not given out is a panic.
    pub(super) fn position(&self, cursor: Option<&str>) -> Position {
        let Some(cursor) = cursor else { return (0, 0) };
        let (page, place) = cursor.split_once(PLACE_MARK).unwrap_or((cursor, "0"));
        let stored = self.pages.iter().position(|stored| stored.cursor == page);
        (
            stored.expect("a cursor that was given out"),
            place.parse().unwrap(),
        )
    }

    pub(super) fn position_of(&self, event: &str) -> Position {
        let positions = self.pages.iter().enumerate().find_map(|(number, page)| {
            let place = page.events.iter().position(|stored| stored == event)?;
            Some((number, place))
        });
        positions.expect("an event of the session")
    }

    fn cursor_of(&self, (page, place): Position) -> String {
        let cursor = &self.pages[page].cursor;
        match place {
            0 => cursor.clone(),
            _ => format!("{cursor}{PLACE_MARK}{place}"),
        }
    }

    /// The listing at a position, as the service writes it.
    pub(super) fn listing(
        &self,
        position: Position,
        limit: usize,
        link: Link,
        rng: &mut Rng,
    ) -> String {
        let (page, place) = position;
        let stored = &self.pages[page].events;
        let end = stored.len().min(place + limit);
        let behind = if end < stored.len() {
            Some((page, end))
        } else {
            Some((page + 1, 0)).filter(|(next, _)| *next < self.pages.len())
        };
        let before = Some(page)
            .filter(|page| *page > 0)
            .map(|page| (page - 1, 0));
        let onward = match link {
            Link::True => behind.map(|position| self.cursor_of(position)),
            Link::ToItself => Some(self.cursor_of(position)),
            Link::WithoutCursor => None,
        };
        let back = before.map(|position| self.cursor_of(position));

        let mut events = stored[place..end].to_vec();
        let (next, previous) = match self.direction {
            Direction::After => (onward, back),
            Direction::Before => {
                events.reverse();
                (back, onward)
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

/// A link, as JSON, with other parameters around the cursor's.
fn uri_with(direction: Direction, cursor: &str, rng: &mut Rng) -> String {
    let parameter = format!("{}={cursor}", direction.parameter());
    let uri = match rng.u8(..3) {
        0 => format!("/x?{parameter}"),
        1 => format!("/x?pageSize=200&{parameter}&limit=200"),
        _ => format!("https://other.example/y?{parameter}#z"),
    };
    serde_json::to_string(&uri).unwrap()
}
