//! The values of a row.

use std::borrow::Cow;

use jiff::Timestamp;
use journey_events::model::DateTime;
use serde_json::from_str;

use super::columns::{Column, Kind, Path, Source};
use super::event_body;
use super::layout::Layout;
use super::object::Object;
use super::row::Row;

/// A value; null if the row has none, or one that the column can't hold.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// Of a column of [`ColumnKind::Text`](super::ColumnKind::Text).
    Text(Cow<'a, str>),
    /// Of a column of [`ColumnKind::Integer`](super::ColumnKind::Integer).
    Integer(i64),
    /// Of a column of [`ColumnKind::Number`](super::ColumnKind::Number).
    Number(f64),
    /// Of a column of [`ColumnKind::Boolean`](super::ColumnKind::Boolean).
    Boolean(bool),
    /// Of a column of [`ColumnKind::Time`](super::ColumnKind::Time).
    Time(Timestamp),
}

impl<'a> Row<'a> {
    /// Decodes the row's values, one for each column of a layout, in order, for formats that this crate
    /// doesn't write; none for NDJSON.
    ///
    /// ```
    /// use journey_events_dataset::format::{Cell, Format, Layout, Row};
    ///
    /// let layout = Layout::new(Format::Parquet).with_columns(["event_id", "total_event_count"])?;
    /// let row = Row {
    ///     session: "s-1",
    ///     synced_at: None,
    ///     json: r#"{"id":"e-1","eventType":"a.WebEvent","webEvent":{"totalEventCount":7}}"#,
    /// };
    /// assert!(row.cells(&layout).eq([Cell::Text("e-1".into()), Cell::Integer(7)]));
    /// # Ok::<(), journey_events_dataset::format::LayoutError>(())
    /// ```
    pub fn cells(&self, layout: &'a Layout) -> impl Iterator<Item = Cell<'a>> {
        let mut cells = Cells::of(self);
        let columns = layout.definitions().iter();
        columns.map(move |column| cells.cell(column))
    }
}

/// Finds the values of one row after another. Each is decoded alone.
#[derive(Debug, Default)]
pub(super) struct Cells<'a> {
    row: Row<'a>,
    event: Object<'a>,
    body: Object<'a>,
}

impl<'a> Cells<'a> {
    pub(super) fn of(row: &Row<'a>) -> Self {
        let mut cells = Self::default();
        cells.read(row);
        cells
    }

    /// Moves on to a row.
    pub(super) fn read(&mut self, row: &Row<'a>) {
        self.row = *row;
        self.event.replace(row.json);
        let event_type = self.event.at(&["eventType"]).and_then(text);
        let name = event_type.and_then(|event_type| event_body::name(&event_type));
        let body = name.and_then(|name| self.event.member(&name));
        self.body.replace(body.unwrap_or_default());
    }

    pub(super) fn cell(&mut self, column: &Column) -> Cell<'a> {
        let json = match column.source {
            Source::Event(path) => self.event.at(path),
            Source::Body(path) => self.body.at(path),
            Source::FirstOf(first, second) => self.body.at(first).or_else(|| self.body.at(second)),
            Source::Session => return self.session(),
            Source::BodyJson(path) => return self.body_json(path),
            Source::Json => return Cell::Text(self.row.json.into()),
            Source::SyncedAt => return self.row.synced_at.map_or(Cell::Null, Cell::Time),
        };
        json.and_then(|json| decoded(json, column.kind))
            .unwrap_or(Cell::Null)
    }

    fn session(&mut self) -> Cell<'a> {
        let of_event = self.event.at(&["session", "id"]).and_then(text);
        let of_row = Some(self.row.session).filter(|session| !session.is_empty());
        let session = of_event.or(of_row.map(Cow::Borrowed));
        session.map_or(Cell::Null, Cell::Text)
    }

    fn body_json(&mut self, path: Path) -> Cell<'a> {
        let object = self.body.at(path).filter(|json| json.starts_with('{'));
        object.map_or(Cell::Null, |json| Cell::Text(json.into()))
    }
}

fn decoded(json: &str, kind: Kind) -> Option<Cell<'_>> {
    match kind {
        Kind::Text => text(json).map(Cell::Text),
        Kind::Integer => from_str(json).ok().map(Cell::Integer),
        Kind::Number => from_str(json).ok().map(Cell::Number),
        Kind::Boolean => from_str(json).ok().map(Cell::Boolean),
        Kind::Time => {
            let date: DateTime = from_str(json).ok()?;
            date.timestamp().map(Cell::Time)
        }
    }
}

fn text(json: &str) -> Option<Cow<'_, str>> {
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    if text.contains('\\') {
        return from_str(json).ok().map(Cow::Owned);
    }
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::columns::COLUMNS;

    fn row(json: &str) -> Row<'_> {
        Row {
            session: "of-row",
            synced_at: Some("2026-02-03T04:05:06Z".parse().unwrap()),
            json,
        }
    }

    fn cell(json: &str, name: &str) -> Cell<'static> {
        let row = row(json);
        match Cells::of(&row).cell(Column::named(name).unwrap()) {
            Cell::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Cell::Null => Cell::Null,
            Cell::Integer(value) => Cell::Integer(value),
            Cell::Number(value) => Cell::Number(value),
            Cell::Boolean(value) => Cell::Boolean(value),
            Cell::Time(value) => Cell::Time(value),
        }
    }

    const EVENT: &str = r#"{"id":"e","eventType":"com.genesys.journey.WebEvent",
        "createdDate":"2026-01-02T03:04:05.678Z","session":{"id":"s","type":"web"},
        "webEvent":{"totalEventCount":7,"authenticated":false,"page":{"url":"https://a.example/"},
        "geolocation":{"latitude":1.5,"country":42},"referrer":{"url":"r","hostname":null},
        "visitReferrer":{"url":"v","hostname":"h"},"ipOrganization":"\u00e9 \"",
        "attributes":{ "a": {"value":"\ud800"} },"traits":[1]}}"#;

    #[test]
    fn values_are_in_typed_columns() {
        for (name, expected) in [
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
            ("referrer_hostname", Cell::Text("h".into())),
            ("referrer_medium", Cell::Null),
            ("ip_organization", Cell::Text("é \"".into())),
            ("segment_id", Cell::Null),
            ("json", Cell::Text(EVENT.into())),
            (
                "attributes",
                Cell::Text(r#"{ "a": {"value":"\ud800"} }"#.into()),
            ),
            ("traits", Cell::Null),
            (
                "synced_at",
                Cell::Time("2026-02-03T04:05:06Z".parse().unwrap()),
            ),
        ] {
            assert_eq!(cell(EVENT, name), expected, "{name}");
        }
    }

    #[test]
    fn the_session_of_the_row_counts_if_the_event_has_none() {
        for session in ["", r#","session":{}"#, r#","session":{"id":"\ud800"}"#] {
            let json = format!(r#"{{"eventType":"t"{session}}}"#);
            assert_eq!(cell(&json, "session_id"), Cell::Text("of-row".into()));
        }
        let row = Row {
            session: "",
            synced_at: None,
            json: "{}",
        };
        let mut cells = Cells::of(&row);
        for name in ["session_id", "synced_at"] {
            assert_eq!(cells.cell(Column::named(name).unwrap()), Cell::Null);
        }
    }

    #[test]
    fn a_row_has_no_cell_of_the_one_before() {
        let mut cells = Cells::of(&row(EVENT));
        for column in &COLUMNS {
            cells.cell(column);
        }
        cells.read(&Row {
            json: "{}",
            ..Row::default()
        });
        for column in COLUMNS
            .iter()
            .filter(|column| column.source != Source::Json)
        {
            assert_eq!(cells.cell(column), Cell::Null, "{}", column.name);
        }
    }

    const ODD: [&str; 4] = [r#""\ud800""#, "1e999", "[]", "null"];

    /// Returns the JSON of an event with a value in every column: `value` in the one named.
    fn event_with(name: &str, value: &str) -> String {
        let mut event =
            serde_json::json!({"eventType": "a.B", "\u{1}unknown": 1, "b": {"\u{1}unknown": 1}});
        for column in &COLUMNS {
            let (object, path) = match column.source {
                Source::Event(path) => (&mut event, path),
                Source::Session => (&mut event, &["session", "id"][..]),
                Source::Body(path) | Source::FirstOf(path, _) | Source::BodyJson(path) => {
                    (&mut event["b"], path)
                }
                Source::Json | Source::SyncedAt => continue,
            };
            let at = path.iter().fold(object, |object, name| &mut object[name]);
            if at.is_null() {
                *at = format!("<{}>", column.name).into();
            }
        }
        COLUMNS.iter().fold(event.to_string(), |json, column| {
            let usual = match (column.source, column.kind) {
                (Source::BodyJson(_), _) => "{}",
                (_, Kind::Text) => r#""x""#,
                (_, Kind::Integer) => "1",
                (_, Kind::Number) => "1.5",
                (_, Kind::Boolean) => "true",
                (_, Kind::Time) => r#""2026-01-02T03:04:05Z""#,
            };
            let value = if column.name == name { value } else { usual };
            json.replace(&format!("\"<{}>\"", column.name), value)
        })
    }

    /// Returns the names of the columns that have no value.
    fn empty_columns(json: &str) -> Vec<&'static str> {
        let row = Row {
            session: "",
            ..row(json)
        };
        let mut cells = Cells::of(&row);
        let mut names = Vec::new();
        for column in &COLUMNS {
            names.extend((cells.cell(column) == Cell::Null).then_some(column.name));
        }
        names
    }

    #[test]
    fn row_73_an_odd_value_empties_its_own_cell_alone() {
        assert_eq!(empty_columns(&event_with("", "")), [""; 0]);
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        for odd in ODD.into_iter().chain([deep.as_str()]) {
            for column in &COLUMNS {
                if !matches!(column.source, Source::Json | Source::SyncedAt)
                    && column.name != "event_type"
                {
                    let empty = empty_columns(&event_with(column.name, odd));
                    assert_eq!(empty, [column.name], "{odd:.20}");
                }
            }
        }
    }

    #[test]
    fn row_73_an_odd_member_that_is_in_no_column_empties_no_cell() {
        let json = event_with("", "");
        for odd in ODD {
            let odd_value = json.replace(r#""\u0001unknown":1"#, &format!(r#""unknown":{odd}"#));
            let odd_name = json.replace(r#""\u0001unknown":1"#, &format!(r#""\ud800":{odd}"#));
            for json in [odd_value, odd_name] {
                assert!(json.contains(odd));
                assert_eq!(empty_columns(&json), [""; 0], "{odd}");
            }
        }
    }

    #[test]
    fn the_cells_of_text_that_is_not_an_object_are_empty() {
        for json in ["", "[]", "7", "{"] {
            let empty = empty_columns(json);
            assert_eq!(empty.len(), COLUMNS.len() - 2, "{json}");
        }
    }
}
