//! Facts about the visitor that events report.

use super::body::Body;
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
    pub(super) fn name(self) -> &'static str {
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
