//! Events as JSON: the envelope and a body for each type.

use super::attributes::{self, Facts};
use super::event_type::EventType;
use super::origin::Origin;
use super::shop::{Label, SHOP};
use super::step::{Action, Page, Step};
use super::topic::Topic;
use super::visit::{TimedStep, Visit};
use super::visitor::Visitor;
use crate::json::Json;
use crate::rng::Rng;

/// Writes one event.
#[derive(Debug)]
pub(super) struct EventWriter<'a> {
    visitor: &'a Visitor,
    visit: &'a Visit,
    origin: &'a Origin,
    position: u64,
    timed: TimedStep,
    topic: Topic,
    /// Random numbers of the event.
    event: Rng,
    /// Random numbers that all events of the scene share.
    scene: Rng,
}

impl<'a> EventWriter<'a> {
    /// `position` must be in `visit`.
    pub(super) fn new(
        key: u64,
        visitor: &'a Visitor,
        visit: &'a Visit,
        origin: &'a Origin,
        position: u64,
    ) -> Self {
        let timed = visit.step(position);
        let mut scene = Rng::of([key, visit.number, timed.scene, 5]);
        Self {
            visitor,
            visit,
            origin,
            position,
            timed,
            topic: Topic::new(visitor.market, &mut scene),
            event: Rng::of([key, position, 4]),
            scene,
        }
    }

    /// Writes the event as one element.
    pub(super) fn write(mut self, event_type: EventType, json: &mut Json) {
        json.object(|json| {
            json.member("id", &self.event.uuid());
            json.member("correlationId", &self.origin.correlation_id);
            json.raw(&self.visitor.envelope);
            json.member("eventType", event_type.name());
            let created = self.timed.at.to_text();
            json.key(event_type.body())
                .object(|json| self.body(event_type, json));
            json.member("createdDate", &created);
        });
    }

    fn body(&mut self, event_type: EventType, json: &mut Json) {
        match (event_type, self.timed.step) {
            (EventType::Web, Step::On(page, action)) => self.web(page, action, json),
            (EventType::App, Step::On(page, action)) => self.app(page, action, json),
            (EventType::WebAction, Step::On(page, action)) => self.web_action(page, action, json),
            (EventType::OutcomeAchieved, _) => self.outcome(json),
            _ => self.segment(json),
        }
    }

    fn web(&mut self, page: Page, action: Action, json: &mut Json) {
        let (label, attributes) = self.label(action);
        json.member("eventName", &label.web);
        json.member("totalEventCount", self.position + 1);
        json.member("totalPageviewCount", self.timed.views);
        json.key("page")
            .object(|json| self.topic.write_page(page, json));
        self.context(json);
        let is_arrival = self.timed.at == self.visit.step(0).at;
        match (is_arrival, self.event.below(8)) {
            (true, _) => json.key("referrer").raw(&self.origin.referrer),
            (false, 0) => (),
            (false, _) => {
                let write = |json: &mut Json| self.topic.write_referrer(previous(page), json);
                json.key("referrer").object(write);
            }
        }
        json.key("attributes")
            .object(|json| self.attributes(attributes, json));
        self.traits(json);
        self.search(action, json);
        json.member("authenticated", self.is_signed_in());
    }

    fn app(&mut self, page: Page, action: Action, json: &mut Json) {
        let (label, attributes) = self.label(action);
        json.member("eventName", &label.app);
        json.member("screenName", self.topic.title(page));
        json.raw(&self.visitor.app);
        self.context(json);
        self.search(action, json);
        json.key("attributes").object(|json| {
            self.attributes(attributes, json);
            self.attributes("app", json);
        });
        self.traits(json);
    }

    fn web_action(&mut self, page: Page, offer: Action, json: &mut Json) {
        let scene = &mut self.scene;
        let [action, map, target] = [scene.uuid(), scene.uuid(), scene.uuid()];
        let disposition = scene.pick(&SHOP.dispositions).as_str();
        let media = scene.pick(&SHOP.media);
        let state = match offer {
            Action::Qualified => "qualified",
            Action::Offered => "offered",
            _ => disposition,
        };
        json.key("action").object(|json| {
            json.member("id", &action);
            json.member("state", state);
            json.member("mediaType", media);
            json.member("prompt", &self.topic.market.prompt);
            json.member("createdDate", &self.timed.at.to_text());
        });
        json.key("actionMap").object(|json| {
            json.member("id", &map);
            json.member("selfUri", ["/api/v2/journey/actionmaps/", &map]);
            json.member("version", 1 + scene.below(30));
            json.member("displayName", ["Offer help on: ", self.topic.title(page)]);
        });
        // Missing from the published properties, but the service sends it.
        json.key("actionTarget").object(|json| {
            json.member("id", &target);
            json.member("selfUri", ["/api/v2/journey/actiontargets/", &target]);
        });
        if offer == Action::Disposed {
            // The offer is always the event before its disposition, in the same visit.
            let offered = self.visit.step(self.position.saturating_sub(1)).at;
            let waited = self.timed.at.0.saturating_sub(offered.0);
            json.member("timeToDisposition", waited);
        }
        if state == "errored" {
            json.member("errorCode", "content.offer.blocked");
            let message = "The page's policy refused the \"offer\" frame.";
            json.member("errorMessage", message);
        }
        self.context(json);
        json.key("visitReferrer").raw(&self.origin.referrer);
    }

    fn outcome(&mut self, json: &mut Json) {
        let [id, name] = self.event.pick(&SHOP.outcomes);
        json.key("outcome").object(|json| {
            json.member("id", id);
            json.member("selfUri", ["/api/v2/journey/outcomes/", id]);
            json.member("displayName", name);
            json.member("version", 1 + self.event.below(12));
        });
        self.context(json);
        json.key("visitReferrer").raw(&self.origin.referrer);
        json.member("visitCreatedDate", &self.origin.created);
    }

    fn segment(&mut self, json: &mut Json) {
        let id = self.event.pick(&SHOP.segments);
        json.key("segment").object(|json| {
            json.member("id", id);
            json.member("selfUri", ["/api/v2/journey/segments/", id]);
        });
    }

    /// Writes what most bodies share: device, location and campaign.
    fn context(&self, json: &mut Json) {
        json.raw(&self.visitor.environment);
        json.raw(&self.origin.campaign);
    }

    /// Returns the label of an action, and the name of the attributes of this event.
    fn label(&mut self, action: Action) -> (&'static Label, &'static str) {
        #[expect(
            clippy::indexing_slicing,
            reason = "every action has one, which a test checks"
        )]
        let label = &SHOP.labels[&action];
        let is_empty = action == Action::Idle && self.event.once_in(2);
        (label, if is_empty { "" } else { &label.attributes })
    }

    fn attributes(&mut self, name: &str, json: &mut Json) {
        let facts = Facts {
            topic: &self.topic,
            email: &self.visitor.email,
            position: self.position,
        };
        attributes::write(name, &facts, &mut self.event, json);
    }

    fn traits(&mut self, json: &mut Json) {
        let name = if self.is_signed_in() { "visitor" } else { "" };
        json.key("traits")
            .object(|json| self.attributes(name, json));
    }

    fn search(&self, action: Action, json: &mut Json) {
        if action == Action::Search {
            json.member("searchQuery", self.topic.search);
        }
    }

    /// Whether the visitor has signed in by now.
    fn is_signed_in(&self) -> bool {
        let since = self.visit.signed_in();
        since.is_some_and(|since| self.timed.at >= since)
    }
}

/// The page that usually leads to this one.
fn previous(page: Page) -> Page {
    match page {
        Page::Product => Page::Category,
        Page::Basket => Page::Product,
        Page::Checkout => Page::Basket,
        Page::Thanks => Page::Checkout,
        Page::Home => Page::Account,
        Page::Category | Page::Results | Page::Help | Page::Account => Page::Home,
    }
}
