//! Faults that answers have on request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::StartError;
use crate::rng::Rng;

/// Longest stall and `Retry-After`: a day.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

// What [`Fault::check`] allows, in the words of every refusal.
pub(crate) const ALLOWED_STATUS: &str = "400 to 599";
pub(crate) const ALLOWED_EVERY: &str = "1 or more";
pub(crate) const ALLOWED_RATE: &str = "0 to 1";
pub(crate) const ALLOWED_WAIT: &str = "0 to 86400 s";

/// A fault that some of the answers have, for [`EmulatorBuilder::fault`](crate::EmulatorBuilder::fault).
///
/// As a text, such as on a command line: what it is, and when. `429:every=50`, `503:rate=0.01`,
/// `429:every=100,retry-after=30`, `cut:rate=0.01`, `stall:every=20,for=5`; 5 s are a stall's default.
///
/// It strikes GET requests for the paths under `/api/` that the emulator knows, and only those count for
/// [`every`](Self::every) and [`rate`](Self::rate). With neither of the two it strikes every one of
/// them; of several calls of the two the last counts. What isn't allowed is refused when the emulator
/// starts.
///
/// ```
/// use journey_events_emulator::Fault;
///
/// let fault: Fault = "429:every=50,retry-after=2".parse()?;
/// assert_eq!(fault, Fault::status(429).every(50).retry_after(2));
/// # Ok::<(), journey_events_emulator::FaultError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use = "a fault does nothing before an emulator has it"]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(crate) when: When,
    pub(crate) retry_after: Option<u64>,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// It is an error with this status.
    Status(u16),
    /// Its body ends half-way, and the connection with it.
    Cut,
    /// Its body stops half-way for so long.
    Stall(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum When {
    /// Each request whose number is a multiple.
    Every(u64),
    /// This part of the requests, chosen by the seed.
    Rate(f64),
}

impl Fault {
    /// Answers with an error status, 400 to 599, in place of the service: nothing is taken from a quota.
    /// A 429 asks to wait 1 s unless [`retry_after`](Self::retry_after) says otherwise.
    pub fn status(status: u16) -> Self {
        Self::of(Kind::Status(status))
    }

    /// Bodies that end half-way.
    pub fn cut() -> Self {
        Self::of(Kind::Cut)
    }

    /// Bodies that stop half-way for a while, a day at most.
    pub fn stall(time: Duration) -> Self {
        Self::of(Kind::Stall(time))
    }

    /// Strikes every so many requests: with 3, the third, the sixth, and so on; at least 1, which is
    /// the default and strikes all.
    pub fn every(mut self, requests: u64) -> Self {
        self.when = When::Every(requests);
        self
    }

    /// Strikes this part of the requests, 0 to 1. The seed decides which, for each of several faults
    /// anew.
    pub fn rate(mut self, part: f64) -> Self {
        self.when = When::Rate(part);
        self
    }

    /// `Retry-After` of an error status, in seconds, a day at most. Does nothing to cuts and stalls.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    fn of(kind: Kind) -> Self {
        Self {
            kind,
            when: When::Every(1),
            retry_after: (kind == Kind::Status(429)).then_some(1),
        }
    }

    /// Refuses what isn't allowed.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let refused = |name, given: String, allowed| Err(StartError::setting(name, given, allowed));
        match self.kind {
            Kind::Status(400..=599) | Kind::Cut => (),
            Kind::Status(status) => {
                return refused("status of a fault", status.to_string(), ALLOWED_STATUS);
            }
            Kind::Stall(time) if time <= LONGEST_WAIT => (),
            Kind::Stall(time) => {
                return refused("stall of a fault", format!("{time:?}"), ALLOWED_WAIT);
            }
        }
        match self.when {
            When::Every(1..) => (),
            When::Every(0) => return refused("every of a fault", "0".to_owned(), ALLOWED_EVERY),
            When::Rate(part) if (0.0..=1.0).contains(&part) => (),
            When::Rate(part) => return refused("rate of a fault", part.to_string(), ALLOWED_RATE),
        }
        match self.retry_after {
            Some(seconds) if seconds > LONGEST_WAIT.as_secs() => {
                let given = format!("{seconds}s");
                refused("retry_after of a fault", given, ALLOWED_WAIT)
            }
            _ => Ok(()),
        }
    }

    /// Whether it strikes a request, counted from 1. `place` is its own among the faults, so that each
    /// of several has a chance of its own.
    fn strikes(&self, seed: u64, place: u64, request: u64) -> bool {
        match self.when {
            When::Every(requests) => request.is_multiple_of(requests),
            When::Rate(part) => {
                // 53 bits, as many as a double has.
                let bits = Rng::of([seed, place, request, 13]).next() >> 11;
                #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
                let drawn = bits as f64 / (1u64 << 53) as f64;
                drawn < part
            }
        }
    }
}

/// The faults of an emulator, and how many requests came that they may strike.
#[derive(Debug)]
pub(crate) struct Faults {
    all: Vec<Fault>,
    seed: u64,
    requests: AtomicU64,
}

impl Faults {
    pub(crate) fn new(faults: &[Fault], seed: u64) -> Self {
        Self {
            all: faults.to_vec(),
            seed,
            requests: AtomicU64::new(0),
        }
    }

    /// The fault that strikes the next request: of several, the first.
    pub(crate) fn next(&self) -> Option<Fault> {
        let request = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let mut faults = (0..).zip(&self.all);
        let struck = faults.find(|(place, fault)| fault.strikes(self.seed, *place, request));
        struck.map(|(_, fault)| *fault)
    }

    /// Counts from the start again.
    pub(crate) fn begin_anew(&self) {
        self.requests.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(faults: &[Fault], requests: usize) -> Vec<Option<Fault>> {
        let faults = Faults::new(faults, 1);
        (0..requests).map(|_| faults.next()).collect()
    }

    #[test]
    fn a_rate_strikes_about_that_part_and_the_same_requests_each_time() {
        let fault = Fault::cut().rate(0.1);
        let first = struck(&[fault], 10_000);
        assert!((900..=1_100).contains(&first.iter().flatten().count()));
        assert_eq!(first, struck(&[fault], 10_000));
        let third = struck(&[Fault::cut().every(3)], 9);
        assert_eq!(third.iter().flatten().count(), 3);
    }

    #[test]
    fn each_of_several_rates_strikes_about_its_part() {
        let (often, seldom) = (Fault::status(503).rate(0.2), Fault::cut().rate(0.1));
        let struck = struck(&[often, seldom], 10_000);
        let of = |fault| struck.iter().filter(|one| **one == Some(fault)).count();
        assert!((1_800..=2_200).contains(&of(often)), "{}", of(often));
        // A tenth of those that the first one spared.
        assert!((700..=900).contains(&of(seldom)), "{}", of(seldom));
    }

    #[test]
    fn of_two_faults_that_strike_the_same_request_the_first_is_it() {
        let (second, third) = (Fault::cut().every(2), Fault::status(503).every(3));
        let struck = struck(&[third, second], 6);
        let expected = [
            None,
            Some(second),
            Some(third),
            Some(second),
            None,
            Some(third),
        ];
        assert_eq!(struck, expected);
    }

    #[test]
    fn a_new_count_strikes_as_the_first_one_did() {
        let faults = Faults::new(&[Fault::cut().every(2)], 1);
        assert_eq!(faults.next(), None);
        faults.begin_anew();
        assert_eq!(faults.next(), None);
        assert!(faults.next().is_some());
    }

    #[test]
    fn what_is_not_allowed_is_refused_by_name_and_value() {
        let day = Duration::from_hours(24);
        let allowed = [
            Fault::status(400).every(1),
            Fault::status(599).rate(0.0).retry_after(86_400),
            Fault::stall(day).rate(1.0),
        ];
        assert!(allowed.iter().all(|fault| fault.check().is_ok()));
        for (fault, text) in [
            (
                Fault::status(399),
                "status of a fault was 399; allowed is 400 to 599",
            ),
            (
                Fault::status(600),
                "status of a fault was 600; allowed is 400 to 599",
            ),
            (
                Fault::cut().every(0),
                "every of a fault was 0; allowed is 1 or more",
            ),
            (
                Fault::cut().rate(1.5),
                "rate of a fault was 1.5; allowed is 0 to 1",
            ),
            (
                Fault::cut().rate(-0.1),
                "rate of a fault was -0.1; allowed is 0 to 1",
            ),
            (
                Fault::cut().rate(f64::NAN),
                "rate of a fault was NaN; allowed is 0 to 1",
            ),
            (
                Fault::stall(day + Duration::from_secs(1)),
                "stall of a fault was 86401s; allowed is 0 to 86400 s",
            ),
            (
                Fault::status(429).retry_after(86_401),
                "retry_after of a fault was 86401s; allowed is 0 to 86400 s",
            ),
        ] {
            assert_eq!(fault.check().unwrap_err().to_string(), text);
        }
    }
}
