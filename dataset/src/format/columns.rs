//! The flat columns of CSV and Parquet. `docs/columns.md` documents them.

use super::error::Problem;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Text, JSON among it.
    Text,
    /// A signed whole number of 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Number,
    /// True or false.
    Boolean,
    /// A moment in UTC; files have microseconds.
    Time,
}

/// A column, and where its values are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) source: Source,
}

impl Column {
    pub(super) fn named(name: &str) -> Result<&'static Self, Problem> {
        let column = COLUMNS.iter().find(|column| column.name == name);
        column.ok_or_else(|| Problem::UnknownColumn {
            name: name.to_owned(),
            allowed: COLUMNS.each_ref().map(|column| column.name).join(", "),
        })
    }
}

/// Names of members, each within the one before.
pub(super) type Path = &'static [&'static str];

/// Where the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// In the event.
    Event(Path),
    /// In the event's body, whatever its type.
    Body(Path),
    /// In the body, at the second path if nothing is at the first.
    FirstOf(Path, Path),
    /// An object in the body, as its JSON.
    BodyJson(Path),
    /// The event's session, or else the row's.
    Session,
    /// The JSON of the whole event.
    Json,
    /// When the event was fetched.
    SyncedAt,
}

const fn column(name: &'static str, kind: Kind, source: Source) -> Column {
    Column { name, kind, source }
}

const fn event(name: &'static str, kind: Kind, path: Path) -> Column {
    column(name, kind, Source::Event(path))
}

const fn body(name: &'static str, kind: Kind, path: Path) -> Column {
    column(name, kind, Source::Body(path))
}

const fn first_of(name: &'static str, first: Path, second: Path) -> Column {
    column(name, Kind::Text, Source::FirstOf(first, second))
}

use Kind::{Boolean, Integer, Number, Text, Time};

/// All columns, in order. Append new ones at the end.
pub(super) static COLUMNS: [Column; 56] = [
    event("event_id", Text, &["id"]),
    event("event_type", Text, &["eventType"]),
    event("created_date", Time, &["createdDate"]),
    column("session_id", Text, Source::Session),
    event("session_type", Text, &["session", "type"]),
    event("correlation_id", Text, &["correlationId"]),
    event("customer_id", Text, &["customerId"]),
    event("customer_id_type", Text, &["customerIdType"]),
    body("event_name", Text, &["eventName"]),
    body("total_event_count", Integer, &["totalEventCount"]),
    body("total_pageview_count", Integer, &["totalPageviewCount"]),
    body("page_url", Text, &["page", "url"]),
    body("page_title", Text, &["page", "title"]),
    body("page_hostname", Text, &["page", "hostname"]),
    body("page_pathname", Text, &["page", "pathname"]),
    body("page_lang", Text, &["page", "lang"]),
    body("screen_name", Text, &["screenName"]),
    body("app_name", Text, &["app", "name"]),
    body("app_version", Text, &["app", "version"]),
    body("search_query", Text, &["searchQuery"]),
    body("authenticated", Boolean, &["authenticated"]),
    body("browser_family", Text, &["browser", "family"]),
    body("browser_version", Text, &["browser", "version"]),
    body("browser_lang", Text, &["browser", "lang"]),
    body("device_category", Text, &["device", "category"]),
    body("device_type", Text, &["device", "type"]),
    body("device_is_mobile", Boolean, &["device", "isMobile"]),
    body("device_os_family", Text, &["device", "osFamily"]),
    body("device_os_version", Text, &["device", "osVersion"]),
    body("device_manufacturer", Text, &["device", "manufacturer"]),
    body("country", Text, &["geolocation", "country"]),
    body("region", Text, &["geolocation", "regionName"]),
    body("locality", Text, &["geolocation", "locality"]),
    body("postal_code", Text, &["geolocation", "postalCode"]),
    body("timezone", Text, &["geolocation", "timezone"]),
    body("latitude", Number, &["geolocation", "latitude"]),
    body("longitude", Number, &["geolocation", "longitude"]),
    body("ip_address", Text, &["ipAddress"]),
    body("ip_organization", Text, &["ipOrganization"]),
    body("campaign_name", Text, &["mktCampaign", "name"]),
    body("campaign_source", Text, &["mktCampaign", "source"]),
    body("campaign_medium", Text, &["mktCampaign", "medium"]),
    body("campaign_term", Text, &["mktCampaign", "term"]),
    first_of(
        "referrer_url",
        &["referrer", "url"],
        &["visitReferrer", "url"],
    ),
    first_of(
        "referrer_hostname",
        &["referrer", "hostname"],
        &["visitReferrer", "hostname"],
    ),
    first_of(
        "referrer_medium",
        &["referrer", "medium"],
        &["visitReferrer", "medium"],
    ),
    body("segment_id", Text, &["segment", "id"]),
    body("outcome_id", Text, &["outcome", "id"]),
    body("action_id", Text, &["action", "id"]),
    body("action_state", Text, &["action", "state"]),
    body("action_map_id", Text, &["actionMap", "id"]),
    body("error_code", Text, &["errorCode"]),
    column("json", Text, Source::Json),
    column("attributes", Text, Source::BodyJson(&["attributes"])),
    column("traits", Text, Source::BodyJson(&["traits"])),
    column("synced_at", Time, Source::SyncedAt),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn column_names_are_unique_and_documented_in_order() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        if package.join(".cargo_vcs_info.json").exists() {
            return; // A published package doesn't have the docs.
        }
        let docs = fs::read_to_string(package.join("../docs/columns.md")).unwrap();
        let rows = docs.lines().filter(|line| line.starts_with("| `"));
        let expected = COLUMNS.iter().map(|column| {
            let kind = format!("{:?}", column.kind).to_lowercase();
            format!("| `{}` | {kind} | ", column.name)
        });
        let documented: Vec<_> = rows.collect();
        assert_eq!(documented.len(), COLUMNS.len());
        for (row, start) in documented.iter().zip(expected) {
            assert!(row.starts_with(&start), "{row} isn't {start}");
        }
        let mut names = COLUMNS.each_ref().map(|column| column.name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COLUMNS.len());
    }

    /// Files are read for years by programs that may rely on positions: what was published never moves.
    #[test]
    fn json_is_still_the_53rd_column_and_new_ones_are_after_it() {
        let last = COLUMNS[51..].iter().map(|column| column.name);
        let expected = ["error_code", "json", "attributes", "traits", "synced_at"];
        assert!(last.eq(expected));
    }
}
