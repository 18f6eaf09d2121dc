//! Where a visit originates: its campaign and referrer.

use super::shop::{Market, SHOP};
use super::visit::Visit;
use crate::json::Json;
use crate::rng::Rng;

/// What the events of a visit share, written once as JSON.
#[derive(Debug)]
pub(super) struct Origin {
    /// The visit's number.
    pub(super) visit: u64,
    pub(super) correlation_id: String,
    /// The member `mktCampaign`; empty if the visit has no campaign.
    pub(super) campaign: String,
    /// The value of `referrer` or `visitReferrer`.
    pub(super) referrer: String,
    /// The value of `visitCreatedDate`.
    pub(super) created: String,
}

impl Origin {
    pub(super) fn new(key: u64, market: &Market, visit: &Visit) -> Self {
        let mut rng = Rng::of([key, visit.number, 3]);
        let rng = &mut rng;
        Self {
            visit: visit.number,
            correlation_id: rng.uuid(),
            campaign: Json::text_of(|json| campaign(rng, json)),
            referrer: Json::text_of(|json| json.object(|json| referrer(rng, market, json))),
            created: visit.start.to_text(),
        }
    }
}

fn campaign(rng: &mut Rng, json: &mut Json) {
    if rng.below(10) <= 2 {
        return;
    }
    let name = rng.pick(&SHOP.campaigns);
    let [source, medium, network] = rng.pick(&SHOP.channels);
    json.key("mktCampaign").object(|json| {
        json.member("content", [name, "-", medium, "-textlink"]);
        json.member("medium", medium);
        json.member("name", name);
        json.member("source", source);
        json.member("term", "storm+lantern");
        json.member("clickId", &format!("EX{:016x}", rng.next()));
        json.member("network", network);
    });
}

fn referrer(rng: &mut Rng, market: &Market, json: &mut Json) {
    let search = rng.pick(&market.searches);
    let encoded: String = form_urlencoded::byte_serialize(search.as_bytes()).collect();
    let [host, name, medium] = rng.pick(&SHOP.referrers);
    json.member("url", ["https://www.", host, "/?q=", &encoded]);
    json.member("domain", host);
    json.member("hostname", ["www.", host]);
    json.member("keywords", search);
    json.member("pathname", "/");
    json.member("queryString", ["q=", &encoded]);
    json.member("fragment", "");
    json.member("name", name);
    json.member("medium", medium);
}
