//! The visitor of a session: what all of its events share, written once as JSON.

use super::devices::{APP_DEVICES, Device, WEB_DEVICES};
use super::identity::{Identity, Medium};
use super::markets::{MARKETS, Market};
use super::moment::Moment;
use crate::json::Json;
use crate::paths;
use crate::rng::Rng;

/// The visitor of a session.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) medium: Medium,
    pub(crate) market: &'static Market,
    pub(crate) first_visit: Moment,
    pub(crate) email: String,
    /// Members `customerId`, `customerIdType` and `session` of every event.
    pub(crate) envelope: String,
    /// Members `userAgentString` to `ipOrganization` of event bodies.
    pub(crate) environment: String,
    /// Members that only app events have.
    pub(crate) app: String,
}

impl Visitor {
    /// The sessions of a contact share a person; each has its own device and time.
    pub(crate) fn new(identity: &Identity) -> Self {
        let (_, own, mut rng) = draw(identity.key, identity.medium);
        let (person, ..) = draw(identity.visitor_key, identity.medium);
        Self {
            medium: identity.medium,
            market: person.market,
            first_visit: own.first_visit,
            envelope: envelope(&person, identity),
            environment: environment(&mut rng, own.device, person.market),
            app: app(&mut rng, person.market),
            email: person.email,
        }
    }
}

/// Returns when a session's first visit starts.
pub(super) fn first_visit(identity: &Identity) -> Moment {
    let (_, own, _) = draw(identity.key, identity.medium);
    own.first_visit
}

/// What the sessions of one contact share.
struct Person {
    market: &'static Market,
    email: String,
    customer_id: String,
    customer_id_type: &'static str,
}

/// What each session has for itself.
struct Own {
    device: &'static Device,
    first_visit: Moment,
}

/// Draws a person and a session's own traits, and returns the random numbers that follow. Both are
/// always drawn, though a caller may use only one: changing the order of draws would change every
/// event.
fn draw(key: u64, medium: Medium) -> (Person, Own, Rng) {
    let mut rng = Rng::of([key, 2]);
    let market = rng.pick(&MARKETS);
    let device = match medium {
        Medium::Web => rng.pick(&WEB_DEVICES),
        Medium::App => rng.pick(&APP_DEVICES),
    };
    let first_visit = Moment(rng.below(120 * 86_400_000));
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
    let own = Own {
        device,
        first_visit,
    };
    (person, own, rng)
}

fn envelope(person: &Person, identity: &Identity) -> String {
    let mut json = Json::default();
    json.key("customerId").string(&person.customer_id);
    json.key("customerIdType").string(person.customer_id_type);
    json.key("session").object(|json| {
        json.key("id").string(&identity.id);
        json.key("selfUri").string(&paths::session(&identity.id));
        json.key("type").string(identity.medium.name());
    });
    json.into_text()
}

fn environment(rng: &mut Rng, device: &Device, market: &Market) -> String {
    let fingerprint = |rng: &mut Rng| format!("{:016x}", rng.next());
    let mut json = Json::default();
    if let Some(browser) = &device.browser {
        json.key("userAgentString").string(browser.user_agent);
        json.key("browser").object(|json| {
            json.key("family").string(browser.family);
            json.key("version").string(browser.version);
            json.key("lang").string(market.lang);
            json.key("fingerprint").string(&fingerprint(rng));
            json.raw(browser.viewport);
            json.raw(r#""featuresFlash":false,"featuresJava":false"#);
            json.raw(r#""featuresPdf":true,"featuresWebrtc":true"#);
        });
    }
    json.key("device").object(|json| {
        json.raw(device.members);
        json.key("fingerprint").string(&fingerprint(rng));
    });
    json.key("geolocation")
        .object(|json| json.raw(market.geolocation));
    // The documentation ranges of RFC 5737.
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
    let on_wifi = rng.once_in(2);
    json.key("networkConnectivity").object(|json| {
        if !on_wifi {
            json.key("carrier").string(market.carrier);
        }
        json.key("bluetoothEnabled").boolean(rng.once_in(2));
        json.key("cellularEnabled").boolean(!on_wifi);
        json.key("wifiEnabled").boolean(on_wifi);
    });
    json.into_text()
}
