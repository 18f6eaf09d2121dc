//! Facts about the visitor that events report.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::body::Body;
use super::distinct::Distinct;
use super::text::display_text;

/// A kind of fact about a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    Location,
    Device,
    Browser,
    App,
    Language,
    Network,
}

impl Fact {
    fn name(self) -> &'static str {
        match self {
            Self::Location => "Location",
            Self::Device => "Device",
            Self::Browser => "Browser",
            Self::App => "App",
            Self::Language => "Language",
            Self::Network => "Network",
        }
    }
}

/// Distinct values listed per fact; as many as the page shows.
const MAX_VALUES: usize = 8;

/// All that is known of a visitor, by fact.
#[derive(Debug, Default)]
pub(super) struct Facts(BTreeMap<Fact, Distinct<String, MAX_VALUES>>);

#[derive(Serialize)]
struct FactValues<'a> {
    name: &'static str,
    #[serde(flatten)]
    values: &'a Distinct<String, MAX_VALUES>,
}

impl Facts {
    pub(super) fn add(&mut self, fact: Fact, value: &String) {
        self.0.entry(fact).or_default().add(value);
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        for (fact, values) in &other.0 {
            self.0.entry(*fact).or_default().add_all(values);
        }
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(fact, values)| FactValues {
            name: fact.name(),
            values,
        }))
    }
}

/// Reads the facts that an event reports.
pub(super) fn facts(body: &Body<'_>) -> Vec<(Fact, String)> {
    let parts = |pointers: &[&str]| -> String {
        let mut parts: Vec<String> = pointers.iter().map(|pointer| body.text(pointer)).collect();
        parts.retain(|part| !part.is_empty());
        parts.dedup_by(|one, other| one.to_lowercase() == other.to_lowercase());
        display_text(&parts.join(", "))
    };
    let country = ["/geolocation/countryName", "/geolocation/country"];
    let mut location = parts(&["/geolocation/locality", "/geolocation/regionName"]);
    let country = body.first(&country);
    if !location.is_empty() && !country.is_empty() {
        location.push_str(", ");
    }
    location.push_str(&country);
    let facts = [
        (Fact::Location, location),
        (
            Fact::Device,
            parts(&[
                "/device/type",
                "/device/category",
                "/device/manufacturer",
                "/device/osFamily",
                "/device/osVersion",
            ]),
        ),
        (
            Fact::Browser,
            parts(&["/browser/family", "/browser/version"]),
        ),
        (Fact::App, parts(&["/app/name", "/app/version"])),
        (
            Fact::Language,
            body.first(&["/browser/lang", "/page/lang", "/sdkLibrary/lang"]),
        ),
        (Fact::Network, body.text("/ipOrganization")),
    ];
    facts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect()
}
