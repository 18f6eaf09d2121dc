//! What happens in a visit, and when.

use super::moment::Moment;
use super::shop::{SCENE_EVENTS, SHOP, Scene};
use super::step::{Action, Step};
use crate::rng::Rng;

const SCENES: usize = 4;

/// Events of a visit. All visits have the same number of events and page views, so that any event
/// is found, and its counters computed, without those before it.
pub(super) const VISIT_EVENTS: u64 = (SCENES * SCENE_EVENTS) as u64;

/// Page views of a scene.
const SCENE_VIEWS: usize = 3;

/// Page views of a visit.
const VISIT_VIEWS: u64 = (SCENES * SCENE_VIEWS) as u64;

/// Milliseconds from the start of one visit to that of the next, more than the longest visit takes.
const INTERVAL: u64 = 15 * 60_000;

/// Longest time between two events of a scene, in milliseconds.
const MAX_GAP: u64 = 12_000;

/// Longest pause before a scene, in milliseconds.
const MAX_PAUSE: u64 = 120_000;

const _: () = assert!(VISIT_EVENTS * (MAX_GAP + 1_000) + SCENES as u64 * MAX_PAUSE < INTERVAL);

#[derive(Debug, Clone, Copy)]
pub(super) struct TimedStep {
    pub(super) step: Step,
    pub(super) at: Moment,
    /// The number of its scene in the visit.
    pub(super) scene: u64,
    /// Page views of the session so far, including this one.
    pub(super) views: u64,
}

#[derive(Debug)]
pub(super) struct Visit {
    pub(super) number: u64,
    pub(super) start: Moment,
    steps: Vec<TimedStep>,
}

impl Visit {
    /// `key` is the session's; `first_visit` is when its first visit starts.
    pub(super) fn new(key: u64, first_visit: Moment, number: u64) -> Self {
        let mut rng = Rng::of([key, number, 1]);
        let scenes: [&Scene; SCENES] = [
            rng.pick(&SHOP.openings),
            rng.pick(&SHOP.middles),
            rng.pick(&SHOP.middles),
            rng.pick(&SHOP.closings),
        ];
        let start = first_visit.0 + number * INTERVAL;
        let mut at = start;
        let mut views = number * VISIT_VIEWS;
        let mut steps = Vec::with_capacity(SCENES * SCENE_EVENTS);
        for (number, scene) in (0..).zip(scenes) {
            at += rng.below(MAX_PAUSE);
            for step in scene {
                at += gap(*step, &mut rng);
                if rng.once_in(12) {
                    at = at.next_multiple_of(1_000);
                }
                views += u64::from(matches!(step, Step::On(_, Action::View)));
                steps.push(TimedStep {
                    step: *step,
                    at: Moment(at),
                    scene: number,
                    views,
                });
            }
        }
        Self {
            number,
            start: Moment(start),
            steps,
        }
    }

    /// Returns the step at a position of the session, which must be in this visit.
    pub(super) fn step(&self, position: u64) -> TimedStep {
        let index = usize::try_from(position % VISIT_EVENTS).unwrap_or_default();
        #[expect(clippy::indexing_slicing, reason = "a visit has VISIT_EVENTS steps")]
        self.steps[index]
    }

    /// Returns when the visitor signed in; `None` if they didn't.
    pub(super) fn signed_in(&self) -> Option<Moment> {
        let signs_in = |timed: &&TimedStep| matches!(timed.step, Step::On(_, Action::SignIn));
        self.steps.iter().find(signs_in).map(|timed| timed.at)
    }
}

/// Segments and outcomes follow at once from the event that caused them.
fn gap(step: Step, rng: &mut Rng) -> u64 {
    match step {
        Step::Segment | Step::Outcome => rng.below(3) * rng.below(20),
        Step::On(_, Action::View) => 400 + rng.below(MAX_GAP - 400),
        Step::On(..) => 30 + rng.below(MAX_GAP / 2),
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, INTERVAL, SCENE_VIEWS, SHOP, Step, VISIT_EVENTS, VISIT_VIEWS, Visit};
    use crate::story::moment::Moment;

    #[test]
    fn a_visit_has_its_number_of_events_and_views_and_ends_before_the_next() {
        for number in 0..500 {
            let visit = Visit::new(7, Moment(0), number);
            assert_eq!(visit.steps.len() as u64, VISIT_EVENTS);
            let last = visit.steps.last().unwrap();
            assert_eq!(last.views, (number + 1) * VISIT_VIEWS);
            assert!(last.at.0 < (number + 1) * INTERVAL);
            assert!(visit.steps.is_sorted_by_key(|timed| timed.at));
        }
    }

    #[test]
    fn every_scene_has_the_same_number_of_page_views_and_every_action_a_label() {
        let scenes = SHOP.openings.iter().chain(&SHOP.middles);
        for scene in scenes.chain(&SHOP.closings) {
            let actions = scene.iter().filter_map(|step| match step {
                Step::On(_, action) => Some(action),
                Step::Segment | Step::Outcome => None,
            });
            let views = actions.clone().filter(|action| **action == Action::View);
            assert_eq!(views.count(), SCENE_VIEWS, "{scene:?}");
            for action in actions {
                let label = &SHOP.labels[action];
                assert!(SHOP.attributes.contains_key(&label.attributes), "{label:?}");
            }
        }
        for name in ["app", "visitor"] {
            assert!(SHOP.attributes.contains_key(name), "{name}");
        }
    }
}
