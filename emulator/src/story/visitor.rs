//! The visitor of a session: what all of its events share, written once as JSON.

use super::identity::{Identity, Medium};
use super::moment::Moment;
use super::shop::{Device, Market, SHOP};
use crate::json::Json;
use crate::paths;
use crate::rng::Rng;

/// The visitor of a session.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) medium: Medium,
    pub(super) market: &'static Market,
    pub(super) first_visit: Moment,
    pub(super) email: String,
    /// Members `customerId`, `customerIdType` and `session` of every event.
    pub(super) envelope: String,
    /// Members `userAgentString` to `ipOrganization` of event bodies.
    pub(super) environment: String,
    /// Members that only app events have.
    pub(super) app: String,
}

impl Visitor {
    /// The sessions of a contact share a person; each has its own device and time.
    pub(super) fn new(identity: &Identity) -> Self {
        let mut own = Drawn::new(identity.key, identity.medium);
        let person = Drawn::new(identity.visitor_key, identity.medium);
        let market = person.market;
        Self {
            medium: identity.medium,
            market,
            first_visit: own.first_visit,
            envelope: Json::text_of(|json| envelope(&person, identity, json)),
            environment: Json::text_of(|json| environment(&mut own, market, json)),
            app: Json::text_of(|json| app(&mut own.rng, market, json)),
            email: person.email,
        }
    }
}

/// Returns when a session's first visit starts.
pub(super) fn first_visit(identity: &Identity) -> Moment {
    Drawn::new(identity.key, identity.medium).first_visit
}

/// What is drawn for a session. The person is that of the contact's first session; the device, the time and
/// the random numbers that follow are the session's own.
struct Drawn {
    market: &'static Market,
    email: String,
    customer_id: String,
    customer_id_type: &'static str,
    device: &'static Device,
    first_visit: Moment,
    rng: Rng,
}

impl Drawn {
    fn new(key: u64, medium: Medium) -> Self {
        let mut rng = Rng::of([key, 2]);
        let market = rng.pick(&SHOP.markets);
        let device = match medium {
            Medium::Web => rng.pick(&SHOP.web_devices),
            Medium::App => rng.pick(&SHOP.app_devices),
        };
        let first_visit = Moment(rng.below(120 * 86_400_000));
        let email = format!("visitor-{:06}@customer.example", rng.below(1_000_000));
        let (customer_id, customer_id_type) = if rng.once_in(4) {
            (email.clone(), "email")
        } else {
            (rng.uuid(), "cookie")
        };
        Self {
            market,
            email,
            customer_id,
            customer_id_type,
            device,
            first_visit,
            rng,
        }
    }
}

fn envelope(person: &Drawn, identity: &Identity, json: &mut Json) {
    json.member("customerId", &person.customer_id);
    json.member("customerIdType", person.customer_id_type);
    json.key("session").object(|json| {
        json.member("id", &identity.id);
        json.member("selfUri", &paths::session(&identity.id));
        json.member("type", identity.medium.name());
    });
}

fn environment(own: &mut Drawn, market: &Market, json: &mut Json) {
    let rng = &mut own.rng;
    let mut fingerprint =
        |json: &mut Json| json.member("fingerprint", &format!("{:016x}", rng.next()));
    if let Some(browser) = &own.device.browser {
        json.member("userAgentString", &browser.user_agent);
        json.key("browser").object(|json| {
            json.member("family", &browser.family);
            json.member("version", &browser.version);
            json.member("lang", &market.lang);
            fingerprint(json);
            json.raw(&browser.viewport);
            json.raw(r#""featuresFlash":false,"featuresJava":false"#);
            json.raw(r#""featuresPdf":true,"featuresWebrtc":true"#);
        });
    }
    json.key("device").object(|json| {
        json.raw(&own.device.device);
        fingerprint(json);
    });
    json.key("geolocation").raw(market.geolocation.get());
    // The documentation ranges of RFC 5737.
    let block = rng.pick(&["192.0.2.", "198.51.100.", "203.0.113."]);
    let host = (1 + rng.below(254)).to_string();
    json.member("ipAddress", [block, &*host]);
    json.member("ipOrganization", &market.network);
}

fn app(rng: &mut Rng, market: &Market, json: &mut Json) {
    json.key("app").object(|json| {
        json.member("name", ["Harbourlight ", &market.lang]);
        json.member("namespace", "example.harbourlight.shop");
        json.member("version", ["5.", &rng.below(12).to_string(), ".2"]);
        json.member("buildNumber", &(700 + rng.below(90)).to_string());
    });
    json.key("sdkLibrary").object(|json| {
        json.member("name", "harbourlight-journey-sdk");
        json.member("version", "2.4.1");
    });
    let on_wifi = rng.once_in(2);
    json.key("networkConnectivity").object(|json| {
        if !on_wifi {
            json.member("carrier", &market.carrier);
        }
        json.member("bluetoothEnabled", rng.once_in(2));
        json.member("cellularEnabled", !on_wifi);
        json.member("wifiEnabled", on_wifi);
    });
}
