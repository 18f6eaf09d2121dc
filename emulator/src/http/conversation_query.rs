//! The body of a query for conversations.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::query::InvalidValue;
use crate::data::Order;

const DEFAULT_PAGE_SIZE: u64 = 25;
const MAX_PAGE_SIZE: u64 = 100;
/// Pages end here.
const MAX_RESULTS: u64 = 100_000;
/// Longest interval of a query without a filter.
const MAX_DAYS: i64 = 7;

/// A query that is valid. Members that aren't known are ignored, but filters are refused: without them,
/// the result would be another one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConversationQuery {
    pub(crate) interval: Range<Timestamp>,
    pub(crate) order: Order,
    pub(crate) page_size: usize,
    /// How many conversations are on the pages before.
    pub(crate) skipped: usize,
}

impl ConversationQuery {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, InvalidValue> {
        let body: Map<String, Value> = serde_json::from_slice(body)
            .map_err(|_| invalid("body", &Value::Null, "a JSON object"))?;
        for (name, value) in &body {
            let is_filter = name.ends_with("Filters") || name == "aggregations";
            if is_filter && value.as_array().is_none_or(|filters| !filters.is_empty()) {
                return Err(invalid("filters", value, "none"));
            }
        }
        let order = match text(&body, "order") {
            Some("desc") => Order::Descending,
            Some("asc") | None => Order::Ascending,
            Some(_) => return Err(of(&body, "order", "asc, desc")),
        };
        let order_by = text(&body, "orderBy").unwrap_or("conversationStart");
        if !["conversationStart", "segmentStart", "segmentEnd"].contains(&order_by) {
            let allowed = "conversationStart, segmentStart, segmentEnd";
            return Err(of(&body, "orderBy", allowed));
        }
        let paging = match body.get("paging") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(paging)) => paging.clone(),
            Some(other) => return Err(invalid("paging", other, "an object")),
        };
        let size = number(&paging, "pageSize", DEFAULT_PAGE_SIZE, "1 to 100")?;
        let number = number(&paging, "pageNumber", 1, "1 and above")?;
        if size > MAX_PAGE_SIZE {
            return Err(of(&paging, "pageSize", "1 to 100"));
        }
        if size.saturating_mul(number) > MAX_RESULTS {
            return Err(of(&paging, "pageNumber", "pages of up to 100000 results"));
        }
        let items = |count| usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Self {
            interval: interval(&body)?,
            order,
            page_size: items(size),
            skipped: items(size * (number - 1)),
        })
    }

    /// Returns the number of the page, counted from 1.
    pub(crate) fn page_number(&self) -> u64 {
        (self.skipped / self.page_size.max(1)) as u64 + 1
    }
}

fn interval(body: &Map<String, Value>) -> Result<Range<Timestamp>, InvalidValue> {
    let refused = |allowed| of(body, "interval", allowed);
    let (start, end) = text(body, "interval")
        .and_then(|interval| interval.split_once('/'))
        .and_then(|(start, end)| Some((instant(start)?, instant(end)?)))
        .ok_or_else(|| refused("start/end in ISO 8601"))?;
    if start >= end {
        return Err(refused("a start before the end"));
    }
    if start.duration_until(end) > SignedDuration::from_secs(24 * MAX_DAYS * 3600) {
        return Err(refused("up to 7 days"));
    }
    Ok(start..end)
}

/// A date and time is UTC unless it has an offset.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

/// The text of a member; `None` if it is absent or null. Another type is an invalid text.
fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    match object.get(name)? {
        Value::Null => None,
        value => Some(value.as_str().unwrap_or_default()),
    }
}

fn number(
    object: &Map<String, Value>,
    name: &'static str,
    default: u64,
    allowed: &'static str,
) -> Result<u64, InvalidValue> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => {
            let number = value.as_u64().filter(|number| *number > 0);
            number.ok_or_else(|| invalid(name, value, allowed))
        }
    }
}

fn of(object: &Map<String, Value>, name: &'static str, allowed: &'static str) -> InvalidValue {
    invalid(name, object.get(name).unwrap_or(&Value::Null), allowed)
}

fn invalid(parameter: &'static str, value: &Value, allowed: &'static str) -> InvalidValue {
    InvalidValue {
        parameter,
        value: value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
        allowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = r#""interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z""#;

    fn parse(members: &str) -> Result<ConversationQuery, &'static str> {
        let body = format!("{{{members}}}");
        ConversationQuery::parse(body.as_bytes()).map_err(|invalid| invalid.parameter)
    }

    #[test]
    fn a_query_has_defaults() {
        let expected = ConversationQuery {
            interval: "2026-03-01T00:00:00Z".parse().unwrap()
                .."2026-03-02T00:00:00Z".parse().unwrap(),
            order: Order::Ascending,
            page_size: 25,
            skipped: 0,
        };
        assert_eq!(parse(DAY).as_ref(), Ok(&expected));
        let local =
            r#""interval":"2026-03-01T00:00:00/2026-03-02T00:00:00","segmentFilters":[],"new":1"#;
        assert_eq!(parse(local), Ok(expected));
        let page = format!(r#"{DAY},"order":"desc","paging":{{"pageSize":100,"pageNumber":3}}"#);
        let page = parse(&page).unwrap();
        assert_eq!(
            (page.order, page.page_size, page.skipped),
            (Order::Descending, 100, 200)
        );
    }

    #[test]
    fn an_invalid_value_is_an_error_with_its_member() {
        for (members, parameter) in [
            ("", "interval"),
            (r#""interval":7"#, "interval"),
            (r#""interval":"2026-03-01T00:00:00Z""#, "interval"),
            (r#""interval":"2026-03-01/yesterday""#, "interval"),
            (
                r#""interval":"2026-03-02T00:00:00Z/2026-03-01T00:00:00Z""#,
                "interval",
            ),
            (
                r#""interval":"2026-03-01T00:00:00Z/2026-03-01T00:00:00Z""#,
                "interval",
            ),
            (
                r#""interval":"2026-03-01T00:00:00Z/2026-03-08T00:00:00.001Z""#,
                "interval",
            ),
        ] {
            assert_eq!(parse(members), Err(parameter), "{members}");
        }
        for (member, parameter) in [
            (r#""order":"up""#, "order"),
            (r#""orderBy":"name""#, "orderBy"),
            (r#""paging":7"#, "paging"),
            (r#""paging":{"pageSize":101}"#, "pageSize"),
            (r#""paging":{"pageSize":0}"#, "pageSize"),
            (r#""paging":{"pageSize":"10"}"#, "pageSize"),
            (r#""paging":{"pageNumber":0}"#, "pageNumber"),
            (r#""paging":{"pageNumber":-1}"#, "pageNumber"),
            (
                r#""paging":{"pageSize":100,"pageNumber":1001}"#,
                "pageNumber",
            ),
            (
                r#""paging":{"pageSize":100,"pageNumber":18446744073709551615}"#,
                "pageNumber",
            ),
            (r#""conversationFilters":[{}]"#, "filters"),
        ] {
            assert_eq!(
                parse(&format!("{DAY},{member}")),
                Err(parameter),
                "{member}"
            );
        }
        let other = ConversationQuery::parse(b"[]").unwrap_err();
        assert_eq!(other.parameter, "body");
    }
}
