//! The summary of one event, read field by field: a field that is missing or has an unexpected type
//! doesn't affect the others.

use journey_events::Event;
use journey_events_dataset::format::event_body;
use serde_json::Value;

use super::arrival::{Referral, Site};
use super::body::Body;
use super::facts::{Fact, facts};
use super::json;
use super::person::Person;
use super::text::display_text;

/// The kind of an event; keep in the order of `KINDS` in `format.js`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A page or screen was opened.
    View,
    /// Anything else the visitor did there.
    Activity,
    Search,
    Segment,
    Offer,
    Outcome,
    /// An event type unknown to this version.
    Unknown,
}

/// A page, or a screen of an app.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Page {
    pub(super) title: String,
    /// Host and path, without the query so that all views of a page count together; for a screen, the
    /// app's name.
    pub(super) address: String,
    is_screen: bool,
}

impl Page {
    /// Returns what identifies it: a page's address, or else its title; for a screen both, since all
    /// screens of an app share one address.
    pub(super) fn key(&self) -> String {
        if self.is_screen || self.address.is_empty() {
            format!("{}\n{}", self.address, self.title)
        } else {
            self.address.clone()
        }
    }
}

/// A step of an offer: an action presented to the visitor.
#[derive(Clone, Debug)]
pub(super) struct OfferStep {
    /// The action's id, shared by all steps of an offer; empty if unknown.
    pub(super) id: String,
    pub(super) state: String,
    pub(super) prompt: String,
    pub(super) media_type: String,
}

/// What a report shows of an event.
#[derive(Clone, Debug)]
pub(super) struct Summary {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) detail: String,
    /// What it was about: the words searched for, a product, a form, an offer.
    pub(super) subject: String,
    /// What was searched for.
    pub(super) query: String,
    pub(super) page: Option<Page>,
    /// The session's page views so far, as counted by the service.
    pub(super) total_views: Option<i64>,
    pub(super) offer: Option<OfferStep>,
    pub(super) referral: Option<Referral>,
    /// The site of the event's page.
    pub(super) site: Site,
    pub(super) facts: Vec<(Fact, String)>,
    pub(super) person: Person,
    /// The visitor's IANA time zone; empty if unknown.
    pub(super) zone: String,
    /// Whether some values couldn't be represented.
    pub(super) is_partial: bool,
}

/// Summarizes an event.
pub(super) fn summarize(event: &Event) -> Summary {
    let (json, is_partial) = json::parse_lossy(event.json());
    let short_type = event.event_type().rsplit('.').next().unwrap_or_default();
    let name = event_body::name(event.event_type());
    let body = name.and_then(|name| json.get(name));
    let body = Body(body.unwrap_or(&Value::Null));
    let mut summary = Summary {
        kind: Kind::Unknown,
        name: display_text(short_type),
        detail: String::new(),
        subject: String::new(),
        query: String::new(),
        page: None,
        total_views: None,
        offer: None,
        referral: Referral::of(&body),
        site: Site::of(&body, "/page"),
        facts: facts(&body),
        person: Person::of(event, &body),
        zone: body.text("/geolocation/timezone"),
        is_partial,
    };
    match short_type {
        "WebEvent" | "AppEvent" => read_activity(&body, &mut summary),
        "SegmentAssignmentEvent" | "SegmentAssignedEvent" => {
            summary.kind = Kind::Segment;
            summary.name = body.first(&["/segment/displayName", "/segment/id"]);
        }
        "OutcomeAchievedEvent" => {
            summary.kind = Kind::Outcome;
            summary.name = body.first(&["/outcome/displayName", "/outcome/id"]);
        }
        "WebActionEvent" | "GenericActionEvent" => read_offer(&body, &mut summary),
        _ => {}
    }
    if summary.name.is_empty() {
        "(no name)".clone_into(&mut summary.name);
    }
    summary
}

/// The attributes that say what an activity was about.
const SUBJECTS: [&str; 8] = [
    "/attributes/product_name/value",
    "/attributes/productName/value",
    "/attributes/product/value",
    "/attributes/form_name/value",
    "/attributes/formName/value",
    "/attributes/title/value",
    "/attributes/label/value",
    "/attributes/name/value",
];

fn read_activity(body: &Body<'_>, summary: &mut Summary) {
    const VIEWS: [&str; 4] = ["page_viewed", "pageview", "screen_viewed", "screenview"];
    summary.name = body.text("/eventName");
    summary.total_views = body.at("/totalPageviewCount").and_then(Value::as_i64);
    summary.page = page(body);
    let mut details = Vec::new();
    let query = body.text("/searchQuery");
    summary.kind = match summary.name.as_str() {
        name if VIEWS.contains(&name) => Kind::View,
        _ if query.is_empty() => Kind::Activity,
        _ => Kind::Search,
    };
    summary.subject = if query.is_empty() {
        body.first(&SUBJECTS)
    } else {
        query.clone()
    };
    summary.query.clone_from(&query);
    if !query.is_empty() {
        details.push(format!("searched for “{query}”"));
    }
    if let Some(Value::Object(attributes)) = body.at("/attributes") {
        let values = attributes
            .iter()
            .filter_map(|(name, value)| Some((name, value.get("value")?.as_str()?)));
        details.extend(values.map(|(name, value)| format!("{name}: {value}")));
    }
    summary.detail = display_text(&details.join(", "));
}

fn page(body: &Body<'_>) -> Option<Page> {
    let screen = body.text("/screenName");
    let is_screen = !screen.is_empty();
    let (title, address) = if is_screen {
        (screen, body.text("/app/name"))
    } else {
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
    };
    let title = if title.is_empty() {
        address.clone()
    } else {
        title
    };
    (!title.is_empty()).then_some(Page {
        title,
        address,
        is_screen,
    })
}

fn read_offer(body: &Body<'_>, summary: &mut Summary) {
    let step = OfferStep {
        id: body.text("/action/id"),
        state: body.first(&["/action/state", "/errorCode"]),
        prompt: body.first(&["/action/prompt", "/actionMap/displayName", "/action/id"]),
        media_type: body.text("/action/mediaType"),
    };
    summary.kind = Kind::Offer;
    summary.name = if step.state.is_empty() {
        "offer".to_owned()
    } else {
        format!("offer {}", step.state)
    };
    let error = body.first(&["/errorMessage", "/errorCode"]);
    let parts = [
        step.prompt.as_str(),
        step.media_type.as_str(),
        error.as_str(),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    summary.detail = display_text(&parts.join(", "));
    summary.subject.clone_from(&step.prompt);
    summary.offer = Some(step);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Summary {
        summarize(&Event::from_json(json).unwrap())
    }

    #[test]
    fn a_page_view_has_its_page_and_referral() {
        let summary = of(
            r#"{"eventType":"com.genesys.journey.WebEvent","customerId":"c","webEvent":
            {"eventName":"page_viewed","totalPageviewCount":3,"searchQuery":"lamp",
            "page":{"title":"Shop","hostname":"a.example","pathname":"/x","url":"https://a.example/x?y"},
            "referrer":{"hostname":"b.example","medium":"search"},
            "geolocation":{"locality":"Ulm","countryName":"Germany"},
            "device":{"type":"Tablet","osFamily":7},
            "attributes":{"results":{"dataType":"integer","value":"7"},"odd":3}}}"#,
        );
        assert_eq!(summary.kind, Kind::View);
        assert_eq!(summary.total_views, Some(3));
        assert_eq!(summary.detail, "searched for “lamp”, results: 7");
        let page = summary.page.unwrap();
        assert_eq!(
            (page.title.as_str(), page.address.as_str()),
            ("Shop", "a.example/x")
        );
        assert!(summary.referral.is_some());
        let facts = [
            (Fact::Location, "Ulm, Germany".to_owned()),
            (Fact::Device, "Tablet".to_owned()),
        ];
        assert_eq!(summary.facts, facts);
    }

    #[test]
    fn an_unrepresentable_value_keeps_the_rest_of_the_event() {
        for odd in [r#""searchQuery":"\ud800""#, r#""odd":1e999"#] {
            let summary = of(&format!(
                r#"{{"eventType":"com.genesys.journey.WebEvent","webEvent":{{{odd},"eventName":"page_viewed","page":{{"title":"Shop"}}}}}}"#
            ));
            assert!(summary.is_partial, "{odd}");
            assert_eq!(
                (summary.kind, summary.name.as_str()),
                (Kind::View, "page_viewed")
            );
            assert_eq!(summary.page.unwrap().title, "Shop");
        }
    }

    #[test]
    fn other_types_are_named_after_their_subject() {
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
            let summary = of(json);
            assert_eq!(
                (summary.kind, summary.name.as_str()),
                (kind, name),
                "{json}"
            );
        }
    }
}
