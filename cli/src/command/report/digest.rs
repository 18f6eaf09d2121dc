//! What a report tells of one event, read field by field: one that is missing or of another type than
//! published leaves the others as they are.

use journey_events::Event;
use serde_json::Value;

use super::arrival::{Site, Told};
use super::body::Body;
use super::facts::{Fact, facts};
use super::json;
use super::shown::shown;
use crate::format::event_body;

/// What an event is about; the page has the same order in `words.js`.
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

/// A page, or a screen of an app.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) title: String,
    /// Host and path; the query is left out, so that views of one page count together. Of a screen, its
    /// app's name.
    pub(super) address: String,
    is_screen: bool,
}

impl Place {
    /// What tells it from others: a page's address, else its title; a screen's title too, since all
    /// screens of an app have one address.
    pub(super) fn key(&self) -> String {
        if self.is_screen || self.address.is_empty() {
            format!("{}\n{}", self.address, self.title)
        } else {
            self.address.clone()
        }
    }
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
    /// Where it says that the visitor came from, and the site that its page is of.
    pub(super) told: Option<Told>,
    pub(super) site: Site,
    pub(super) facts: Vec<(Fact, String)>,
    /// The visitor's time zone, by its IANA name; empty if it isn't told.
    pub(super) zone: String,
    /// Something in it is JSON that can't be told here, and left out.
    pub(super) is_partial: bool,
}

/// Reads what there is to tell.
pub(super) fn digest(event: &Event) -> Digest {
    let (whole, is_partial) = json::held(event.json());
    let short_type = event.event_type().rsplit('.').next().unwrap_or_default();
    let body = event_body::of(&whole, event.event_type());
    let body = Body(body.unwrap_or(&Value::Null));
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
        told: Told::of(&body),
        site: Site::of(&body, "/page"),
        facts,
        zone: body.text("/geolocation/timezone"),
        is_partial,
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
    (!title.is_empty()).then_some(Place {
        title,
        address,
        is_screen,
    })
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
        assert!(digest.told.is_some());
        let facts = [
            (Fact::Place, "Ulm, Germany".to_owned()),
            (Fact::Device, "Tablet".to_owned()),
            (Fact::Customer, "c (id)".to_owned()),
        ];
        assert_eq!(digest.facts, facts);
    }

    #[test]
    fn what_cannot_be_told_leaves_the_rest_of_the_event() {
        for odd in [r#""searchQuery":"\ud800""#, r#""odd":1e999"#] {
            let digest = of(&format!(
                r#"{{"eventType":"com.genesys.journey.WebEvent","webEvent":{{{odd},"eventName":"page_viewed","page":{{"title":"Shop"}}}}}}"#
            ));
            assert!(digest.is_partial, "{odd}");
            assert_eq!(
                (digest.kind, digest.name.as_str()),
                (Kind::View, "page_viewed")
            );
            assert_eq!(digest.place.unwrap().title, "Shop");
        }
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
}
