//! Which requests get which fault.

use std::sync::atomic::{AtomicU64, Ordering};

use super::spec::{Fault, When};
use crate::rng::Rng;

/// The faults of an emulator, and the count of the requests they may apply to.
#[derive(Debug)]
pub(crate) struct Schedule {
    faults: Vec<Fault>,
    seed: u64,
    requests: AtomicU64,
}

impl Schedule {
    pub(crate) fn new(faults: &[Fault], seed: u64) -> Self {
        Self {
            faults: faults.to_vec(),
            seed,
            requests: AtomicU64::new(0),
        }
    }

    /// Returns the first fault that applies to the next request.
    pub(crate) fn next(&self) -> Option<Fault> {
        let request = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let mut faults = (0..).zip(&self.faults);
        let found = faults.find(|(index, fault)| self.applies(fault, *index, request));
        found.map(|(_, fault)| *fault)
    }

    /// Restarts the count.
    pub(crate) fn restart(&self) {
        self.requests.store(0, Ordering::Relaxed);
    }

    /// `request` is counted from 1. `index` gives each fault its own random numbers.
    fn applies(&self, fault: &Fault, index: u64, request: u64) -> bool {
        match fault.when {
            When::Every(requests) => request.is_multiple_of(requests),
            When::Rate(share) => {
                // 53 bits, as many as a double has.
                let bits = Rng::of([self.seed, index, request, 13]).next() >> 11;
                #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
                let drawn = bits as f64 / (1u64 << 53) as f64;
                drawn < share
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduled(faults: &[Fault], requests: usize) -> Vec<Option<Fault>> {
        let schedule = Schedule::new(faults, 1);
        (0..requests).map(|_| schedule.next()).collect()
    }

    #[test]
    fn a_rate_applies_to_about_its_share_and_always_to_the_same_requests() {
        let fault = Fault::cut().rate(0.1);
        let first = scheduled(&[fault], 10_000);
        assert!((900..=1_100).contains(&first.iter().flatten().count()));
        assert_eq!(first, scheduled(&[fault], 10_000));
        let third = scheduled(&[Fault::cut().every(3)], 9);
        assert_eq!(third.iter().flatten().count(), 3);
    }

    #[test]
    fn each_of_several_rates_applies_to_about_its_share() {
        let (often, seldom) = (Fault::status(503).rate(0.2), Fault::cut().rate(0.1));
        let actual = scheduled(&[often, seldom], 10_000);
        let count = |fault| actual.iter().filter(|one| **one == Some(fault)).count();
        assert!((1_800..=2_200).contains(&count(often)), "{}", count(often));
        // A tenth of those without the first fault.
        assert!((700..=900).contains(&count(seldom)), "{}", count(seldom));
    }

    #[test]
    fn the_first_of_two_faults_on_the_same_request_wins() {
        let (second, third) = (Fault::cut().every(2), Fault::status(503).every(3));
        let actual = scheduled(&[third, second], 6);
        let expected = [
            None,
            Some(second),
            Some(third),
            Some(second),
            None,
            Some(third),
        ];
        assert_eq!(actual, expected);
    }

    #[test]
    fn a_restarted_count_selects_the_same_requests() {
        let schedule = Schedule::new(&[Fault::cut().every(2)], 1);
        assert_eq!(schedule.next(), None);
        schedule.restart();
        assert_eq!(schedule.next(), None);
        assert!(schedule.next().is_some());
    }
}
