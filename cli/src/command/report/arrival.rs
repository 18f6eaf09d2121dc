//! How a visitor arrived: from a referrer outside the site, through a campaign, or both.

use std::collections::HashSet;

use serde::Serialize;

use super::body::Body;

/// The referrer and campaign that an event reports; the referrer may be the site itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Referral {
    /// The referrer's name, host or URL, and its medium; empty if unknown.
    source: String,
    site: Site,
    campaign: Campaign,
}

/// Where a visitor came from. Unknown parts are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Origin {
    source: String,
    campaign: Campaign,
}

/// A campaign, as tagged in its links.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
struct Campaign {
    name: String,
    source: String,
    medium: String,
    term: String,
}

/// The first event with a new origin.
#[derive(Debug, Serialize)]
pub(super) struct Arrival {
    #[serde(flatten)]
    origin: Origin,
    row: usize,
}

/// The site a page belongs to. Unknown parts are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Site {
    /// Without `www.`.
    host: String,
    domain: String,
}

/// The sites that a session's own pages belong to.
#[derive(Debug, Default)]
pub(super) struct OwnSites {
    hosts: HashSet<String>,
    domains: HashSet<String>,
}

impl Campaign {
    fn is_known(&self) -> bool {
        *self != Self::default()
    }
}

impl Arrival {
    #[cfg(test)]
    pub(super) fn row(&self) -> usize {
        self.row
    }
}

impl Referral {
    /// Reads an event's referrer and campaign; `None` if it has neither.
    pub(super) fn of(body: &Body<'_>) -> Option<Self> {
        let campaign = Campaign {
            name: body.text("/mktCampaign/name"),
            source: body.text("/mktCampaign/source"),
            medium: body.text("/mktCampaign/medium"),
            term: body.text("/mktCampaign/term"),
        };
        let mut referrers = ["/visitReferrer", "/referrer"].iter();
        let referrer = referrers.find(|referrer| body.at(referrer).is_some());
        let source = referrer.map_or_else(String::new, |referrer| source(body, referrer));
        if source.is_empty() && !campaign.is_known() {
            return None;
        }
        let site = referrer.map_or_else(Site::default, |referrer| Site::of(body, referrer));
        Some(Self {
            source,
            site,
            campaign,
        })
    }
}

impl OwnSites {
    pub(super) fn add(&mut self, site: &Site) {
        for (known, name) in [
            (&mut self.hosts, &site.host),
            (&mut self.domains, &site.domain),
        ] {
            if !name.is_empty() && !known.contains(name) {
                known.insert(name.clone());
            }
        }
    }

    /// Returns where the visitor came from, without a referrer within these sites.
    pub(super) fn origin(&self, referral: &Referral) -> Origin {
        let site = &referral.site;
        let is_own = self.hosts.contains(&site.host) || self.domains.contains(&site.domain);
        Origin {
            source: if is_own {
                String::new()
            } else {
                referral.source.clone()
            },
            campaign: referral.campaign.clone(),
        }
    }
}

/// Adds an arrival if its origin differs from the last one; returns whether it did.
///
/// An event may report only the referrer or only the campaign. It belongs to the last arrival if one
/// of the two matches and the other doesn't contradict it.
pub(super) fn add(arrivals: &mut Vec<Arrival>, origin: &Origin, row: usize) -> bool {
    let (has_source, has_campaign) = (!origin.source.is_empty(), origin.campaign.is_known());
    if !has_source && !has_campaign {
        return false;
    }
    if let Some(last) = arrivals.last_mut() {
        let last = &mut last.origin;
        let same_source = has_source && origin.source == last.source;
        let same_campaign = has_campaign && origin.campaign == last.campaign;
        let source_fits = same_source || !has_source || last.source.is_empty();
        let campaign_fits = same_campaign || !has_campaign || !last.campaign.is_known();
        if (same_source && campaign_fits) || (same_campaign && source_fits) {
            if has_source {
                last.source.clone_from(&origin.source);
            }
            if has_campaign {
                last.campaign.clone_from(&origin.campaign);
            }
            return false;
        }
    }
    let origin = origin.clone();
    arrivals.push(Arrival { origin, row });
    true
}

/// Returns a referrer's name, host or URL, and its medium; empty if its medium is `internal`.
fn source(body: &Body<'_>, referrer: &str) -> String {
    let field = |name: &str| body.text(&format!("{referrer}{name}"));
    let url = field("/url");
    let host = host_of(&url).to_owned();
    let names = [field("/name"), field("/hostname"), host, url];
    let name = names.into_iter().find(|text| !text.is_empty());
    match (name, field("/medium").as_str()) {
        (None, _) | (_, "internal") => String::new(),
        (Some(name), "" | "unknown") => name,
        (Some(name), medium) => format!("{name} ({medium})"),
    }
}

impl Site {
    /// Reads the site of the page or referrer at `pointer`.
    pub(super) fn of(body: &Body<'_>, pointer: &str) -> Self {
        let field = |name: &str| body.text(&format!("{pointer}{name}")).to_lowercase();
        let (host, url) = (field("/hostname"), field("/url"));
        let host = if host.is_empty() {
            host_of(&url)
        } else {
            &host
        };
        Self {
            host: host.strip_prefix("www.").unwrap_or(host).to_owned(),
            domain: field("/domain"),
        }
    }
}

/// Returns the host of a URL, without user and port; empty if it has none.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("//").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(source: &str, campaign: &str) -> Origin {
        Origin {
            source: source.to_owned(),
            campaign: Campaign {
                name: campaign.to_owned(),
                ..Campaign::default()
            },
        }
    }

    #[test]
    fn a_referrer_within_the_site_is_not_an_origin() {
        for (page, referrer, source) in [
            (
                r#""hostname":"a.example""#,
                r#""hostname":"a.example","name":"A""#,
                "",
            ),
            (
                r#""hostname":"a.example""#,
                r#""hostname":"WWW.A.example""#,
                "",
            ),
            (
                r#""url":"https://a.example/x""#,
                r#""url":"https://a.example:443/y""#,
                "",
            ),
            (
                r#""hostname":"shop.a.example","domain":"a.example""#,
                r#""hostname":"blog.a.example","domain":"a.example""#,
                "",
            ),
            (
                r#""hostname":"a.example""#,
                r#""hostname":"b.example","medium":"internal""#,
                "",
            ),
            (
                r#""hostname":"a.example""#,
                r#""url":"https://user@b.example:8443/y?z""#,
                "b.example",
            ),
            (
                r#""hostname":"a.example""#,
                r#""url":"android-app:mail""#,
                "android-app:mail",
            ),
            (
                r#""hostname":"""#,
                r#""hostname":"b.example","medium":"paid""#,
                "b.example (paid)",
            ),
            ("", r#""medium":"paid""#, ""),
        ] {
            let body = format!(r#"{{"page":{{{page}}},"referrer":{{{referrer}}}}}"#);
            let body = serde_json::from_str(&body).unwrap();
            let mut own = OwnSites::default();
            own.add(&Site::of(&Body(&body), "/page"));
            let found = Referral::of(&Body(&body)).map(|referral| own.origin(&referral).source);
            assert_eq!(found.unwrap_or_default(), source, "{referrer}");
        }
    }

    #[test]
    fn an_arrival_is_added_when_the_referrer_or_campaign_changes() {
        let mut arrivals = Vec::new();
        for (row, (source, campaign)) in [
            ("", ""),
            ("blog", ""),
            ("blog", "spring"),
            ("", "spring"),
            ("", ""),
            ("", "summer"),
            ("ads", "summer"),
            ("search", "summer"),
            ("blog", ""),
            ("", "spring"),
        ]
        .into_iter()
        .enumerate()
        {
            add(&mut arrivals, &origin(source, campaign), row);
        }
        let seen: Vec<_> = arrivals
            .iter()
            .map(|arrival| {
                let Origin { source, campaign } = &arrival.origin;
                (source.as_str(), campaign.name.as_str(), arrival.row)
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("blog", "spring", 1),
                ("ads", "summer", 5),
                ("search", "summer", 7),
                ("blog", "", 8),
                ("", "spring", 9)
            ]
        );
    }
}
