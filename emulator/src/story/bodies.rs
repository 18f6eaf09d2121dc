//! Events as JSON: the envelope and, for each type, its body.

use super::labels::{self, Told};
use super::scenes::{Offer, Place, Step};
use super::shop::Page;
use super::visit::Beat;
use super::{EventType, Story};
use crate::json::Json;
use crate::rng::Rng;

pub(super) fn write(story: &Story, position: u64, event_type: EventType, json: &mut Json) {
    let beat = story.plot.beat(position);
    let mut rng = Rng::of([story.key, position, 4]);
    let mut scene = Rng::of([story.key, story.plot.chapter, beat.scene, 5]);
    let market = story.visitor.market;
    let search = *scene.pick(&market.searches);
    let encoded_search: String = form_urlencoded::byte_serialize(search.as_bytes()).collect();
    let page = Page {
        market,
        ware: scene.pick(market.wares),
        search,
        encoded_search: &encoded_search,
    };
    let teller = Teller {
        story,
        beat,
        position,
        page,
        scene,
    };
    json.object(|json| {
        json.key("id").string(&rng.uuid());
        json.key("correlationId")
            .string(&story.visit.correlation_id);
        json.raw(&story.visitor.envelope);
        json.key("eventType").string(event_type.name());
        match event_type {
            EventType::Web => json
                .key("webEvent")
                .object(|json| teller.web(&mut rng, json)),
            EventType::App => json
                .key("appEvent")
                .object(|json| teller.app(&mut rng, json)),
            EventType::WebAction => json
                .key("webActionEvent")
                .object(|json| teller.action(json)),
            EventType::SegmentAssignment => {
                json.key("segmentAssignmentEvent")
                    .object(|json| segment(&mut rng, json));
            }
            EventType::SegmentAssigned => {
                json.key("segmentAssignedEvent")
                    .object(|json| segment(&mut rng, json));
            }
            EventType::OutcomeAchieved => {
                json.key("outcomeAchievedEvent")
                    .object(|json| teller.outcome(&mut rng, json));
            }
        }
        json.key("createdDate").string(&beat.at.to_text());
    });
}

struct Teller<'a> {
    story: &'a Story,
    beat: Beat,
    position: u64,
    page: Page<'a>,
    /// Chance that all events of the scene share.
    scene: Rng,
}

impl Teller<'_> {
    fn web(&self, rng: &mut Rng, json: &mut Json) {
        let (place, told) = self.told(rng);
        json.key("eventName").string(told.web_name);
        json.key("totalEventCount").integer(self.position + 1);
        json.key("totalPageviewCount").integer(self.beat.views);
        json.key("page");
        self.page.write(place, json);
        self.surroundings(json);
        match (self.is_arrival(), rng.below(8)) {
            (true, _) => json.key("referrer").raw(&self.story.visit.referrer),
            (false, 0) => (),
            (false, _) => {
                json.key("referrer");
                self.page.write_as_referrer(previous(place), json);
            }
        }
        json.key("attributes")
            .object(|json| labels::attributes(&told, &self.page, rng, json));
        json.key("traits").object(|json| self.traits(json));
        if told.searches {
            json.key("searchQuery").string(self.page.search);
        }
        json.key("authenticated").boolean(self.is_known());
    }

    fn app(&self, rng: &mut Rng, json: &mut Json) {
        let (place, told) = self.told(rng);
        let visitor = &self.story.visitor;
        json.key("eventName").string(told.app_name);
        json.key("screenName").string(self.page.title(place));
        json.raw(&visitor.app);
        self.surroundings(json);
        if told.searches {
            json.key("searchQuery").string(self.page.search);
        }
        json.key("attributes").object(|json| {
            labels::attributes(&told, &self.page, rng, json);
            labels::app_attributes(&self.page, self.position, rng, json);
        });
        json.key("traits").object(|json| self.traits(json));
    }

    fn action(&self, json: &mut Json) {
        let Step::Action(place, offer) = self.beat.step else {
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
            json.key("prompt").string(self.page.market.prompt);
            json.key("createdDate").string(&self.beat.at.to_text());
        });
        json.key("actionMap").object(|json| {
            json.key("id").string(&map_id);
            json.key("selfUri")
                .concat(&["/api/v2/journey/actionmaps/", &map_id]);
            json.key("version").integer(1 + scene.below(30));
            json.key("displayName")
                .concat(&["Offer help on: ", self.page.title(place)]);
        });
        // Not in the published properties, but among those that the service's pages show.
        json.key("actionTarget").object(|json| {
            json.key("id").string(&target_id);
            json.key("selfUri")
                .concat(&["/api/v2/journey/actiontargets/", &target_id]);
        });
        if offer == Offer::Disposed {
            // An offer is always the event just before its disposition, in the same chapter.
            let offered = self.story.plot.beat(self.position.saturating_sub(1)).at;
            json.key("timeToDisposition")
                .integer(self.beat.at.0.saturating_sub(offered.0));
        }
        if state == "errored" {
            json.key("errorCode").string("content.offer.blocked");
            json.key("errorMessage")
                .string("The page's policy refused the \"offer\" frame.");
        }
        self.surroundings(json);
        json.key("visitReferrer").raw(&self.story.visit.referrer);
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
        self.surroundings(json);
        json.key("visitReferrer").raw(&self.story.visit.referrer);
        json.key("visitCreatedDate")
            .string(&self.story.visit.created);
    }

    /// What nearly every body has: who looks at the page, from where, and why they came.
    fn surroundings(&self, json: &mut Json) {
        json.raw(&self.story.visitor.surroundings);
        json.raw(&self.story.visit.campaign);
    }

    fn told(&self, rng: &mut Rng) -> (Place, Told) {
        match self.beat.step {
            Step::View(place) => (place, labels::view()),
            Step::Do(place, deed) => (place, labels::told(deed, rng)),
            Step::Action(place, offer) => (place, labels::push(offer)),
            Step::Segment | Step::Outcome => (Place::Home, labels::view()),
        }
    }

    fn is_arrival(&self) -> bool {
        self.beat.at == self.story.plot.beat(0).at
    }

    /// Whether the visitor has signed in: in some visits they do so early.
    fn is_known(&self) -> bool {
        self.story
            .plot
            .signed_in()
            .is_some_and(|since| self.beat.at >= since)
    }

    fn traits(&self, json: &mut Json) {
        if self.is_known() {
            labels::attribute("email", "string", &[&self.story.visitor.email], json);
            labels::attribute("loyalty_tier", "string", &["harbour \"gold\""], json);
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

/// The page that one usually comes from.
fn previous(place: Place) -> Place {
    match place {
        Place::Product => Place::Category,
        Place::Basket => Place::Product,
        Place::Checkout => Place::Basket,
        Place::Thanks => Place::Checkout,
        Place::Home => Place::Account,
        Place::Category | Place::Results | Place::Help | Place::Account => Place::Home,
    }
}
