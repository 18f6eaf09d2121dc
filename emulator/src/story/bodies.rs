//! Events as JSON: the envelope and a body for each type.

use super::attributes;
use super::event_type::EventType;
use super::labels::{self, Label};
use super::origin::Origin;
use super::shop::Shop;
use super::step::{Offer, Page, Step};
use super::visit::{TimedStep, Visit};
use super::visitor::Visitor;
use crate::json::Json;
use crate::rng::Rng;

/// Writes one event.
#[derive(Debug)]
pub(crate) struct EventWriter<'a> {
    visitor: &'a Visitor,
    visit: &'a Visit,
    origin: &'a Origin,
    position: u64,
    timed: TimedStep,
    shop: Shop,
    /// Random numbers of the event.
    event: Rng,
    /// Random numbers that all events of the scene share.
    scene: Rng,
}

impl<'a> EventWriter<'a> {
    /// `position` must be in `visit`.
    pub(crate) fn new(
        key: u64,
        visitor: &'a Visitor,
        visit: &'a Visit,
        origin: &'a Origin,
        position: u64,
    ) -> Self {
        let timed = visit.step(position);
        let mut scene = Rng::of([key, visit.number, timed.scene, 5]);
        let market = visitor.market;
        let search = *scene.pick(&market.searches);
        Self {
            visitor,
            visit,
            origin,
            position,
            timed,
            shop: Shop {
                market,
                product: scene.pick(market.products),
                search,
                encoded_search: form_urlencoded::byte_serialize(search.as_bytes()).collect(),
            },
            event: Rng::of([key, position, 4]),
            scene,
        }
    }

    /// Writes the event as one element.
    pub(crate) fn write(&self, event_type: EventType, json: &mut Json) {
        let mut rng = self.event.clone();
        json.object(|json| {
            json.key("id").string(&rng.uuid());
            json.key("correlationId")
                .string(&self.origin.correlation_id);
            json.raw(&self.visitor.envelope);
            json.key("eventType").string(event_type.name());
            json.key(body_name(event_type));
            json.object(|json| match event_type {
                EventType::Web => self.web(&mut rng, json),
                EventType::App => self.app(&mut rng, json),
                EventType::WebAction => self.web_action(json),
                EventType::SegmentAssignment | EventType::SegmentAssigned => {
                    segment(&mut rng, json);
                }
                EventType::OutcomeAchieved => self.outcome(&mut rng, json),
            });
            json.key("createdDate").string(&self.timed.at.to_text());
        });
    }

    fn web(&self, rng: &mut Rng, json: &mut Json) {
        let (page, label) = self.label(rng);
        json.key("eventName").string(label.web_name);
        json.key("totalEventCount").integer(self.position + 1);
        json.key("totalPageviewCount").integer(self.timed.views);
        json.key("page");
        self.shop.write_page(page, json);
        self.context(json);
        match (self.is_arrival(), rng.below(8)) {
            (true, _) => json.key("referrer").raw(&self.origin.referrer),
            (false, 0) => (),
            (false, _) => {
                json.key("referrer");
                self.shop.write_referrer(previous(page), json);
            }
        }
        json.key("attributes")
            .object(|json| attributes::write(label.attributes, &self.shop, rng, json));
        json.key("traits").object(|json| self.traits(json));
        if label.is_search {
            json.key("searchQuery").string(self.shop.search);
        }
        json.key("authenticated").boolean(self.is_signed_in());
    }

    fn app(&self, rng: &mut Rng, json: &mut Json) {
        let (page, label) = self.label(rng);
        json.key("eventName").string(label.app_name);
        json.key("screenName").string(self.shop.title(page));
        json.raw(&self.visitor.app);
        self.context(json);
        if label.is_search {
            json.key("searchQuery").string(self.shop.search);
        }
        json.key("attributes").object(|json| {
            attributes::write(label.attributes, &self.shop, rng, json);
            attributes::write_app(&self.shop, self.position, rng, json);
        });
        json.key("traits").object(|json| self.traits(json));
    }

    fn web_action(&self, json: &mut Json) {
        let Step::WebAction(page, offer) = self.timed.step else {
            return;
        };
        let mut scene = self.scene.clone();
        let (action_id, map_id, target_id) = (scene.uuid(), scene.uuid(), scene.uuid());
        let disposed = *scene.pick(&["accepted", "rejected", "ignored", "timedout", "errored"]);
        let media = *scene.pick(&["webMessagingOffer", "contentOffer", "architectFlow"]);
        let state = match offer {
            Offer::Qualified => "qualified",
            Offer::Offered => "offered",
            Offer::Disposed => disposed,
        };
        json.key("action").object(|json| {
            json.key("id").string(&action_id);
            json.key("state").string(state);
            json.key("mediaType").string(media);
            json.key("prompt").string(self.shop.market.prompt);
            json.key("createdDate").string(&self.timed.at.to_text());
        });
        json.key("actionMap").object(|json| {
            json.key("id").string(&map_id);
            json.key("selfUri")
                .concat(&["/api/v2/journey/actionmaps/", &map_id]);
            json.key("version").integer(1 + scene.below(30));
            json.key("displayName")
                .concat(&["Offer help on: ", self.shop.title(page)]);
        });
        // Missing from the published properties, but the service sends it.
        json.key("actionTarget").object(|json| {
            json.key("id").string(&target_id);
            json.key("selfUri")
                .concat(&["/api/v2/journey/actiontargets/", &target_id]);
        });
        if offer == Offer::Disposed {
            // The offer is always the event before its disposition, in the same visit.
            let offered = self.visit.step(self.position.saturating_sub(1)).at;
            json.key("timeToDisposition")
                .integer(self.timed.at.0.saturating_sub(offered.0));
        }
        if state == "errored" {
            json.key("errorCode").string("content.offer.blocked");
            json.key("errorMessage")
                .string("The page's policy refused the \"offer\" frame.");
        }
        self.context(json);
        json.key("visitReferrer").raw(&self.origin.referrer);
    }

    fn outcome(&self, rng: &mut Rng, json: &mut Json) {
        let [id, name] = *rng.pick(&[
            ["0b8f6b1e-4c52-4f0e-9d0e-6a3f0f5b7c01", "Bought something"],
            [
                "0b8f6b1e-4c52-4f0e-9d0e-6a3f0f5b7c02",
                "Bought for \"more than 100\"",
            ],
            [
                "0b8f6b1e-4c52-4f0e-9d0e-6a3f0f5b7c03",
                "Came back within a week",
            ],
        ]);
        json.key("outcome").object(|json| {
            json.key("id").string(id);
            json.key("selfUri")
                .concat(&["/api/v2/journey/outcomes/", id]);
            json.key("displayName").string(name);
            json.key("version").integer(1 + rng.below(12));
        });
        self.context(json);
        json.key("visitReferrer").raw(&self.origin.referrer);
        json.key("visitCreatedDate").string(&self.origin.created);
    }

    /// Writes what most bodies share: device, location and campaign.
    fn context(&self, json: &mut Json) {
        json.raw(&self.visitor.environment);
        json.raw(&self.origin.campaign);
    }

    fn label(&self, rng: &mut Rng) -> (Page, Label) {
        match self.timed.step {
            Step::View(page) => (page, labels::view()),
            Step::Do(page, action) => (page, labels::action(action, rng)),
            Step::WebAction(page, offer) => (page, labels::push(offer)),
            Step::Segment | Step::Outcome => (Page::Home, labels::view()),
        }
    }

    fn is_arrival(&self) -> bool {
        self.timed.at == self.visit.step(0).at
    }

    /// Whether the visitor has signed in by now.
    fn is_signed_in(&self) -> bool {
        self.visit
            .signed_in()
            .is_some_and(|since| self.timed.at >= since)
    }

    fn traits(&self, json: &mut Json) {
        if self.is_signed_in() {
            attributes::attribute("email", "string", &[&self.visitor.email], json);
            attributes::attribute("loyalty_tier", "string", &["harbour \"gold\""], json);
        }
    }
}

fn segment(rng: &mut Rng, json: &mut Json) {
    let id = *rng.pick(&[
        "5e6d0a52-7d0b-4b7e-8f57-1c1d5c3e9a01",
        "5e6d0a52-7d0b-4b7e-8f57-1c1d5c3e9a02",
        "5e6d0a52-7d0b-4b7e-8f57-1c1d5c3e9a03",
        "5e6d0a52-7d0b-4b7e-8f57-1c1d5c3e9a04",
    ]);
    json.key("segment").object(|json| {
        json.key("id").string(id);
        json.key("selfUri")
            .concat(&["/api/v2/journey/segments/", id]);
    });
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

/// The member that holds the body.
fn body_name(event_type: EventType) -> &'static str {
    match event_type {
        EventType::Web => "webEvent",
        EventType::App => "appEvent",
        EventType::WebAction => "webActionEvent",
        EventType::SegmentAssignment => "segmentAssignmentEvent",
        EventType::SegmentAssigned => "segmentAssignedEvent",
        EventType::OutcomeAchieved => "outcomeAchievedEvent",
    }
}
