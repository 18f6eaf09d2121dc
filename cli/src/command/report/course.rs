//! The course of a session: what depends on the order of its events, which is that of their clocks,
//! whatever the order in which they came.

use std::collections::HashMap;

use serde::Serialize;

use super::arrival::{self, Arrival, Sites, Told};
use super::digest::{Digest, Kind, OfferStep};
use super::offers::Offers;

/// The events of a session on their way into its course.
#[derive(Debug, Default)]
pub(super) struct Course {
    moments: Vec<Moment>,
    told: HashMap<Told, usize>,
    own: Sites,
}

/// An event, as far as the course goes.
#[derive(Debug)]
struct Moment {
    /// When it was. Without a date, when the event was that came before it.
    at: i64,
    is_dated: bool,
    row: usize,
    kind: Kind,
    /// The page it was on, by the number of what tells pages apart.
    page: Option<u32>,
    /// Where the visitor came from, as it tells it.
    told: Option<usize>,
    offer: Option<OfferStep>,
}

/// What a session's course was. Times are milliseconds, of 1970 or of a duration; rows count the report's
/// events from 0.
#[derive(Debug, Default, Serialize)]
pub(super) struct Followed {
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    /// Time between events, idle times left out.
    pub(super) active: i64,
    pub(super) idle: Vec<Idle>,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) offers: Offers,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) segments: Vec<usize>,
    /// The part of the active time that was on each page.
    #[serde(skip)]
    pub(super) times: HashMap<u32, i64>,
    /// Rows and the page that was open then.
    #[serde(skip)]
    pub(super) open: Vec<(usize, u32)>,
}

/// A time in which nothing was recorded.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Idle {
    from: i64,
    to: i64,
    /// The last event before it, and the first one after it.
    before: usize,
    after: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    row: usize,
    /// The last arrival before it.
    arrival: Option<usize>,
    /// The last event before it in which something was done.
    deed: Option<usize>,
}

/// A step back in time, in milliseconds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Backwards(pub(super) i64);

impl Course {
    /// Takes in the next event that came; says if its clock is behind that of the one before.
    pub(super) fn push(
        &mut self,
        row: usize,
        at: Option<i64>,
        kind: Kind,
        page: Option<u32>,
        digest: &Digest,
    ) -> Option<Backwards> {
        self.own.add(&digest.site);
        let told = digest.told.as_ref().map(|told| {
            let next = self.told.len();
            *self.told.entry(told.clone()).or_insert(next)
        });
        let before = self.moments.last().map(|moment| moment.at);
        self.moments.push(Moment {
            at: at.or(before).unwrap_or(i64::MIN),
            is_dated: at.is_some(),
            row,
            kind,
            page,
            told,
            offer: digest.offer.clone(),
        });
        let by = before?.checked_sub(at?)?;
        (by > 0).then_some(Backwards(by))
    }

    /// Follows the course, with times from `idle` milliseconds on told as idle.
    pub(super) fn follow(mut self, idle: i64) -> Followed {
        self.moments
            .sort_unstable_by_key(|moment| (moment.at, moment.row));
        let mut told: Vec<_> = self.told.iter().collect();
        told.sort_unstable_by_key(|(_, number)| **number);
        let origins: Vec<_> = told.iter().map(|(told, _)| self.own.origin(told)).collect();

        let mut followed = Followed::default();
        let (mut page, mut deed, mut before) = (None, None, None);
        for moment in &self.moments {
            if moment.is_dated {
                if let Some(before) = before.replace(moment) {
                    followed.pass_time(before, moment, page, idle);
                }
                followed.first.get_or_insert(moment.at);
                followed.last = Some(moment.at);
            }
            page = moment.page.or(page);
            followed.open.extend(page.map(|page| (moment.row, page)));
            if let Some(origin) = moment.told.and_then(|told| origins.get(told)) {
                arrival::note(&mut followed.arrivals, origin, moment.row);
            }
            if let Some(step) = &moment.offer {
                followed.offers.push(step, moment.row);
            }
            match moment.kind {
                Kind::Segment => followed.segments.push(moment.row),
                Kind::View | Kind::Deed => deed = Some(moment.row),
                Kind::Outcome => followed.outcomes.push(Outcome {
                    row: moment.row,
                    arrival: followed.arrivals.len().checked_sub(1),
                    deed,
                }),
                _ => {}
            }
        }
        followed
    }
}

impl Followed {
    fn pass_time(&mut self, before: &Moment, after: &Moment, page: Option<u32>, idle: i64) {
        let time = after.at - before.at;
        if time >= idle {
            self.idle.push(Idle {
                from: before.at,
                to: after.at,
                before: before.row,
                after: after.row,
            });
            return;
        }
        self.active += time;
        if let Some(page) = page {
            *self.times.entry(page).or_default() += time;
        }
    }
}

#[cfg(test)]
mod tests {
    use journey_events::Event;

    use super::*;
    use crate::command::report::digest::digest;

    const IDLE: i64 = 60_000;

    /// The course of events: seconds, page and JSON each.
    fn followed(events: &[(Option<i64>, Option<u32>, &str)]) -> Followed {
        let mut course = Course::default();
        for (row, (at, page, json)) in events.iter().enumerate() {
            let digest = digest(&Event::from_json(json).unwrap());
            course.push(row, at.map(|at| at * 1_000), digest.kind, *page, &digest);
        }
        course.follow(IDLE)
    }

    const CLICK: &str = r#"{"eventType":"com.genesys.journey.WebEvent","webEvent":{"page":{"hostname":"shop.example"}}}"#;
    const SEGMENT: &str = r#"{"eventType":"com.genesys.journey.SegmentAssignmentEvent"}"#;

    fn from(host: &str) -> String {
        format!(
            r#"{{"eventType":"com.genesys.journey.WebEvent","webEvent":{{"page":{{"hostname":"shop.example"}},"referrer":{{"hostname":"{host}"}}}}}}"#
        )
    }

    fn outcome(referrer: &str) -> String {
        format!(
            r#"{{"eventType":"com.genesys.journey.OutcomeAchievedEvent","outcomeAchievedEvent":{{"visitReferrer":{{"hostname":"{referrer}"}}}}}}"#
        )
    }

    #[test]
    fn time_is_spent_where_the_clocks_say_whatever_the_order_of_the_events() {
        let events = [
            (0, Some(0)),
            (30, Some(1)),
            (5, Some(0)),
            (31, None),
            (200, Some(1)),
        ];
        let events = events.map(|(at, page)| (Some(at), page, CLICK));
        let followed = followed(&events);
        assert_eq!(followed.times, HashMap::from([(0, 30_000), (1, 1_000)]));
        assert_eq!(followed.active, 31_000);
        assert_eq!((followed.first, followed.last), (Some(0), Some(200_000)));
        let idle = Idle {
            from: 31_000,
            to: 200_000,
            before: 3,
            after: 4,
        };
        assert_eq!(followed.idle, [idle]);
        assert_eq!(followed.open, [(0, 0), (2, 0), (1, 1), (3, 1), (4, 1)]);
    }

    #[test]
    fn an_event_without_a_date_is_where_it_came_and_takes_no_time() {
        let events = [
            (None, None, SEGMENT),
            (Some(0), Some(0), CLICK),
            (None, Some(1), CLICK),
            (Some(10), None, SEGMENT),
        ];
        let followed = followed(&events);
        assert_eq!(followed.times, HashMap::from([(1, 10_000)]));
        assert_eq!((followed.first, followed.active), (Some(0), 10_000));
        assert_eq!(followed.open, [(1, 0), (2, 1), (3, 1)]);
    }

    #[test]
    fn a_clock_that_ran_backwards_is_told_and_one_without_a_date_says_nothing() {
        let mut course = Course::default();
        let digest = digest(&Event::from_json(SEGMENT).unwrap());
        let steps = [None, Some(5_000), None, Some(3_000), Some(4_000)];
        let told = steps.map(|at| course.push(0, at, Kind::Segment, None, &digest));
        assert_eq!(told, [None, None, None, Some(Backwards(2_000)), None]);
    }

    #[test]
    fn arrivals_and_what_came_of_them_are_in_the_order_of_the_clocks() {
        let (news, google) = (from("news.example"), from("google.example"));
        let outcome = outcome("news.example");
        let events = [
            (Some(100), None, news.as_str()),
            (Some(50), None, google.as_str()),
            (Some(110), None, outcome.as_str()),
        ];
        let followed = followed(&events);
        let rows: Vec<_> = followed.arrivals.iter().map(Arrival::row).collect();
        assert_eq!(rows, [1, 0]);
        let [outcome] = followed.outcomes.as_slice() else {
            panic!("{:?}", followed.outcomes)
        };
        assert_eq!(
            (outcome.row, outcome.arrival, outcome.deed),
            (2, Some(1), Some(0))
        );
    }

    #[test]
    fn steps_of_offers_and_segments_are_in_the_order_of_the_clocks() {
        let step = |state: &str| {
            format!(
                r#"{{"eventType":"com.genesys.journey.WebActionEvent","webActionEvent":{{"action":{{"id":"a","state":"{state}"}}}}}}"#
            )
        };
        let (failed, offered) = (step("errored"), step("offered"));
        let events = [
            (Some(30), None, failed.as_str()),
            (Some(20), None, SEGMENT),
            (Some(10), None, offered.as_str()),
            (Some(5), None, SEGMENT),
        ];
        let followed = followed(&events);
        assert_eq!(followed.segments, [3, 1]);
        let offers = serde_json::to_value(&followed.offers).unwrap();
        let rows: Vec<_> = [0, 1]
            .map(|step| offers[0]["steps"][step]["row"].clone())
            .into();
        assert_eq!(rows, [2, 0]);
    }

    #[test]
    fn the_site_itself_is_nowhere_to_come_from_also_where_an_event_names_no_page() {
        let own = outcome("www.shop.example");
        let google = from("google.example");
        let events = [
            (Some(0), None, own.as_str()),
            (Some(1), None, google.as_str()),
            (Some(2), None, own.as_str()),
        ];
        let followed = followed(&events);
        let rows: Vec<_> = followed.arrivals.iter().map(Arrival::row).collect();
        assert_eq!(rows, [1]);
    }
}
