//! Where a visitor came from: a referrer outside of the site, a campaign, or both.

use std::collections::HashSet;

use serde::Serialize;

use super::body::Body;

/// Where an event says that the visitor came from, be it the site itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Told {
    /// The referrer's name, host or URL, and its kind; empty where there is none.
    source: String,
    site: Site,
    campaign: Campaign,
}

/// Where a visitor came from. Texts are empty where nothing is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Origin {
    source: String,
    campaign: Campaign,
}

/// A campaign, in the words of its links.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
struct Campaign {
    name: String,
    source: String,
    medium: String,
    term: String,
}

/// The first event of a visitor's that came from somewhere, and where that was.
#[derive(Debug, Serialize)]
pub(super) struct Arrival {
    #[serde(flatten)]
    origin: Origin,
    row: usize,
}

/// Whose site a page is of; empty where nothing is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Site {
    /// Without `www.`.
    host: String,
    domain: String,
}

/// The sites that a session's pages are of.
#[derive(Debug, Default)]
pub(super) struct Sites {
    hosts: HashSet<String>,
    domains: HashSet<String>,
}

impl Campaign {
    fn is_told(&self) -> bool {
        *self != Self::default()
    }
}

impl Arrival {
    #[cfg(test)]
    pub(super) fn row(&self) -> usize {
        self.row
    }
}

impl Told {
    /// What an event tells, if it tells anything.
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
        if source.is_empty() && !campaign.is_told() {
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

impl Sites {
    pub(super) fn add(&mut self, site: &Site) {
        for (known, one) in [
            (&mut self.hosts, &site.host),
            (&mut self.domains, &site.domain),
        ] {
            if !one.is_empty() && !known.contains(one) {
                known.insert(one.clone());
            }
        }
    }

    /// Where the visitor came from, if that is not one of these sites.
    pub(super) fn origin(&self, told: &Told) -> Origin {
        let site = &told.site;
        let is_own = self.hosts.contains(&site.host) || self.domains.contains(&site.domain);
        Origin {
            source: if is_own {
                String::new()
            } else {
                told.source.clone()
            },
            campaign: told.campaign.clone(),
        }
    }
}

/// Notes where the visitor came from, if an event tells it and it is not the last one told.
///
/// An event may tell the referrer alone, or the campaign alone: it is of the last arrival if one of the
/// two is the same, and the other is not another one.
pub(super) fn note(arrivals: &mut Vec<Arrival>, told: &Origin, row: usize) {
    let (has_source, has_campaign) = (!told.source.is_empty(), told.campaign.is_told());
    if !has_source && !has_campaign {
        return;
    }
    if let Some(last) = arrivals.last_mut() {
        let last = &mut last.origin;
        let is_source = has_source && told.source == last.source;
        let is_campaign = has_campaign && told.campaign == last.campaign;
        let may_be_source = is_source || !has_source || last.source.is_empty();
        let may_be_campaign = is_campaign || !has_campaign || !last.campaign.is_told();
        if (is_source && may_be_campaign) || (is_campaign && may_be_source) {
            if has_source {
                last.source.clone_from(&told.source);
            }
            if has_campaign {
                last.campaign.clone_from(&told.campaign);
            }
            return;
        }
    }
    let origin = told.clone();
    arrivals.push(Arrival { origin, row });
}

/// A referrer's name, host or URL, and its kind; empty if it says itself that it is within the site.
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
    /// The site of a page or of a referrer.
    pub(super) fn of(body: &Body<'_>, page: &str) -> Self {
        let field = |name: &str| body.text(&format!("{page}{name}")).to_lowercase();
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

/// The host in a URL, without user and port; empty if there is none.
fn host_of(url: &str) -> &str {
    let behind = url.split_once("//").map_or("", |(_, behind)| behind);
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
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
    fn a_referrer_within_the_site_is_not_where_the_visitor_came_from() {
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
            let mut own = Sites::default();
            own.add(&Site::of(&Body(&body), "/page"));
            let told = Told::of(&Body(&body)).map(|told| own.origin(&told).source);
            assert_eq!(told.unwrap_or_default(), source, "{referrer}");
        }
    }

    #[test]
    fn an_arrival_is_noted_when_referrer_or_campaign_change() {
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
            note(&mut arrivals, &origin(source, campaign), row);
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
