//! Who the session is about: what stays the same in all of its events, written once as JSON.

use super::Identity;
use super::devices::{APP_DEVICES, MACHINES, Machine};
use super::markets::{MARKETS, Market};
use super::moment::Moment;
use crate::http::uri;
use crate::json::Json;
use crate::rng::Rng;

/// Whether the visitor came to the site or uses the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Web,
    App,
}

impl Medium {
    /// The value of `session.type`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::App => "app",
        }
    }
}

/// A session's visitor.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) medium: Medium,
    pub(crate) market: &'static Market,
    /// When the first visit starts.
    pub(crate) epoch: Moment,
    pub(crate) email: String,
    /// Members `customerId`, `customerIdType` and `session` of every event.
    pub(crate) envelope: String,
    /// Members from `userAgentString` to `ipOrganization` of an event's body.
    pub(crate) surroundings: String,
    /// Members that only an app's events have.
    pub(crate) app: String,
}

impl Visitor {
    /// Of the sessions of one contact each has the same person, with a device and a time of its own.
    pub(crate) fn new(identity: &Identity) -> Self {
        let (_, own, mut rng) = drawn(identity.key, identity.medium);
        let (person, ..) = drawn(identity.visitor, identity.medium);
        Self {
            medium: identity.medium,
            market: person.market,
            epoch: own.epoch,
            envelope: envelope(&person, identity),
            surroundings: surroundings(&mut rng, own.machine, person.market),
            app: app(&mut rng, person.market),
            email: person.email,
        }
    }
}

/// What the sessions of one contact share.
struct Person {
    market: &'static Market,
    email: String,
    customer_id: String,
    customer_id_type: &'static str,
}

/// What each session has of its own.
struct Own {
    machine: &'static Machine,
    epoch: Moment,
}

/// All that a session is drawn to have, though some of it gives way to what is its visitor's; and the
/// chance that is left. Another order here changes every event.
fn drawn(key: u64, medium: Medium) -> (Person, Own, Rng) {
    let mut rng = Rng::of([key, 2]);
    let market = rng.pick(&MARKETS);
    let machine = match medium {
        Medium::Web => rng.pick(&MACHINES),
        Medium::App => rng.pick(&APP_DEVICES),
    };
    let epoch = Moment(rng.below(120 * 86_400_000));
    let email = format!("visitor-{:06}@customer.example", rng.below(1_000_000));
    let (customer_id, customer_id_type) = if rng.once_in(4) {
        (email.clone(), "email")
    } else {
        (rng.uuid(), "cookie")
    };
    let person = Person {
        market,
        email,
        customer_id,
        customer_id_type,
    };
    (person, Own { machine, epoch }, rng)
}

fn envelope(person: &Person, identity: &Identity) -> String {
    let mut json = Json::default();
    json.key("customerId").string(&person.customer_id);
    json.key("customerIdType").string(person.customer_id_type);
    json.key("session").object(|json| {
        json.key("id").string(&identity.id);
        json.key("selfUri").string(&uri::session(&identity.id));
        json.key("type").string(identity.medium.name());
    });
    json.into_text()
}

fn surroundings(rng: &mut Rng, machine: &Machine, market: &Market) -> String {
    let fingerprint = |rng: &mut Rng| format!("{:016x}", rng.next());
    let mut json = Json::default();
    if let Some(browser) = &machine.browser {
        json.key("userAgentString").string(browser.user_agent);
        json.key("browser").object(|json| {
            json.key("family").string(browser.family);
            json.key("version").string(browser.version);
            json.key("lang").string(market.lang);
            json.key("fingerprint").string(&fingerprint(rng));
            json.raw(browser.view);
            json.raw(r#""featuresFlash":false,"featuresJava":false"#);
            json.raw(r#""featuresPdf":true,"featuresWebrtc":true"#);
        });
    }
    json.key("device").object(|json| {
        json.raw(machine.device);
        json.key("fingerprint").string(&fingerprint(rng));
    });
    json.key("geolocation")
        .object(|json| json.raw(market.geolocation));
    // The ranges that RFC 5737 sets aside for documentation.
    let block = rng.pick(&["192.0.2.", "198.51.100.", "203.0.113."]);
    let host = (1 + rng.below(254)).to_string();
    json.key("ipAddress").concat(&[block, &host]);
    json.key("ipOrganization").string(market.network);
    json.into_text()
}

fn app(rng: &mut Rng, market: &Market) -> String {
    let mut json = Json::default();
    json.key("app").object(|json| {
        json.key("name").concat(&["Harbourlight ", market.lang]);
        json.key("namespace").string("example.harbourlight.shop");
        json.key("version")
            .concat(&["5.", &rng.below(12).to_string(), ".2"]);
        json.key("buildNumber")
            .string(&(700 + rng.below(90)).to_string());
    });
    json.key("sdkLibrary").object(|json| {
        json.key("name").string("harbourlight-journey-sdk");
        json.key("version").string("2.4.1");
    });
    let by_wifi = rng.once_in(2);
    json.key("networkConnectivity").object(|json| {
        if !by_wifi {
            json.key("carrier").string(market.carrier);
        }
        json.key("bluetoothEnabled").boolean(rng.once_in(2));
        json.key("cellularEnabled").boolean(!by_wifi);
        json.key("wifiEnabled").boolean(by_wifi);
    });
    json.into_text()
}
