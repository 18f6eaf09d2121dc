//! Which requests get which fault.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::scope::Target;
use super::spec::{Fault, When};
use crate::error::ChangeError;
use crate::rng::Rng;

/// Most faults at a time: each request is compared with all of them.
pub(crate) const MAX_FAULTS: usize = 1_000;

/// The faults of an emulator, and what each has seen.
#[derive(Debug)]
pub(crate) struct Schedule {
    seed: u64,
    /// Those of the start, for a reset.
    first: Vec<Fault>,
    faults: Mutex<Vec<FaultCount>>,
}

/// A fault and how often it applied, from [`Emulator::faults`](crate::Emulator::faults).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FaultCount {
    /// The fault.
    pub fault: Fault,
    /// How many requests it could have applied to.
    pub seen: u64,
    /// How many it did apply to.
    pub applied: u64,
}

impl Schedule {
    pub(crate) fn new(faults: &[Fault], seed: u64) -> Self {
        Self {
            seed,
            first: faults.to_vec(),
            faults: Mutex::new(faults.iter().map(counted).collect()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Returns the first fault that applies to a request.
    pub(crate) fn next(&self, target: &Target<'_>) -> Option<Fault> {
        let mut found = None;
        for (index, counted) in (0..).zip(self.lock().iter_mut()) {
            let FaultCount {
                fault,
                seen,
                applied,
            } = counted;
            if !fault.kind.can_hit(target) || !fault.scope.includes(target) {
                continue;
            }
            *seen += 1;
            let is_due = fault.times.is_none_or(|times| *applied < times)
                && self.applies(fault, index, *seen);
            if is_due && found.is_none() {
                *applied += 1;
                found = Some(fault.clone());
            }
        }
        found
    }

    /// Takes back that a fault applied to a request, whose response had nothing for it to change.
    pub(crate) fn give_back(&self, fault: &Fault) {
        let mut all = self.lock();
        if let Some(counted) = all.iter_mut().find(|counted| counted.fault == *fault) {
            counted.seen = counted.seen.saturating_sub(1);
            counted.applied = counted.applied.saturating_sub(1);
        }
    }

    /// Restarts the counts.
    pub(crate) fn restart(&self) {
        for counted in self.lock().iter_mut() {
            (counted.seen, counted.applied) = (0, 0);
        }
    }

    /// Replaces all faults, unless one is invalid or there are too many.
    pub(crate) fn set(&self, faults: &[Fault]) -> Result<(), ChangeError> {
        check(faults, 0)?;
        *self.lock() = faults.iter().map(counted).collect();
        Ok(())
    }

    /// Adds faults, likewise.
    pub(crate) fn add(&self, faults: &[Fault]) -> Result<(), ChangeError> {
        let mut all = self.lock();
        check(faults, all.len())?;
        all.extend(faults.iter().map(counted));
        Ok(())
    }

    /// Returns to the faults of the start.
    pub(crate) fn reset(&self) {
        *self.lock() = self.first.iter().map(counted).collect();
    }

    pub(crate) fn all(&self) -> Vec<FaultCount> {
        self.lock().clone()
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

    fn lock(&self) -> MutexGuard<'_, Vec<FaultCount>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses invalid faults, and too many of them besides those that are kept.
fn check(faults: &[Fault], kept: usize) -> Result<(), ChangeError> {
    faults.iter().try_for_each(Fault::check)?;
    let count = kept + faults.len();
    if count > MAX_FAULTS {
        return Err(ChangeError::invalid(format!(
            "{count} faults; at most {MAX_FAULTS} are allowed"
        )));
    }
    Ok(())
}

fn counted(fault: &Fault) -> FaultCount {
    FaultCount {
        fault: fault.clone(),
        seen: 0,
        applied: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Endpoint;

    const EVENTS: Target<'static> = Target {
        endpoint: Endpoint::Events,
        session: Some("a"),
        page: Some(1),
        has_cursor: false,
    };

    fn scheduled(faults: &[Fault], requests: usize) -> Vec<Option<Fault>> {
        let schedule = Schedule::new(faults, 1);
        (0..requests).map(|_| schedule.next(&EVENTS)).collect()
    }

    #[test]
    fn a_rate_applies_to_about_its_share_and_always_to_the_same_requests() {
        let fault = Fault::cut().rate(0.1);
        let first = scheduled(std::slice::from_ref(&fault), 10_000);
        assert!((900..=1_100).contains(&first.iter().flatten().count()));
        assert_eq!(first, scheduled(&[fault], 10_000));
        let third = scheduled(&[Fault::cut().every(3)], 9);
        assert_eq!(third.iter().flatten().count(), 3);
    }

    #[test]
    fn each_of_several_rates_applies_to_about_its_share() {
        let (often, seldom) = (Fault::status(503).rate(0.2), Fault::cut().rate(0.1));
        let actual = scheduled(&[often.clone(), seldom.clone()], 10_000);
        let count = |fault| {
            actual
                .iter()
                .filter(|one| one.as_ref() == Some(fault))
                .count()
        };
        assert!(
            (1_800..=2_200).contains(&count(&often)),
            "{}",
            count(&often)
        );
        // A tenth of those without the first fault.
        assert!((700..=900).contains(&count(&seldom)), "{}", count(&seldom));
    }

    #[test]
    fn the_first_of_two_faults_on_the_same_request_wins() {
        let (second, third) = (Fault::cut().every(2), Fault::status(503).every(3));
        let actual = scheduled(&[third.clone(), second.clone()], 6);
        let expected = [
            None,
            Some(&second),
            Some(&third),
            Some(&second),
            None,
            Some(&third),
        ];
        let actual: Vec<_> = actual.iter().map(Option::as_ref).collect();
        assert_eq!(actual, expected);
    }

    #[test]
    fn a_restarted_count_selects_the_same_requests() {
        let schedule = Schedule::new(&[Fault::cut().every(2)], 1);
        assert_eq!(schedule.next(&EVENTS), None);
        schedule.restart();
        assert_eq!(schedule.next(&EVENTS), None);
        assert!(schedule.next(&EVENTS).is_some());
    }

    #[test]
    fn a_fault_counts_and_hits_only_the_requests_in_its_scope() {
        let other = Target {
            session: Some("b"),
            ..EVENTS
        };
        let second = Target {
            page: Some(2),
            has_cursor: true,
            ..EVENTS
        };
        let token = Target {
            endpoint: Endpoint::Token,
            session: None,
            page: None,
            has_cursor: false,
        };
        let one = Target {
            endpoint: Endpoint::Sessions,
            page: None,
            ..EVENTS
        };
        let all = [EVENTS, other, second, token, one];
        for (fault, hit) in [
            (Fault::cut(), vec![0, 1, 2, 4]),
            (Fault::cut().on(Endpoint::Token), vec![3]),
            (Fault::cut().on(Endpoint::Sessions), vec![4]),
            (Fault::cut().session("a"), vec![0, 2, 4]),
            (Fault::cut().session("a").every(2), vec![2]),
            (Fault::cut().page(1), vec![0, 1]),
            (Fault::cut().page(2), vec![2]),
            (Fault::cut().once(), vec![0]),
            (Fault::cut().times(3), vec![0, 1, 2]),
            (Fault::cut().every(2).once(), vec![1]),
            (Fault::refused_cursor(), vec![2]),
            (Fault::empty_page(), vec![0, 1, 2]),
            (Fault::late_event(), vec![0, 1, 2]),
        ] {
            let schedule = Schedule::new(std::slice::from_ref(&fault), 1);
            let hits: Vec<_> = all
                .iter()
                .map(|target| schedule.next(target).is_some())
                .collect();
            let hits: Vec<_> = (0..all.len()).filter(|index| hits[*index]).collect();
            assert_eq!(hits, hit, "{fault}");
            assert_eq!(schedule.all()[0].applied, hit.len() as u64);
        }
    }
}
