//! Where a visitor came from: a referrer outside of the site, a campaign, or both.

use serde::Serialize;

use super::body::Body;

/// A way into the site, as far as an event tells it. Texts are empty where it doesn't.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Origin {
    /// The referrer's name, host or URL, and its kind.
    pub(super) source: String,
    pub(super) campaign: Campaign,
}

/// A campaign, in the words of its links.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Campaign {
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

impl Campaign {
    fn is_told(&self) -> bool {
        *self != Self::default()
    }
}

impl Origin {
    pub(super) fn of(body: &Body<'_>) -> Self {
        Self {
            source: source(body),
            campaign: Campaign {
                name: body.text("/mktCampaign/name"),
                source: body.text("/mktCampaign/source"),
                medium: body.text("/mktCampaign/medium"),
                term: body.text("/mktCampaign/term"),
            },
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

/// The referrer. One within the site that the page is of is not where the visitor came from.
fn source(body: &Body<'_>) -> String {
    let own = Site::of(body, "/page");
    for referrer in ["/visitReferrer", "/referrer"] {
        let field = |name: &str| body.text(&format!("{referrer}{name}"));
        let medium = field("/medium");
        let site = Site::of(body, referrer);
        if medium == "internal" || site.is(&own) {
            continue;
        }
        let name = [field("/name"), site.host, field("/url")];
        let name = name.into_iter().find(|text| !text.is_empty());
        return match (name, medium.as_str()) {
            (None, _) => continue,
            (Some(name), "" | "unknown") => name,
            (Some(name), medium) => format!("{name} ({medium})"),
        };
    }
    String::new()
}

/// Whose site a page is of; empty where nothing is told.
struct Site {
    host: String,
    domain: String,
}

impl Site {
    fn of(body: &Body<'_>, page: &str) -> Self {
        let field = |name: &str| body.text(&format!("{page}{name}")).to_lowercase();
        let host = field("/hostname");
        Self {
            host: if host.is_empty() {
                host_of(&field("/url")).to_owned()
            } else {
                host
            },
            domain: field("/domain"),
        }
    }

    fn is(&self, other: &Self) -> bool {
        let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
        let is_host = !self.host.is_empty() && bare(&self.host) == bare(&other.host);
        is_host || (!self.domain.is_empty() && self.domain == other.domain)
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
            assert_eq!(Origin::of(&Body(&body)).source, source, "{referrer}");
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
