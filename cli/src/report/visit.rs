//! One session of a report, gathered event by event.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::arrival::{self, Arrival};
use super::digest::{Digest, Kind, Place};
use super::facts::Fact;
use super::offers::Offers;
use super::shown::shown;

/// Different values of a fact that are told.
const MOST_VALUES: usize = 4;

/// A session, as the page gets it. Times are milliseconds, of 1970 or of a duration; rows count the
/// report's events from 0.
#[derive(Debug, Default, Serialize)]
pub(super) struct Visit {
    id: String,
    #[serde(rename = "type")]
    medium: String,
    first: Option<i64>,
    last: Option<i64>,
    events: u64,
    views: u64,
    /// Time between events, idle times left out.
    active: i64,
    /// Times without any event.
    idle: Vec<Idle>,
    arrivals: Vec<Arrival>,
    facts: Vec<Known>,
    zone: Option<String>,
    pages: Vec<Page>,
    names: Vec<Named>,
    segments: Vec<usize>,
    offers: Offers,
    outcomes: Vec<Outcome>,
    #[serde(skip)]
    now: Now,
}

/// What is only needed while events come in.
#[derive(Debug, Default)]
struct Now {
    moments: Vec<Moment>,
    /// The most page views that the service has counted, once it did.
    views: Option<i64>,
    facts: BTreeMap<Fact, Values>,
    pages: HashMap<String, usize>,
    names: HashMap<(Kind, String), usize>,
}

/// When an event was, and the page it was on, if it says so.
#[derive(Debug)]
struct Moment {
    at: i64,
    row: usize,
    page: Option<usize>,
}

/// What was told of a fact.
#[derive(Debug, Default)]
struct Values {
    first: Vec<String>,
    all: HashSet<String>,
}

/// A time without any event.
#[derive(Debug, Serialize)]
struct Idle {
    from: i64,
    to: i64,
    /// The last event before it, and the first one after it.
    before: usize,
    after: usize,
}

#[derive(Debug, Serialize)]
struct Outcome {
    row: usize,
    /// The arrival it came of, if one is known.
    arrival: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Known {
    name: &'static str,
    values: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Page {
    /// What tells it from the others.
    key: String,
    title: String,
    address: String,
    views: u64,
    time: i64,
    /// The first event there.
    row: usize,
}

#[derive(Debug, Serialize)]
struct Named {
    kind: u8,
    name: String,
    count: u64,
}

/// A step back in time, in milliseconds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Backwards(pub(super) i64);

impl Visit {
    pub(super) fn new(id: String) -> Self {
        Self {
            id,
            ..Self::default()
        }
    }

    /// Notes a medium of the session; the first one that is told is it.
    pub(super) fn is_on(&mut self, medium: &str) {
        if self.medium.is_empty() {
            self.medium = shown(medium);
        }
    }

    /// When it began.
    pub(super) fn first(&self) -> Option<i64> {
        self.first
    }

    /// Takes in the next event, which may turn out to be a view; says if the clock ran backwards.
    pub(super) fn push(
        &mut self,
        row: usize,
        at: Option<i64>,
        digest: &mut Digest,
    ) -> Option<Backwards> {
        self.events += 1;
        self.count_views(digest);
        let place = digest.place.as_ref();
        let page = place.map(|place| self.visit_page(place, digest.kind, row));
        let backwards = at.and_then(|at| {
            let before = self.now.moments.last();
            let by = before.map_or(0, |before| before.at - at);
            self.now.moments.push(Moment { at, row, page });
            (by > 0).then_some(Backwards(by))
        });
        self.count_name(digest);
        arrival::note(&mut self.arrivals, &digest.origin, row);
        match digest.kind {
            Kind::Segment => self.segments.push(row),
            Kind::Outcome => self.outcomes.push(Outcome {
                row,
                arrival: self.arrivals.len().checked_sub(1),
            }),
            _ => {}
        }
        if let Some(step) = &digest.offer {
            self.offers.push(step, row);
        }
        for (fact, value) in digest.facts.drain(..) {
            self.learn(fact, value);
        }
        backwards
    }

    /// The session as it is to be written.
    pub(super) fn end(mut self, idle: i64) -> Self {
        self.measure(idle);
        self.pages.sort_by_key(|page| (-page.time, page.row));
        self.names.sort_by_key(|name| std::cmp::Reverse(name.count));
        for (fact, Values { first, all }) in std::mem::take(&mut self.now.facts) {
            if fact == Fact::Zone {
                self.zone = first.into_iter().next();
                continue;
            }
            let mut values = first;
            if all.len() > values.len() {
                let more = all.len() - values.len();
                values.push(format!("and {more} more"));
            }
            let name = fact.name();
            self.facts.push(Known { name, values });
        }
        self
    }

    /// Tells idle from active times, and on which pages they were, in the order of the events' own clocks.
    fn measure(&mut self, idle: i64) {
        let mut moments = std::mem::take(&mut self.now.moments);
        moments.sort_unstable_by_key(|moment| (moment.at, moment.row));
        self.first = moments.first().map(|moment| moment.at);
        self.last = moments.last().map(|moment| moment.at);
        let mut page = None;
        for (moment, next) in moments.iter().zip(moments.iter().skip(1)) {
            page = moment.page.or(page);
            let time = next.at - moment.at;
            if time >= idle {
                self.idle.push(Idle {
                    from: moment.at,
                    to: next.at,
                    before: moment.row,
                    after: next.row,
                });
                continue;
            }
            self.active += time;
            if let Some(page) = page.and_then(|page| self.pages.get_mut(page)) {
                page.time += time;
            }
        }
    }

    /// A deed that the service counted as a view is one, whatever its name.
    fn count_views(&mut self, digest: &mut Digest) {
        if let Some(counted) = digest.views {
            // Where the first event says more than 1, others came before it, and were not read.
            let before = self
                .now
                .views
                .unwrap_or(if counted > 1 { counted } else { 0 });
            if counted > before && digest.kind == Kind::Deed {
                digest.kind = Kind::View;
            }
            self.now.views = Some(before.max(counted));
        }
        self.views += u64::from(digest.kind == Kind::View);
    }

    /// Takes in an event on a page; gives the page's number.
    fn visit_page(&mut self, place: &Place, kind: Kind, row: usize) -> usize {
        let (pages, key) = (&mut self.pages, place.key());
        let number = *self.now.pages.entry(key).or_insert_with_key(|key| {
            pages.push(Page {
                key: key.clone(),
                title: place.title.clone(),
                address: place.address.clone(),
                views: 0,
                time: 0,
                row,
            });
            pages.len() - 1
        });
        if let Some(page) = self.pages.get_mut(number) {
            page.views += u64::from(kind == Kind::View);
        }
        number
    }

    fn count_name(&mut self, digest: &Digest) {
        let (names, kind) = (&mut self.names, digest.kind);
        let index = self
            .now
            .names
            .entry((kind, digest.name.clone()))
            .or_insert_with(|| {
                names.push(Named {
                    kind: kind as u8,
                    name: digest.name.clone(),
                    count: 0,
                });
                names.len() - 1
            });
        if let Some(name) = self.names.get_mut(*index) {
            name.count += 1;
        }
    }

    fn learn(&mut self, fact: Fact, value: String) {
        let Values { first, all } = self.now.facts.entry(fact).or_default();
        if all.insert(value.clone()) && first.len() < MOST_VALUES {
            first.push(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use journey_events::Event;

    use super::*;
    use crate::report::digest::digest;

    const IDLE: i64 = 60_000;

    /// A visit of these events, a second apart.
    fn visit(events: &[&str]) -> Visit {
        let mut visit = Visit::new("s".to_owned());
        for (row, (at, json)) in (0..).step_by(1_000).zip(events).enumerate() {
            let mut digest = digest(&Event::from_json(json).unwrap());
            assert_eq!(visit.push(row, Some(at), &mut digest), None);
        }
        visit.end(IDLE)
    }

    fn web(body: &str) -> String {
        format!(r#"{{"eventType":"com.genesys.journey.WebEvent","webEvent":{{{body}}}}}"#)
    }

    #[test]
    fn of_a_fact_the_first_values_are_told_and_the_number_of_the_others() {
        let events: Vec<_> = ["a", "b", "a", "c", "d", "e", "f", "a"]
            .map(|name| web(&format!(r#""ipOrganization":"{name}""#)))
            .into();
        let visit = visit(&events.iter().map(String::as_str).collect::<Vec<_>>());
        let [network] = visit.facts.as_slice() else {
            panic!("{:?}", visit.facts)
        };
        assert_eq!(network.values, ["a", "b", "c", "d", "and 2 more"]);
    }

    #[test]
    fn what_the_service_counted_as_a_view_is_one() {
        let events = [
            web(r#""eventName":"page_viewed","totalPageviewCount":1"#),
            web(r#""eventName":"opened","totalPageviewCount":2"#),
            web(r#""eventName":"clicked","totalPageviewCount":2"#),
            web(r#""eventName":"pageview""#),
        ];
        let visit = visit(&events.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((visit.events, visit.views), (4, 3));
    }

    #[test]
    fn views_before_the_first_event_that_was_read_are_not_of_it() {
        let clicked = web(r#""eventName":"clicked","totalPageviewCount":5"#);
        let opened = web(r#""eventName":"opened","totalPageviewCount":6"#);
        let visit = visit(&[&clicked, &clicked, &opened]);
        assert_eq!(visit.views, 1);
    }

    #[test]
    fn time_is_spent_where_the_clocks_say_whatever_the_order_of_the_events() {
        let on = |page: &str| web(&format!(r#""page":{{"url":"https://a.example/{page}"}}"#));
        let events = [
            (0, on("a")),
            (30, on("b")),
            (5, on("a")),
            (31, web("")),
            (200, on("b")),
        ];
        let mut visit = Visit::new("s".to_owned());
        let mut backwards = Vec::new();
        for (row, (at, json)) in events.iter().enumerate() {
            let mut digest = digest(&Event::from_json(json).unwrap());
            backwards.extend(visit.push(row, Some(at * 1_000), &mut digest));
        }
        assert_eq!(backwards, [Backwards(25_000)]);
        let visit = visit.end(IDLE);
        let times: Vec<_> = visit
            .pages
            .iter()
            .map(|page| (page.address.as_str(), page.time))
            .collect();
        assert_eq!(
            times,
            [
                ("https://a.example/a", 30_000),
                ("https://a.example/b", 1_000)
            ]
        );
        assert_eq!(visit.active, 31_000);
        let [
            Idle {
                from: 31_000,
                to: 200_000,
                before: 3,
                after: 4,
            },
        ] = visit.idle[..]
        else {
            panic!("{:?}", visit.idle)
        };
    }

    #[test]
    fn screens_of_an_app_are_told_apart_and_pages_by_their_address() {
        let screen = |name: &str| {
            format!(
                r#"{{"eventType":"com.genesys.journey.AppEvent","appEvent":{{"screenName":"{name}","app":{{"name":"A"}}}}}}"#
            )
        };
        let app = visit(&[&screen("one"), &screen("two"), &screen("one")]);
        assert_eq!(app.pages.len(), 2);
        let page = |title: &str| {
            web(&format!(
                r#""page":{{"title":"{title}","url":"https://a.example/x?{title}"}}"#
            ))
        };
        let web = visit(&[&page("one"), &page("two")]);
        assert_eq!(web.pages.len(), 1);
        assert_eq!(
            (web.pages[0].title.as_str(), web.pages[0].time),
            ("one", 1_000)
        );
    }
}
