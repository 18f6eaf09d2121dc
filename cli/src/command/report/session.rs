//! One session of a report, built up event by event.

use std::collections::HashMap;

use serde::Serialize;

use super::facts::Facts;
use super::person::Person;
use super::summary::{Kind, Page, Summary};
use super::text::display_text;
use super::timeline::{OutOfOrder, Timeline, TimelineBuilder};

/// A session in the page's model. Times are milliseconds, since 1970 or as a duration; rows count the
/// report's events from 0.
#[derive(Debug, Default, Serialize)]
pub(super) struct Session {
    id: String,
    r#type: String,
    #[serde(flatten)]
    timeline: Timeline,
    events: u64,
    views: u64,
    pub(super) facts: Facts,
    zone: String,
    #[serde(skip)]
    pub(super) person: Person,
    pages: Vec<PageStats>,
    #[serde(skip)]
    state: State,
}

/// Only needed while events are added.
#[derive(Debug, Default)]
struct State {
    timeline: TimelineBuilder,
    /// Highest page view count that the service has reported.
    views: Option<i64>,
    pages: HashMap<u32, usize>,
}

#[derive(Debug, Serialize)]
struct PageStats {
    /// Number of its key in the report's strings.
    key: u32,
    title: String,
    address: String,
    views: u64,
    time: i64,
    /// Its first event.
    row: usize,
}

impl Session {
    pub(super) fn new(id: String) -> Self {
        Self {
            id,
            ..Self::default()
        }
    }

    /// Sets the session's type, unless it is already known.
    pub(super) fn set_type(&mut self, session_type: &str) {
        if self.r#type.is_empty() {
            self.r#type = display_text(session_type);
        }
    }

    /// Rows and the page that was open at each; empty before `finish`.
    pub(super) fn open(&self) -> &[(usize, u32)] {
        &self.timeline.open
    }

    /// Time of the first event; `None` before `finish`.
    pub(super) fn first(&self) -> Option<i64> {
        self.timeline.first
    }

    /// Adds the next event; `page` is its page's key. Returns the event's kind, which may turn out to be
    /// a view, and whether it is out of order.
    pub(super) fn push(
        &mut self,
        row: usize,
        at: Option<i64>,
        page: Option<u32>,
        summary: &Summary,
    ) -> (Kind, Option<OutOfOrder>) {
        self.events += 1;
        let kind = self.kind_of(summary);
        self.views += u64::from(kind == Kind::View);
        if let (Some(key), Some(page)) = (page, &summary.page) {
            self.add_page(key, page, kind, row);
        }
        for (fact, value) in &summary.facts {
            self.facts.add(*fact, value);
        }
        if self.zone.is_empty() {
            self.zone.clone_from(&summary.zone);
        }
        self.person.complete(&summary.person);
        let out_of_order = self.state.timeline.push(row, at, kind, page, summary);
        (kind, out_of_order)
    }

    /// Completes the session for the model.
    pub(super) fn finish(mut self, idle: i64) -> Self {
        self.timeline = std::mem::take(&mut self.state.timeline).build(idle);
        for page in &mut self.pages {
            page.time = self
                .timeline
                .times
                .get(&page.key)
                .copied()
                .unwrap_or_default();
        }
        self.pages.sort_by_key(|page| (-page.time, page.row));
        self
    }

    /// Returns the event's kind: an activity that raised the service's view count is a view.
    fn kind_of(&mut self, summary: &Summary) -> Kind {
        let Some(total) = summary.total_views else {
            return summary.kind;
        };
        // If the first event reports more than 1, earlier views weren't read.
        let before = self
            .state
            .views
            .unwrap_or(if total > 1 { total } else { 0 });
        self.state.views = Some(before.max(total));
        match summary.kind {
            Kind::Activity | Kind::Search if total > before => Kind::View,
            kind => kind,
        }
    }

    fn add_page(&mut self, key: u32, page: &Page, kind: Kind, row: usize) {
        let pages = &mut self.pages;
        let index = *self.state.pages.entry(key).or_insert_with(|| {
            pages.push(PageStats {
                key,
                title: page.title.clone(),
                address: page.address.clone(),
                views: 0,
                time: 0,
                row,
            });
            pages.len() - 1
        });
        if let Some(page) = self.pages.get_mut(index) {
            page.views += u64::from(kind == Kind::View);
        }
    }
}

#[cfg(test)]
mod tests {
    use journey_events::Event;
    use serde_json::json;

    use super::*;
    use crate::command::report::summary::summarize;

    const IDLE: i64 = 60_000;

    /// A session with these events, one second apart.
    fn of(events: &[&str]) -> Session {
        let mut session = Session::new("s".to_owned());
        let mut keys = Vec::new();
        for (row, (at, json)) in (0..).step_by(1_000).zip(events).enumerate() {
            let summary = summarize(&Event::from_json(json).unwrap());
            let page = summary.page.as_ref().map(|page| {
                keys.push(page.key());
                keys.iter()
                    .zip(0..)
                    .find(|(key, _)| **key == page.key())
                    .unwrap()
                    .1
            });
            assert_eq!(session.push(row, Some(at), page, &summary).1, None);
        }
        session.finish(IDLE)
    }

    fn web(body: &str) -> String {
        format!(r#"{{"eventType":"com.genesys.journey.WebEvent","webEvent":{{{body}}}}}"#)
    }

    #[test]
    fn a_fact_lists_its_first_values_and_counts_the_rest() {
        let events: Vec<_> = [0, 1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 0]
            .map(|name| web(&format!(r#""ipOrganization":"{name}""#)))
            .into();
        let session = of(&events.iter().map(String::as_str).collect::<Vec<_>>());
        let listed = ["0", "1", "2", "3", "4", "5", "6", "7"];
        let expected = json!([{"name": "Network", "values": listed, "more": 2}]);
        assert_eq!(json!(session.facts), expected);
    }

    #[test]
    fn an_activity_that_the_service_counts_as_a_view_is_a_view() {
        let events = [
            web(r#""eventName":"page_viewed","totalPageviewCount":1"#),
            web(r#""eventName":"opened","totalPageviewCount":2"#),
            web(r#""eventName":"clicked","totalPageviewCount":2"#),
            web(r#""eventName":"pageview""#),
        ];
        let session = of(&events.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((session.events, session.views), (4, 3));
    }

    #[test]
    fn views_before_the_first_event_read_are_not_counted() {
        let clicked = web(r#""eventName":"clicked","totalPageviewCount":5"#);
        let opened = web(r#""eventName":"opened","totalPageviewCount":6"#);
        let session = of(&[&clicked, &clicked, &opened]);
        assert_eq!(session.views, 1);
    }

    #[test]
    fn the_first_known_session_type_is_kept() {
        let mut session = Session::new("s".to_owned());
        for session_type in ["", "app", "web"] {
            session.set_type(session_type);
        }
        assert_eq!(session.r#type, "app");
    }

    #[test]
    fn screens_are_identified_by_title_and_pages_by_address() {
        let screen = |name: &str| {
            format!(
                r#"{{"eventType":"com.genesys.journey.AppEvent","appEvent":{{"screenName":"{name}","app":{{"name":"A"}}}}}}"#
            )
        };
        let app = of(&[&screen("one"), &screen("two"), &screen("one")]);
        assert_eq!(app.pages.len(), 2);
        let page = |title: &str| {
            web(&format!(
                r#""page":{{"title":"{title}","url":"https://a.example/x?{title}"}}"#
            ))
        };
        let web = of(&[&page("one"), &page("two")]);
        assert_eq!(web.pages.len(), 1);
        assert_eq!(
            (web.pages[0].title.as_str(), web.pages[0].time),
            ("one", 1_000)
        );
    }
}
