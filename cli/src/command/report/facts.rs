//! What events tell of the visitor.

use super::body::Body;
use super::shown::shown;

/// What is told of a visitor, as it was at an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    Place,
    Device,
    Browser,
    App,
    Language,
    Network,
    Customer,
}

impl Fact {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Place => "Place",
            Self::Device => "Device",
            Self::Browser => "Browser",
            Self::App => "App",
            Self::Language => "Language",
            Self::Network => "Network",
            Self::Customer => "Customer",
        }
    }
}

/// The facts that an event tells, each once.
pub(super) fn facts(body: &Body<'_>) -> Vec<(Fact, String)> {
    let parts = |pointers: &[&str]| -> String {
        let mut parts: Vec<String> = pointers.iter().map(|at| body.text(at)).collect();
        parts.retain(|part| !part.is_empty());
        parts.dedup_by(|one, other| one.to_lowercase() == other.to_lowercase());
        shown(&parts.join(", "))
    };
    let country = ["/geolocation/countryName", "/geolocation/country"];
    let mut place = parts(&["/geolocation/locality", "/geolocation/regionName"]);
    let country = body.first(&country);
    if !place.is_empty() && !country.is_empty() {
        place.push_str(", ");
    }
    place.push_str(&country);
    let facts = [
        (Fact::Place, place),
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
