//! What happens in a chapter, and when: cheap to work out, without a word of JSON.

use super::moment::Moment;
use super::scenes::{CLOSINGS, Deed, MIDDLES, OPENINGS, SCENE, Step, VIEWS};
use crate::rng::Rng;

const SCENES: usize = 4;

/// Events of a chapter. A chapter is one visit of the session; every chapter has the same number
/// of events and of page views, so that any event is found and counted without those before it.
pub(crate) const CHAPTER: u64 = (SCENES * SCENE) as u64;

/// Page views of a chapter.
const CHAPTER_VIEWS: u64 = (SCENES * VIEWS) as u64;

/// Time of a chapter, milliseconds. The longest one takes less (`FLOW` and `PAUSE` see to it), so
/// that no event comes before one of the chapter before.
const SLOT: u64 = 15 * 60_000;

/// Longest time between two events of one scene, milliseconds.
const FLOW: u64 = 12_000;

/// Longest pause before a scene, milliseconds: the visitor is away from the page.
const PAUSE: u64 = 120_000;

const _: () = assert!(CHAPTER * (FLOW + 1_000) + SCENES as u64 * PAUSE < SLOT);

/// One event, before it is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beat {
    pub(crate) step: Step,
    pub(crate) at: Moment,
    /// Which of the chapter's scenes it is in.
    pub(crate) scene: u64,
    /// Page views of the session up to here, this one among them.
    pub(crate) views: u64,
}

/// A chapter's events in order.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) chapter: u64,
    pub(crate) start: Moment,
    pub(crate) beats: Vec<Beat>,
}

impl Plot {
    /// `key` is the session's; `epoch` is when its first chapter starts.
    pub(crate) fn new(key: u64, epoch: Moment, chapter: u64) -> Self {
        let mut rng = Rng::of([key, chapter, 1]);
        let scenes: [&[Step; SCENE]; SCENES] = [
            rng.pick(&OPENINGS),
            rng.pick(&MIDDLES),
            rng.pick(&MIDDLES),
            rng.pick(&CLOSINGS),
        ];
        let start = epoch.0 + chapter * SLOT;
        let mut at = start;
        let mut views = chapter * CHAPTER_VIEWS;
        let mut beats = Vec::with_capacity(SCENES * SCENE);
        for (scene, steps) in (0..).zip(scenes) {
            at += rng.below(PAUSE);
            for step in steps {
                at += gap(*step, &mut rng);
                if rng.once_in(12) {
                    at = at.next_multiple_of(1_000);
                }
                views += u64::from(matches!(step, Step::View(_)));
                beats.push(Beat {
                    step: *step,
                    at: Moment(at),
                    scene,
                    views,
                });
            }
        }
        Self {
            chapter,
            start: Moment(start),
            beats,
        }
    }

    /// The event at this position of the session; the plot must be that of its chapter.
    pub(crate) fn beat(&self, position: u64) -> Beat {
        let index = usize::try_from(position % CHAPTER).unwrap_or_default();
        #[expect(clippy::indexing_slicing, reason = "a plot has CHAPTER beats")]
        self.beats[index]
    }

    /// When the visitor signed in; `None` if they didn't in this chapter.
    pub(crate) fn signed_in(&self) -> Option<Moment> {
        let signs_in = |beat: &&Beat| matches!(beat.step, Step::Do(_, Deed::SignIn));
        self.beats.iter().find(signs_in).map(|beat| beat.at)
    }
}

/// Some events come at once with the one before, as their cause is the same.
fn gap(step: Step, rng: &mut Rng) -> u64 {
    match step {
        Step::Segment | Step::Outcome => rng.below(3) * rng.below(20),
        Step::View(_) => 400 + rng.below(FLOW - 400),
        _ => 30 + rng.below(FLOW / 2),
    }
}

#[cfg(test)]
mod tests {
    use super::{CHAPTER, CHAPTER_VIEWS, Plot, SLOT};
    use crate::story::moment::Moment;

    #[test]
    fn a_chapter_has_its_number_of_events_and_views_and_ends_before_the_next() {
        for chapter in 0..500 {
            let plot = Plot::new(7, Moment(0), chapter);
            assert_eq!(plot.beats.len() as u64, CHAPTER);
            let last = plot.beats.last().unwrap();
            assert_eq!(last.views, (chapter + 1) * CHAPTER_VIEWS);
            assert!(last.at.0 < (chapter + 1) * SLOT);
            assert!(plot.beats.is_sorted_by_key(|beat| beat.at));
        }
    }
}
