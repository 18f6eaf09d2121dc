//! Where a visit originates: its campaign and referrer.

use super::markets::Market;
use super::visit::Visit;
use crate::json::Json;
use crate::rng::Rng;

/// What the events of a visit share, written once as JSON.
#[derive(Debug)]
pub(crate) struct Origin {
    /// The visit's number.
    pub(crate) visit: u64,
    pub(crate) correlation_id: String,
    /// The member `mktCampaign`; empty if the visit has no campaign.
    pub(crate) campaign: String,
    /// The value of `referrer` or `visitReferrer`.
    pub(crate) referrer: String,
    /// The value of `visitCreatedDate`.
    pub(crate) created: String,
}

impl Origin {
    pub(crate) fn new(key: u64, market: &Market, visit: &Visit) -> Self {
        let mut rng = Rng::of([key, visit.number, 3]);
        Self {
            visit: visit.number,
            correlation_id: rng.uuid(),
            campaign: campaign(&mut rng),
            referrer: referrer(&mut rng, market),
            created: visit.start.to_text(),
        }
    }
}

fn campaign(rng: &mut Rng) -> String {
    let mut json = Json::default();
    if rng.below(10) > 2 {
        let name = *rng.pick(&["spring-lamps", "rainy-days", "été-2025", "gift-week"]);
        let [source, medium, network] = *rng.pick(&[
            ["search.example", "CPC", "g"],
            ["pigeon-post.example", "email", ""],
            ["chatter.example", "social", "c"],
        ]);
        json.key("mktCampaign").object(|json| {
            json.key("content")
                .concat(&[name, "-", medium, "-textlink"]);
            json.key("medium").string(medium);
            json.key("name").string(name);
            json.key("source").string(source);
            json.key("term").string("storm+lantern");
            json.key("clickId")
                .string(&format!("EX{:016x}", rng.next()));
            json.key("network").string(network);
        });
    }
    json.into_text()
}

fn referrer(rng: &mut Rng, market: &Market) -> String {
    let search = *rng.pick(&market.searches);
    let encoded: String = form_urlencoded::byte_serialize(search.as_bytes()).collect();
    let [host, name, medium] = *rng.pick(&[
        ["search.example", "Example Search", "search"],
        ["chatter.example", "Example Chatter", "social"],
        ["pigeon-post.example", "Example Pigeon Post", "email"],
        ["ads.example", "Example Ads", "paid"],
        ["blog.example", "Example Blog", "unknown"],
    ]);
    let mut json = Json::default();
    json.object(|json| {
        json.key("url")
            .concat(&["https://www.", host, "/?q=", &encoded]);
        json.key("domain").string(host);
        json.key("hostname").concat(&["www.", host]);
        json.key("keywords").string(search);
        json.key("pathname").string("/");
        json.key("queryString").concat(&["q=", &encoded]);
        json.key("fragment").string("");
        json.key("name").string(name);
        json.key("medium").string(medium);
    });
    json.into_text()
}
