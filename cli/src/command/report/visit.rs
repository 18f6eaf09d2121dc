//! One session of a report, gathered event by event.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::course::{Backwards, Course, Followed};
use super::digest::{Digest, Kind, Place};
use super::facts::Fact;
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
    #[serde(flatten)]
    followed: Followed,
    events: u64,
    views: u64,
    facts: Vec<Known>,
    zone: String,
    pages: Vec<Page>,
    names: Vec<Named>,
    #[serde(skip)]
    now: Now,
}

/// What is only needed while events come in.
#[derive(Debug, Default)]
struct Now {
    course: Course,
    /// The most page views that the service has counted, once it did.
    views: Option<i64>,
    facts: BTreeMap<Fact, Values>,
    pages: HashMap<u32, usize>,
    names: HashMap<(Kind, String), usize>,
}

/// What was told of a fact.
#[derive(Debug, Default)]
struct Values {
    first: Vec<String>,
    all: HashSet<String>,
}

#[derive(Debug, Serialize)]
struct Known {
    name: &'static str,
    values: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Page {
    /// What tells it from the others: the number of a text of the report.
    key: u32,
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

    /// Rows, and the page that was open then; known at the end.
    pub(super) fn open(&self) -> &[(usize, u32)] {
        &self.followed.open
    }

    /// When it began; known at the end.
    pub(super) fn first(&self) -> Option<i64> {
        self.followed.first
    }

    /// Takes in the next event; `page` is what tells the page it was on from others. Says of which kind it
    /// is, since it may turn out to be a view, and if the clock ran backwards.
    pub(super) fn push(
        &mut self,
        row: usize,
        at: Option<i64>,
        page: Option<u32>,
        digest: &Digest,
    ) -> (Kind, Option<Backwards>) {
        self.events += 1;
        let kind = self.kind_of(digest);
        self.views += u64::from(kind == Kind::View);
        if let (Some(page), Some(place)) = (page, &digest.place) {
            self.visit_page(page, place, kind, row);
        }
        self.count_name(kind, &digest.name);
        for (fact, value) in &digest.facts {
            self.learn(*fact, value);
        }
        if self.zone.is_empty() {
            self.zone.clone_from(&digest.zone);
        }
        let backwards = self.now.course.push(row, at, kind, page, digest);
        (kind, backwards)
    }

    /// The session as it is to be written.
    pub(super) fn end(mut self, idle: i64) -> Self {
        self.followed = std::mem::take(&mut self.now.course).follow(idle);
        for page in &mut self.pages {
            page.time = self
                .followed
                .times
                .get(&page.key)
                .copied()
                .unwrap_or_default();
        }
        self.pages.sort_by_key(|page| (-page.time, page.row));
        self.names.sort_by_key(|name| std::cmp::Reverse(name.count));
        for (fact, Values { first, all }) in std::mem::take(&mut self.now.facts) {
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

    /// A deed that the service counted as a view is one, whatever its name.
    fn kind_of(&mut self, digest: &Digest) -> Kind {
        let Some(counted) = digest.views else {
            return digest.kind;
        };
        // Where the first event says more than 1, others came before it, and were not read.
        let before = self
            .now
            .views
            .unwrap_or(if counted > 1 { counted } else { 0 });
        self.now.views = Some(before.max(counted));
        match digest.kind {
            Kind::Deed if counted > before => Kind::View,
            kind => kind,
        }
    }

    fn visit_page(&mut self, key: u32, place: &Place, kind: Kind, row: usize) {
        let pages = &mut self.pages;
        let number = *self.now.pages.entry(key).or_insert_with(|| {
            pages.push(Page {
                key,
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
    }

    fn count_name(&mut self, kind: Kind, name: &str) {
        let key = (kind, name.to_owned());
        let names = &mut self.names;
        let number = *self.now.names.entry(key).or_insert_with_key(|(_, name)| {
            names.push(Named {
                kind: kind as u8,
                name: name.clone(),
                count: 0,
            });
            names.len() - 1
        });
        if let Some(name) = self.names.get_mut(number) {
            name.count += 1;
        }
    }

    fn learn(&mut self, fact: Fact, value: &str) {
        let Values { first, all } = self.now.facts.entry(fact).or_default();
        if all.contains(value) {
            return;
        }
        all.insert(value.to_owned());
        if first.len() < MOST_VALUES {
            first.push(value.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use journey_events::Event;

    use super::*;
    use crate::command::report::digest::digest;

    const IDLE: i64 = 60_000;

    /// A visit of these events, a second apart.
    fn visit(events: &[&str]) -> Visit {
        let mut visit = Visit::new("s".to_owned());
        let mut keys = Vec::new();
        for (row, (at, json)) in (0..).step_by(1_000).zip(events).enumerate() {
            let digest = digest(&Event::from_json(json).unwrap());
            let page = digest.place.as_ref().map(|place| {
                keys.push(place.key());
                keys.iter()
                    .zip(0..)
                    .find(|(key, _)| **key == place.key())
                    .unwrap()
                    .1
            });
            assert_eq!(visit.push(row, Some(at), page, &digest).1, None);
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
    fn the_first_medium_that_is_told_is_the_sessions() {
        let mut visit = Visit::new("s".to_owned());
        for medium in ["", "app", "web"] {
            visit.is_on(medium);
        }
        assert_eq!(visit.medium, "app");
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
