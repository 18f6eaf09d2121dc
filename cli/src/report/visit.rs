//! One session of a report, gathered event by event.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::arrival::{self, Arrival};
use super::digest::{Digest, Kind, OfferStep, Place};
use super::facts::Fact;

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
    offers: Vec<Offer>,
    outcomes: Vec<Outcome>,
    #[serde(skip)]
    now: Now,
}

/// What is only needed while events come in.
#[derive(Debug, Default)]
struct Now {
    at: Option<i64>,
    /// When events were, and their rows.
    times: Vec<(i64, usize)>,
    views: i64,
    page: Option<usize>,
    facts: BTreeMap<Fact, Values>,
    pages: HashMap<String, usize>,
    names: HashMap<(Kind, String), usize>,
    offers: HashMap<String, usize>,
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

#[derive(Debug, Serialize)]
struct Offer {
    prompt: String,
    medium: String,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    state: String,
    at: Option<i64>,
    row: usize,
}

/// A step back in time, in milliseconds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Backwards(pub(super) i64);

impl Visit {
    pub(super) fn new(id: String, medium: String) -> Self {
        Self {
            id,
            medium,
            ..Self::default()
        }
    }

    /// Takes in the next event, which may turn out to be a view; says if the clock ran backwards.
    pub(super) fn push(
        &mut self,
        row: usize,
        at: Option<i64>,
        idle: i64,
        digest: &mut Digest,
    ) -> Option<Backwards> {
        let backwards = at.and_then(|at| self.pass_time(at, row, idle));
        self.events += 1;
        self.count_views(digest);
        if let Some(place) = &digest.place {
            self.visit_page(place, digest.kind, row);
        }
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
            self.offer(step, at, row);
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

    /// Tells idle from active times, in the order of the events' own clocks.
    fn measure(&mut self, idle: i64) {
        let mut times = std::mem::take(&mut self.now.times);
        times.sort_unstable();
        self.first = times.first().map(|(at, _)| *at);
        self.last = times.last().map(|(at, _)| *at);
        let nexts = times.iter().skip(1);
        for (&(from, before), &(to, after)) in times.iter().zip(nexts) {
            if to - from >= idle {
                self.idle.push(Idle {
                    from,
                    to,
                    before,
                    after,
                });
            } else {
                self.active += to - from;
            }
        }
    }

    /// Time since the event before belongs to the page that was open, unless it was idle.
    fn pass_time(&mut self, at: i64, row: usize, idle: i64) -> Option<Backwards> {
        self.now.times.push((at, row));
        let before = self.now.at.replace(at)?;
        let gap = at - before;
        if gap < 0 {
            return Some(Backwards(-gap));
        }
        let page = self.now.page.and_then(|page| self.pages.get_mut(page));
        if let Some(page) = page.filter(|_| gap < idle) {
            page.time += gap;
        }
        None
    }

    /// A deed that the service counted as a view is one, whatever its name.
    fn count_views(&mut self, digest: &mut Digest) {
        let counted = digest.views.unwrap_or_default();
        if counted > self.now.views {
            self.now.views = counted;
            if digest.kind == Kind::Deed {
                digest.kind = Kind::View;
            }
        }
        self.views += u64::from(digest.kind == Kind::View);
    }

    fn visit_page(&mut self, place: &Place, kind: Kind, row: usize) {
        let key = if place.address.is_empty() {
            format!("\n{}", place.title)
        } else if self.medium == "app" {
            // All screens of an app have one address.
            format!("{}\n{}", place.address, place.title)
        } else {
            place.address.clone()
        };
        let pages = &mut self.pages;
        let page = *self.now.pages.entry(key).or_insert_with(|| {
            pages.push(Page {
                title: place.title.clone(),
                address: place.address.clone(),
                views: 0,
                time: 0,
                row,
            });
            pages.len() - 1
        });
        self.now.page = Some(page);
        if let Some(page) = self.pages.get_mut(page) {
            page.views += u64::from(kind == Kind::View);
        }
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

    fn offer(&mut self, step: &OfferStep, at: Option<i64>, row: usize) {
        let offers = &mut self.offers;
        let mut begin = || {
            offers.push(Offer {
                prompt: step.prompt.clone(),
                medium: step.medium.clone(),
                steps: Vec::new(),
            });
            offers.len() - 1
        };
        // Without an id, a step can't be told to belong to another.
        let index = if step.id.is_empty() {
            begin()
        } else {
            *self
                .now
                .offers
                .entry(step.id.clone())
                .or_insert_with(&mut begin)
        };
        if let Some(offer) = self.offers.get_mut(index) {
            let state = step.state.clone();
            offer.steps.push(Step { state, at, row });
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
    fn visit(medium: &str, events: &[&str]) -> Visit {
        let mut visit = Visit::new("s".to_owned(), medium.to_owned());
        for (row, (at, json)) in (0..).step_by(1_000).zip(events).enumerate() {
            let mut digest = digest(&Event::from_json(json).unwrap());
            assert_eq!(visit.push(row, Some(at), IDLE, &mut digest), None);
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
        let visit = visit(
            "web",
            &events.iter().map(String::as_str).collect::<Vec<_>>(),
        );
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
        let visit = visit(
            "web",
            &events.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        assert_eq!((visit.events, visit.views), (4, 3));
    }

    #[test]
    fn screens_of_an_app_are_told_apart_and_pages_by_their_address() {
        let screen = |name: &str| {
            format!(
                r#"{{"eventType":"com.genesys.journey.AppEvent","appEvent":{{"screenName":"{name}","app":{{"name":"A"}}}}}}"#
            )
        };
        let app = visit("app", &[&screen("one"), &screen("two"), &screen("one")]);
        assert_eq!(app.pages.len(), 2);
        let page = |title: &str| {
            web(&format!(
                r#""page":{{"title":"{title}","url":"https://a.example/x?{title}"}}"#
            ))
        };
        let web = visit("web", &[&page("one"), &page("two")]);
        assert_eq!(web.pages.len(), 1);
        assert_eq!(
            (web.pages[0].title.as_str(), web.pages[0].time),
            ("one", 1_000)
        );
    }

    #[test]
    fn steps_of_one_action_are_one_offer_and_those_without_an_id_are_each_one() {
        let step = |id: &str, state: &str| {
            format!(
                r#"{{"eventType":"com.genesys.journey.WebActionEvent","webActionEvent":{{"action":{{"id":"{id}","state":"{state}"}}}}}}"#
            )
        };
        let events = [
            step("1", "offered"),
            step("2", "offered"),
            step("1", "accepted"),
            step("", "offered"),
            step("", "rejected"),
        ];
        let visit = visit(
            "web",
            &events.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        let steps: Vec<_> = visit.offers.iter().map(|offer| offer.steps.len()).collect();
        assert_eq!(steps, [2, 1, 1, 1]);
    }
}
