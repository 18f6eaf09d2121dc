//! A session's timeline: everything that depends on the order of its events, which is by date, not as
//! received.

use std::collections::HashMap;

use serde::Serialize;

use super::arrival::{self, Arrival, OwnSites, Referral};
use super::offers::Offers;
use super::summary::{Kind, OfferStep, Summary};

/// A visit ends with a pause of this long, or of an idle period if that is longer, in milliseconds. A new
/// arrival starts one too.
const VISIT_PAUSE: i64 = 5 * 60_000;

/// Collects a session's events for its timeline.
#[derive(Debug, Default)]
pub(super) struct TimelineBuilder {
    entries: Vec<Entry>,
    referrals: HashMap<Referral, usize>,
    own_sites: OwnSites,
}

/// What the timeline needs of an event.
#[derive(Debug)]
struct Entry {
    /// An undated event takes the time of the event received before it.
    at: i64,
    is_dated: bool,
    row: usize,
    kind: Kind,
    /// The key of the page it was on.
    page: Option<u32>,
    /// Index of the referral it reports.
    referral: Option<usize>,
    offer: Option<OfferStep>,
}

/// A session's timeline. Times are milliseconds, since 1970 or as a duration; rows count the report's
/// events from 0.
#[derive(Debug, Default, Serialize)]
pub(super) struct Timeline {
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    /// Time between events, excluding idle periods.
    pub(super) active: i64,
    pub(super) idle: Vec<IdlePeriod>,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) offers: Offers,
    pub(super) outcomes: Vec<Outcome>,
    /// The first event of each visit.
    pub(super) visits: Vec<usize>,
    /// Active time per page.
    #[serde(skip)]
    pub(super) times: HashMap<u32, i64>,
    /// Rows and the page that was open at each.
    #[serde(skip)]
    pub(super) open: Vec<(usize, u32)>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct IdlePeriod {
    from: i64,
    to: i64,
    /// Rows of the last event before it and the first event after it.
    before: usize,
    after: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    row: usize,
    /// Index of the last arrival before it.
    arrival: Option<usize>,
    /// Row of the last page view or activity before it.
    activity: Option<usize>,
}

/// Milliseconds by which an event is earlier than the one received before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OutOfOrder(pub(super) i64);

impl TimelineBuilder {
    /// Adds the next event received; reports whether it is earlier than the one before.
    pub(super) fn push(
        &mut self,
        row: usize,
        at: Option<i64>,
        kind: Kind,
        page: Option<u32>,
        summary: &Summary,
    ) -> Option<OutOfOrder> {
        self.own_sites.add(&summary.site);
        let referral = summary.referral.as_ref().map(|referral| {
            let next = self.referrals.len();
            *self.referrals.entry(referral.clone()).or_insert(next)
        });
        let before = self.entries.last().map(|entry| entry.at);
        self.entries.push(Entry {
            at: at.or(before).unwrap_or(i64::MIN),
            is_dated: at.is_some(),
            row,
            kind,
            page,
            referral,
            offer: summary.offer.clone(),
        });
        let by = before?.checked_sub(at?)?;
        (by > 0).then_some(OutOfOrder(by))
    }

    /// Builds the timeline; gaps of `idle` milliseconds or more are idle periods.
    pub(super) fn build(mut self, idle: i64) -> Timeline {
        self.entries
            .sort_unstable_by_key(|entry| (entry.at, entry.row));
        let mut referrals: Vec<_> = self.referrals.iter().collect();
        referrals.sort_unstable_by_key(|(_, index)| **index);
        let origins: Vec<_> = referrals
            .iter()
            .map(|(referral, _)| self.own_sites.origin(referral))
            .collect();

        let mut timeline = Timeline::default();
        let (mut page, mut activity, mut before) = (None, None, None);
        for entry in &self.entries {
            let mut is_visit = timeline.visits.is_empty();
            if entry.is_dated {
                if let Some(before) = before.replace(entry) {
                    timeline.add_gap(before, entry, page, idle);
                    is_visit |= entry.at - before.at >= idle.max(VISIT_PAUSE);
                }
                timeline.first.get_or_insert(entry.at);
                timeline.last = Some(entry.at);
            }
            page = entry.page.or(page);
            timeline.open.extend(page.map(|page| (entry.row, page)));
            if let Some(origin) = entry.referral.and_then(|index| origins.get(index)) {
                is_visit |= arrival::add(&mut timeline.arrivals, origin, entry.row);
            }
            if is_visit {
                timeline.visits.push(entry.row);
            }
            if let Some(step) = &entry.offer {
                timeline.offers.push(step, entry.row);
            }
            match entry.kind {
                Kind::View | Kind::Activity | Kind::Search => activity = Some(entry.row),
                Kind::Outcome => timeline.outcomes.push(Outcome {
                    row: entry.row,
                    arrival: timeline.arrivals.len().checked_sub(1),
                    activity,
                }),
                _ => {}
            }
        }
        timeline
    }
}

impl Timeline {
    fn add_gap(&mut self, before: &Entry, after: &Entry, page: Option<u32>, idle: i64) {
        let time = after.at - before.at;
        if time >= idle {
            self.idle.push(IdlePeriod {
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
    use crate::command::report::summary::summarize;

    const IDLE: i64 = 60_000;

    /// The timeline of events given as seconds, page and JSON.
    fn timeline(events: &[(Option<i64>, Option<u32>, &str)]) -> Timeline {
        let mut builder = TimelineBuilder::default();
        for (row, (at, page, json)) in events.iter().enumerate() {
            let summary = summarize(&Event::from_json(json).unwrap());
            builder.push(row, at.map(|at| at * 1_000), summary.kind, *page, &summary);
        }
        builder.build(IDLE)
    }

    const CLICK: &str = r#"{"eventType":"com.genesys.journey.WebEvent","webEvent":{"page":{"hostname":"shop.example"}}}"#;
    const SEGMENT: &str = r#"{"eventType":"com.genesys.journey.SegmentAssignmentEvent"}"#;

    fn referred_by(host: &str) -> String {
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
    fn time_spent_follows_the_dates_whatever_the_order_of_the_events() {
        let events = [
            (0, Some(0)),
            (30, Some(1)),
            (5, Some(0)),
            (31, None),
            (200, Some(1)),
        ];
        let events = events.map(|(at, page)| (Some(at), page, CLICK));
        let timeline = timeline(&events);
        assert_eq!(timeline.times, HashMap::from([(0, 30_000), (1, 1_000)]));
        assert_eq!(timeline.active, 31_000);
        assert_eq!((timeline.first, timeline.last), (Some(0), Some(200_000)));
        let idle = IdlePeriod {
            from: 31_000,
            to: 200_000,
            before: 3,
            after: 4,
        };
        assert_eq!(timeline.idle, [idle]);
        assert_eq!(timeline.open, [(0, 0), (2, 0), (1, 1), (3, 1), (4, 1)]);
    }

    #[test]
    fn an_undated_event_keeps_its_place_and_takes_no_time() {
        let events = [
            (None, None, SEGMENT),
            (Some(0), Some(0), CLICK),
            (None, Some(1), CLICK),
            (Some(10), None, SEGMENT),
        ];
        let timeline = timeline(&events);
        assert_eq!(timeline.times, HashMap::from([(1, 10_000)]));
        assert_eq!((timeline.first, timeline.active), (Some(0), 10_000));
        assert_eq!(timeline.open, [(1, 0), (2, 1), (3, 1)]);
    }

    #[test]
    fn an_out_of_order_event_is_reported_and_an_undated_one_is_not() {
        let mut builder = TimelineBuilder::default();
        let summary = summarize(&Event::from_json(SEGMENT).unwrap());
        let steps = [None, Some(5_000), None, Some(3_000), Some(4_000)];
        let reported = steps.map(|at| builder.push(0, at, Kind::Segment, None, &summary));
        assert_eq!(reported, [None, None, None, Some(OutOfOrder(2_000)), None]);
    }

    #[test]
    fn arrivals_and_their_outcomes_are_ordered_by_date() {
        let (news, google) = (referred_by("news.example"), referred_by("google.example"));
        let outcome = outcome("news.example");
        let events = [
            (Some(100), None, news.as_str()),
            (Some(50), None, google.as_str()),
            (Some(110), None, outcome.as_str()),
        ];
        let timeline = timeline(&events);
        let rows: Vec<_> = timeline.arrivals.iter().map(Arrival::row).collect();
        assert_eq!(rows, [1, 0]);
        let [outcome] = timeline.outcomes.as_slice() else {
            panic!("{:?}", timeline.outcomes)
        };
        assert_eq!(
            (outcome.row, outcome.arrival, outcome.activity),
            (2, Some(1), Some(0))
        );
    }

    #[test]
    fn offer_steps_are_ordered_by_date() {
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
        let timeline = timeline(&events);
        let offers = serde_json::to_value(&timeline.offers).unwrap();
        let rows: Vec<_> = [0, 1]
            .map(|step| offers[0]["steps"][step]["row"].clone())
            .into();
        assert_eq!(rows, [2, 0]);
    }

    #[test]
    fn a_visit_ends_with_a_pause_or_a_new_arrival() {
        let google = referred_by("google.example");
        let events = [
            (Some(0), None, CLICK),
            (Some(299), None, CLICK),
            (Some(310), None, google.as_str()),
            (Some(320), None, google.as_str()),
            (None, None, CLICK),
            (Some(620), None, CLICK),
        ];
        assert_eq!(timeline(&events).visits, [0, 2, 5]);
        let summary = summarize(&Event::from_json(CLICK).unwrap());
        let mut builder = TimelineBuilder::default();
        for (row, at) in [0, 300_000, 1_000_000].into_iter().enumerate() {
            builder.push(row, Some(at), summary.kind, None, &summary);
        }
        assert_eq!(
            builder.build(600_000).visits,
            [0, 2],
            "of a longer idle period"
        );
    }

    #[test]
    fn the_site_itself_is_not_an_origin_even_for_an_event_without_a_page() {
        let own = outcome("www.shop.example");
        let google = referred_by("google.example");
        let events = [
            (Some(0), None, own.as_str()),
            (Some(1), None, google.as_str()),
            (Some(2), None, own.as_str()),
        ];
        let timeline = timeline(&events);
        let rows: Vec<_> = timeline.arrivals.iter().map(Arrival::row).collect();
        assert_eq!(rows, [1]);
    }
}
