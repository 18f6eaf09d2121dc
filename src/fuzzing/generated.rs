//! Generated events, valid and damaged, for the properties of pages.

use fastrand::Rng;

use super::page::event;
use crate::Event;
use crate::decode::{self, Listing, ListingError};

const SPACES: [&str; 8] = ["", "", "", "", "", " ", "\n  ", "\r\n\t"];
const STRINGS: [&str; 12] = [
    "",
    "a",
    "id",
    "{[",
    "]}",
    ",:",
    "é",
    "\u{1f600}",
    r"\\",
    r#"\""#,
    r"\u0041\n",
    r"\ud83d",
];
const SCALARS: [&str; 8] = ["0", "-1.5e-3", "1e999", "true", "false", "null", "12", "{}"];

/// Writes JSON of all kinds, with white space of all kinds, so that everything meets the end of a block.
struct Json {
    random: Rng,
    text: String,
}

impl Json {
    fn push(&mut self, text: &str) {
        let space = self.random.choice(SPACES).unwrap();
        self.text.push_str(space);
        self.text.push_str(text);
    }

    fn string(&mut self) {
        self.push("\"");
        for _ in 0..self.random.usize(0..4) {
            self.text.push_str(self.random.choice(STRINGS).unwrap());
        }
        let backslashes = self.random.usize(0..100).saturating_sub(95) * 2;
        self.text.push_str(&"\\".repeat(backslashes));
        let filling = self.random.usize(0..200).saturating_sub(130);
        self.text.push_str(&"x".repeat(filling));
        self.text.push('"');
    }

    fn value(&mut self, depth: usize) {
        match self.random.usize(0..if depth == 0 { 2 } else { 4 }) {
            0 => self.string(),
            1 => self.push(self.random.clone().choice(SCALARS).unwrap()),
            2 => self.items(["[", "]"], |json| json.value(depth - 1)),
            _ => self.object(depth),
        }
    }

    fn object(&mut self, depth: usize) {
        self.items(["{", "}"], |json| {
            json.string();
            json.push(":");
            json.value(depth.saturating_sub(1));
        });
    }

    fn items(&mut self, [open, close]: [&str; 2], mut item: impl FnMut(&mut Self)) {
        self.push(open);
        for index in 0..self.random.usize(0..5) {
            if index > 0 {
                self.push(",");
            }
            item(self);
        }
        self.push(close);
    }
}

/// The JSON of an event whose members are in any order.
fn event_json(seed: u64) -> String {
    let mut json = Json {
        random: Rng::with_seed(seed),
        text: String::new(),
    };
    let mut names = [
        r#""eventType""#,
        r#""webEvent""#,
        r#""id""#,
        r#""createdDate""#,
        r#""session""#,
        r#""customer\u0049d""#,
        r#""webEvent""#,
        r#""appEvent""#,
        r#""other""#,
    ];
    let count = json.random.usize(2..=names.len());
    json.random.shuffle(&mut names[2..]);
    json.random.shuffle(&mut names[..count]);
    json.text.push('{');
    for (index, name) in names[..count].iter().enumerate() {
        if index > 0 {
            json.push(",");
        }
        json.push(name);
        json.push(":");
        match *name {
            r#""eventType""# => json.push(r#""com.genesys.journey.WebEvent""#),
            r#""id""# | r#""createdDate""# => json.string(),
            r#""webEvent""# => json.object(5),
            _ => json.value(3),
        }
    }
    json.push("}");
    json.text
}

fn listing(page: &str) -> Result<Listing<Event>, ListingError> {
    decode::listing(page.as_bytes())
}

#[test]
fn valid_events_are_read_as_by_serde_json() {
    for seed in 0..500 {
        let json = event_json(seed);
        let page = format!(r#"{{"entities":[{json},{{}} , {json}]}}"#);
        let events = listing(&page).unwrap_or_else(|error| panic!("{seed}: {error}: {json}"));
        let is_ok: Vec<_> = events.entities.iter().map(Result::is_ok).collect();
        assert_eq!(is_ok, [true, false, true], "{seed}: {json}");
        super::page(page.as_bytes());
        event(json.as_bytes());
    }
}

#[test]
fn damage_is_noticed_unless_it_is_within_a_body() {
    const DAMAGE: [&str; 16] = [
        "\"", "\"", "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "\u{1}", "1", "t", "é",
    ];
    let mut accepted = 0;
    for seed in 0..2_000 {
        let mut random = Rng::with_seed(seed);
        let mut json = event_json(seed % 600);
        for _ in 0..random.usize(1..4) {
            let boundaries = json.char_indices().map(|(at, _)| at).collect::<Vec<_>>();
            let at = random.choice(boundaries).unwrap();
            if random.bool() {
                json.remove(at);
            }
            if random.bool() {
                json.insert_str(at, random.choice(DAMAGE).unwrap());
            }
        }
        event(json.as_bytes());
        let page = format!(r#"{{"entities":[{json}]}}"#);
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&page).is_ok();
        accepted += usize::from(!is_json && listing(&page).is_ok());
    }
    assert!(accepted > 50, "{accepted} are only within a body");
}

/// Titles with inch marks, for instance: one or two quotes too many, wherever they are.
#[test]
fn stray_quotes_cannot_swallow_an_event() {
    let one = r#"{"id":"e1","eventType":"com.genesys.journey.WebEvent","webEvent":{"page":{"title":"5, a: b"}}}"#;
    let page = format!(r#"{{"entities":[{one},{one}],"nextUri":"/x?after=1"}}"#);
    let end = page.len() - 20;
    let mut accepted = 0;
    for first in 12..end {
        for second in first..end {
            let (start, rest) = page.split_at(first);
            let (middle, rest) = rest.split_at(second - first);
            for quotes in [["\"", "\""], ["\"", "\\"], ["\\", "\""], ["\"", ""]] {
                let page = [start, quotes[0], middle, quotes[1], rest].concat();
                let Ok(events) = listing(&page) else {
                    continue;
                };
                accepted += 1;
                assert_eq!(events.entities.len(), 2, "{page}");
            }
        }
    }
    assert!(accepted > 100, "{accepted} are only within a title");
}
