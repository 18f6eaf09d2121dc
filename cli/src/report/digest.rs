//! What a report tells of one event, read field by field: one that is missing or of another type than
//! published leaves the others as they are.

use std::fmt::Write as _;

use journey_events::Event;
use serde_json::Value;

/// Longest text beside an event, in characters; its JSON has all of it.
const LONGEST_TEXT: usize = 300;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A page or a screen was opened.
    View,
    /// Something was done there.
    Deed,
    Segment,
    Offer,
    Outcome,
    /// A type that this version does not know.
    Unknown,
}

/// What is told of a visitor, as it was at an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    CameFrom,
    Campaign,
    Place,
    Device,
    Browser,
    App,
    Language,
    Network,
    Customer,
    Zone,
}

impl Fact {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CameFrom => "Came from",
            Self::Campaign => "Campaign",
            Self::Place => "Place",
            Self::Device => "Device",
            Self::Browser => "Browser",
            Self::App => "App",
            Self::Language => "Language",
            Self::Network => "Network",
            Self::Customer => "Customer",
            Self::Zone => "Time zone",
        }
    }
}

/// A page, or a screen of an app.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) title: String,
    /// Host and path; the query is left out, so that views of one page count together.
    pub(super) address: String,
}

/// A step of an action that was offered to a visitor.
#[derive(Clone, Debug)]
pub(super) struct OfferStep {
    /// What steps of one offer have in common; empty if the event doesn't say.
    pub(super) id: String,
    pub(super) state: String,
    pub(super) prompt: String,
    pub(super) medium: String,
}

/// An event, as far as a report tells of it.
#[derive(Clone, Debug)]
pub(super) struct Digest {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) detail: String,
    pub(super) place: Option<Place>,
    /// Page views of the session up to here.
    pub(super) views: Option<i64>,
    pub(super) offer: Option<OfferStep>,
    pub(super) facts: Vec<(Fact, String)>,
}

/// Reads what there is to tell.
pub(super) fn digest(event: &Event) -> Digest {
    // An event is JSON that was read before; of what `Value` can't hold (1e999), nothing is told.
    let whole: Value = serde_json::from_str(event.json()).unwrap_or_default();
    let short_type = event.event_type().rsplit('.').next().unwrap_or_default();
    let body = Body(whole.get(body_name(short_type)).unwrap_or(&Value::Null));
    let mut facts = facts(&body);
    if let Some(id) = event.customer_id() {
        let known_by = event.customer_id_type().unwrap_or("id");
        facts.push((Fact::Customer, shown(&format!("{id} ({known_by})"))));
    }
    let mut digest = Digest {
        kind: Kind::Unknown,
        name: shown(short_type),
        detail: String::new(),
        place: None,
        views: None,
        offer: None,
        facts,
    };
    match short_type {
        "WebEvent" | "AppEvent" => deed(&body, &mut digest),
        "SegmentAssignmentEvent" | "SegmentAssignedEvent" => {
            digest.kind = Kind::Segment;
            digest.name = body.first(&["/segment/displayName", "/segment/id"]);
        }
        "OutcomeAchievedEvent" => {
            digest.kind = Kind::Outcome;
            digest.name = body.first(&["/outcome/displayName", "/outcome/id"]);
        }
        "WebActionEvent" | "GenericActionEvent" => offer(&body, &mut digest),
        _ => {}
    }
    if digest.name.is_empty() {
        "(no name)".clone_into(&mut digest.name);
    }
    digest
}

fn deed(body: &Body<'_>, digest: &mut Digest) {
    const VIEWS: [&str; 4] = ["page_viewed", "pageview", "screen_viewed", "screenview"];
    digest.name = body.text("/eventName");
    digest.kind = if VIEWS.contains(&digest.name.as_str()) {
        Kind::View
    } else {
        Kind::Deed
    };
    digest.views = body.at("/totalPageviewCount").and_then(Value::as_i64);
    digest.place = place(body);
    let mut details = Vec::new();
    let query = body.text("/searchQuery");
    if !query.is_empty() {
        details.push(format!("searched for “{query}”"));
    }
    if let Some(Value::Object(attributes)) = body.at("/attributes") {
        let values = attributes
            .iter()
            .filter_map(|(name, value)| Some((name, value.get("value")?.as_str()?)));
        details.extend(values.map(|(name, value)| format!("{name}: {value}")));
    }
    digest.detail = shown(&details.join(", "));
}

fn place(body: &Body<'_>) -> Option<Place> {
    let screen = body.text("/screenName");
    let (title, address) = if screen.is_empty() {
        let host = body.text("/page/hostname");
        let path = body.text("/page/pathname");
        let address = if host.is_empty() && path.is_empty() {
            let url = body.text("/page/url");
            let end = url.find(['?', '#']).unwrap_or(url.len());
            url.get(..end).unwrap_or_default().to_owned()
        } else {
            format!("{host}{path}")
        };
        (body.text("/page/title"), address)
    } else {
        (screen, body.text("/app/name"))
    };
    let title = if title.is_empty() {
        address.clone()
    } else {
        title
    };
    (!title.is_empty()).then_some(Place { title, address })
}

fn offer(body: &Body<'_>, digest: &mut Digest) {
    let step = OfferStep {
        id: body.text("/action/id"),
        state: body.first(&["/action/state", "/errorCode"]),
        prompt: body.first(&["/action/prompt", "/actionMap/displayName", "/action/id"]),
        medium: body.text("/action/mediaType"),
    };
    digest.kind = Kind::Offer;
    digest.name = if step.state.is_empty() {
        "offer".to_owned()
    } else {
        format!("offer {}", step.state)
    };
    let error = body.first(&["/errorMessage", "/errorCode"]);
    let parts = [step.prompt.as_str(), step.medium.as_str(), error.as_str()];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    digest.detail = shown(&parts.join(", "));
    digest.offer = Some(step);
}

fn facts(body: &Body<'_>) -> Vec<(Fact, String)> {
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
        (Fact::CameFrom, came_from(body)),
        (
            Fact::Campaign,
            parts(&[
                "/mktCampaign/name",
                "/mktCampaign/source",
                "/mktCampaign/medium",
                "/mktCampaign/term",
            ]),
        ),
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
        (Fact::Zone, body.text("/geolocation/timezone")),
    ];
    facts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// Where the visit came from. A page's referrer within its own site is not that.
fn came_from(body: &Body<'_>) -> String {
    for referrer in ["/visitReferrer", "/referrer"] {
        let field = |name: &str| body.text(&format!("{referrer}{name}"));
        let host = field("/hostname");
        let own = body.text("/page/hostname");
        let name = [field("/name"), host.clone(), field("/url")]
            .into_iter()
            .find(|text| !text.is_empty());
        let is_inside = !host.is_empty() && host == own;
        let Some(name) = name.filter(|_| !is_inside) else {
            continue;
        };
        let medium = field("/medium");
        return match medium.as_str() {
            "" | "unknown" => name,
            medium => format!("{name} ({medium})"),
        };
    }
    String::new()
}

/// The body of an event, or null.
struct Body<'a>(&'a Value);

impl Body<'_> {
    fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// A text as it is shown; empty if there is none.
    fn text(&self, pointer: &str) -> String {
        self.at(pointer)
            .and_then(Value::as_str)
            .map_or_else(String::new, shown)
    }

    /// The first text that is not empty.
    fn first(&self, pointers: &[&str]) -> String {
        let mut texts = pointers.iter().map(|at| self.text(at));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }
}

/// The body's name: the type's last part in camel case.
fn body_name(short_type: &str) -> String {
    let mut letters = short_type.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// A text as a person may see it: short, on one line, and with nothing in it that is not seen or that
/// turns the direction of what stands beside it.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (index, letter) in text.trim().chars().enumerate() {
        if index == LONGEST_TEXT {
            shown.push('…');
            break;
        }
        match letter {
            '\n' | '\r' | '\t' => shown.push(' '),
            letter if letter.is_control() || turns_direction(letter) => {
                let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(letter));
            }
            letter => shown.push(letter),
        }
    }
    shown
}

/// Embeddings, overrides and isolates of Unicode's bidirectional algorithm (UAX #9).
fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Digest {
        digest(&Event::from_json(json).unwrap())
    }

    #[test]
    fn a_page_view_has_its_page_and_where_the_visit_came_from() {
        let digest = of(
            r#"{"eventType":"com.genesys.journey.WebEvent","customerId":"c","webEvent":
            {"eventName":"page_viewed","totalPageviewCount":3,"searchQuery":"lamp",
            "page":{"title":"Shop","hostname":"a.example","pathname":"/x","url":"https://a.example/x?y"},
            "referrer":{"hostname":"b.example","medium":"search"},
            "geolocation":{"locality":"Ulm","countryName":"Germany"},
            "device":{"type":"Tablet","osFamily":7},
            "attributes":{"results":{"dataType":"integer","value":"7"},"odd":3}}}"#,
        );
        assert_eq!(digest.kind, Kind::View);
        assert_eq!(digest.views, Some(3));
        assert_eq!(digest.detail, "searched for “lamp”, results: 7");
        let place = digest.place.unwrap();
        assert_eq!(
            (place.title.as_str(), place.address.as_str()),
            ("Shop", "a.example/x")
        );
        let facts = [
            (Fact::CameFrom, "b.example (search)".to_owned()),
            (Fact::Place, "Ulm, Germany".to_owned()),
            (Fact::Device, "Tablet".to_owned()),
            (Fact::Customer, "c (id)".to_owned()),
        ];
        assert_eq!(digest.facts, facts);
    }

    #[test]
    fn a_referrer_within_the_site_is_not_where_the_visit_came_from() {
        let digest = of(r#"{"eventType":"com.genesys.journey.WebEvent","webEvent":
            {"page":{"hostname":"a.example"},"referrer":{"hostname":"a.example","name":"A"}}}"#);
        assert_eq!(digest.facts, []);
    }

    #[test]
    fn the_other_types_are_named_for_what_they_are_about() {
        for (json, kind, name) in [
            (
                r#"{"eventType":"com.genesys.journey.SegmentAssignmentEvent","segmentAssignmentEvent":{"segment":{"id":"s"}}}"#,
                Kind::Segment,
                "s",
            ),
            (
                r#"{"eventType":"com.genesys.journey.SegmentAssignedEvent","segmentAssignedEvent":{"segment":{"id":"s","displayName":"Gold"}}}"#,
                Kind::Segment,
                "Gold",
            ),
            (
                r#"{"eventType":"com.genesys.journey.OutcomeAchievedEvent","outcomeAchievedEvent":{"outcome":{"displayName":"Bought"}}}"#,
                Kind::Outcome,
                "Bought",
            ),
            (
                r#"{"eventType":"com.genesys.journey.WebActionEvent","webActionEvent":{"action":{"state":"accepted"}}}"#,
                Kind::Offer,
                "offer accepted",
            ),
            (
                r#"{"eventType":"com.genesys.journey.OutcomeAchievedEvent"}"#,
                Kind::Outcome,
                "(no name)",
            ),
            (
                r#"{"eventType":"com.genesys.journey.NewEvent"}"#,
                Kind::Unknown,
                "NewEvent",
            ),
            (r#"{"eventType":""}"#, Kind::Unknown, "(no name)"),
        ] {
            let digest = of(json);
            assert_eq!((digest.kind, digest.name.as_str()), (kind, name), "{json}");
        }
    }

    #[test]
    fn a_shown_text_is_short_and_hides_nothing() {
        assert_eq!(
            shown(" a\n\u{0}\u{202e}b\u{2069} "),
            "a ⟨U+0000⟩⟨U+202E⟩b⟨U+2069⟩"
        );
        assert_eq!(shown("שלום\u{200f}"), "שלום\u{200f}");
        let long = shown(&"ä".repeat(LONGEST_TEXT + 5));
        assert_eq!(long.chars().count(), LONGEST_TEXT + 1);
    }
}
