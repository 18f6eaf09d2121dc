//! The flat columns of an event, for CSV and Parquet. `docs/columns.md` documents them.

use jiff::Timestamp;
use journey_events::Event;
use serde_json::Value;

use super::event_body;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    Time,
}

/// A column, and where its value is in the event.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// A JSON pointer into the event.
    Event(&'static str),
    /// A JSON pointer into the event's body, whatever its type.
    Body(&'static str),
    /// The first of two pointers into the body that has a value.
    FirstOf(&'static str, &'static str),
}

/// A value; null if the event has none or one of an unexpected type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Text(String),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Time(Timestamp),
}

const fn event(name: &'static str, kind: Kind, pointer: &'static str) -> Column {
    let source = Source::Event(pointer);
    Column { name, kind, source }
}

const fn body(name: &'static str, kind: Kind, pointer: &'static str) -> Column {
    let source = Source::Body(pointer);
    Column { name, kind, source }
}

const fn first_of(name: &'static str, first: &'static str, second: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        source: Source::FirstOf(first, second),
    }
}

use Kind::{Boolean, Integer, Number, Text, Time};

/// All columns, in order. Append new ones at the end.
pub(super) const COLUMNS: [Column; 52] = [
    event("event_id", Text, "/id"),
    event("event_type", Text, "/eventType"),
    event("created_date", Time, "/createdDate"),
    event("session_id", Text, "/session/id"),
    event("session_type", Text, "/session/type"),
    event("correlation_id", Text, "/correlationId"),
    event("customer_id", Text, "/customerId"),
    event("customer_id_type", Text, "/customerIdType"),
    body("event_name", Text, "/eventName"),
    body("total_event_count", Integer, "/totalEventCount"),
    body("total_pageview_count", Integer, "/totalPageviewCount"),
    body("page_url", Text, "/page/url"),
    body("page_title", Text, "/page/title"),
    body("page_hostname", Text, "/page/hostname"),
    body("page_pathname", Text, "/page/pathname"),
    body("page_lang", Text, "/page/lang"),
    body("screen_name", Text, "/screenName"),
    body("app_name", Text, "/app/name"),
    body("app_version", Text, "/app/version"),
    body("search_query", Text, "/searchQuery"),
    body("authenticated", Boolean, "/authenticated"),
    body("browser_family", Text, "/browser/family"),
    body("browser_version", Text, "/browser/version"),
    body("browser_lang", Text, "/browser/lang"),
    body("device_category", Text, "/device/category"),
    body("device_type", Text, "/device/type"),
    body("device_is_mobile", Boolean, "/device/isMobile"),
    body("device_os_family", Text, "/device/osFamily"),
    body("device_os_version", Text, "/device/osVersion"),
    body("device_manufacturer", Text, "/device/manufacturer"),
    body("country", Text, "/geolocation/country"),
    body("region", Text, "/geolocation/regionName"),
    body("locality", Text, "/geolocation/locality"),
    body("postal_code", Text, "/geolocation/postalCode"),
    body("timezone", Text, "/geolocation/timezone"),
    body("latitude", Number, "/geolocation/latitude"),
    body("longitude", Number, "/geolocation/longitude"),
    body("ip_address", Text, "/ipAddress"),
    body("ip_organization", Text, "/ipOrganization"),
    body("campaign_name", Text, "/mktCampaign/name"),
    body("campaign_source", Text, "/mktCampaign/source"),
    body("campaign_medium", Text, "/mktCampaign/medium"),
    body("campaign_term", Text, "/mktCampaign/term"),
    first_of("referrer_url", "/referrer/url", "/visitReferrer/url"),
    first_of(
        "referrer_hostname",
        "/referrer/hostname",
        "/visitReferrer/hostname",
    ),
    first_of(
        "referrer_medium",
        "/referrer/medium",
        "/visitReferrer/medium",
    ),
    body("segment_id", Text, "/segment/id"),
    body("outcome_id", Text, "/outcome/id"),
    body("action_id", Text, "/action/id"),
    body("action_state", Text, "/action/state"),
    body("action_map_id", Text, "/actionMap/id"),
    body("error_code", Text, "/errorCode"),
];

/// Returns the event's values, one per column.
pub(super) fn cells(event: &Event) -> Vec<Cell> {
    // The event is valid JSON; if `Value` can't represent it (1e999), all columns but the date are null.
    let json: Value = serde_json::from_str(event.json()).unwrap_or_default();
    let body = event_body::of(&json, event.event_type());
    let in_body = |pointer| body.and_then(|body| body.pointer(pointer));
    let cell = |column: &Column| {
        let value = match column.source {
            Source::Event(pointer) => json.pointer(pointer),
            Source::Body(pointer) => in_body(pointer),
            Source::FirstOf(first, second) => in_body(first).or_else(|| in_body(second)),
        };
        value.map_or(Cell::Null, |value| typed(value, column.kind))
    };
    let mut cells: Vec<_> = COLUMNS.iter().map(cell).collect();
    if let (Some(date), Some(cell)) = (event.created_at(), cells.get_mut(2)) {
        *cell = Cell::Time(date);
    }
    cells
}

fn typed(value: &Value, kind: Kind) -> Cell {
    match (kind, value) {
        (Kind::Text, Value::String(text)) => Cell::Text(text.clone()),
        (Kind::Boolean, Value::Bool(value)) => Cell::Boolean(*value),
        (Kind::Integer, value) => value.as_i64().map_or(Cell::Null, Cell::Integer),
        (Kind::Number, value) => value.as_f64().map_or(Cell::Null, Cell::Number),
        // The only time column is set from the library's own parse, in `cells`.
        _ => Cell::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_typed_columns() {
        let json = r#"{"id":"e","eventType":"com.genesys.journey.WebEvent",
            "createdDate":"2026-01-02T03:04:05.678Z","session":{"id":"s","type":"web"},
            "webEvent":{"totalEventCount":7,"authenticated":false,"page":{"url":"https://a.example/"},
            "geolocation":{"latitude":1.5,"country":42},"referrer":{"url":"r"}}}"#;
        let event = Event::from_json(json).unwrap();
        let row = cells(&event);
        let at = |name: &str| {
            let index = COLUMNS
                .iter()
                .position(|column| column.name == name)
                .unwrap();
            row[index].clone()
        };
        for (name, cell) in [
            ("event_id", Cell::Text("e".into())),
            (
                "created_date",
                Cell::Time("2026-01-02T03:04:05.678Z".parse().unwrap()),
            ),
            ("session_id", Cell::Text("s".into())),
            ("total_event_count", Cell::Integer(7)),
            ("authenticated", Cell::Boolean(false)),
            ("page_url", Cell::Text("https://a.example/".into())),
            ("latitude", Cell::Number(1.5)),
            ("country", Cell::Null),
            ("referrer_url", Cell::Text("r".into())),
            ("segment_id", Cell::Null),
        ] {
            assert_eq!(at(name), cell, "{name}");
        }
    }

    #[test]
    fn column_names_are_unique_and_documented() {
        let docs = include_str!("../../../docs/columns.md");
        let mut names: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
        for column in &COLUMNS {
            let kind = format!("{:?}", column.kind).to_lowercase();
            let row = format!("| `{}` | {kind} |", column.name);
            assert!(docs.contains(&row), "{row}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COLUMNS.len());
    }
}
