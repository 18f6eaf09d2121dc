//! What goes wrong with a response, and how often.

use std::time::Duration;

use crate::error::StartError;

/// Longest stall and `Retry-After`: a day.
const MAX_WAIT: Duration = Duration::from_hours(24);

// What `Fault::check` allows, as every error message has it.
pub(super) const ALLOWED_STATUS: &str = "400 to 599";
pub(super) const ALLOWED_EVERY: &str = "1 or more";
pub(super) const ALLOWED_RATE: &str = "0 to 1";
pub(super) const ALLOWED_WAIT: &str = "0 to 86400 s";

/// A fault in some of the responses, for [`EmulatorBuilder::fault`](crate::EmulatorBuilder::fault).
///
/// Parses from text, such as a command-line argument: what goes wrong, a colon, and how often.
/// `429:every=50`, `503:rate=0.01`, `429:every=100,retry-after=30`, `cut:rate=0.01`,
/// `stall:every=20,for=5`; a stall lasts 5 s by default.
///
/// Faults apply to GET requests for known paths under `/api/`, and only those count for
/// [`every`](Self::every) and [`rate`](Self::rate). By default a fault applies to each of them; if
/// both are called, the last call counts. Invalid values are refused when the emulator starts.
///
/// ```
/// use journey_events_emulator::Fault;
///
/// let fault: Fault = "429:every=50,retry-after=2".parse()?;
/// assert_eq!(fault, Fault::status(429).every(50).retry_after(2));
/// # Ok::<(), journey_events_emulator::FaultError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use = "a fault does nothing until an emulator has it"]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(super) when: When,
    pub(crate) retry_after: Option<u64>,
}

/// What goes wrong with a response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// It is an error with this status.
    Status(u16),
    /// The connection closes halfway through the body.
    Cut,
    /// The body pauses halfway for this long.
    Stall(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum When {
    /// Requests whose number is a multiple of this.
    Every(u64),
    /// This share of the requests, chosen by the seed.
    Rate(f64),
}

impl Fault {
    /// Responds with an error status, 400 to 599. Such a request uses no quota. A 429 has a
    /// `Retry-After` of 1 s unless [`retry_after`](Self::retry_after) sets another.
    pub fn status(status: u16) -> Self {
        Self::of(Kind::Status(status))
    }

    /// Closes the connection halfway through the body.
    pub fn cut() -> Self {
        Self::of(Kind::Cut)
    }

    /// Pauses halfway through the body, a day at most.
    pub fn stall(time: Duration) -> Self {
        Self::of(Kind::Stall(time))
    }

    /// Applies to every `requests`th request: with 3, the third, the sixth and so on. Default: 1,
    /// which means all; 0 is refused.
    pub fn every(mut self, requests: u64) -> Self {
        self.when = When::Every(requests);
        self
    }

    /// Applies to this share of the requests, 0 to 1. The seed decides which ones, separately for
    /// each fault.
    pub fn rate(mut self, share: f64) -> Self {
        self.when = When::Rate(share);
        self
    }

    /// Sets the `Retry-After` of an error status, in seconds, a day at most. Cuts and stalls ignore
    /// it.
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

    pub(crate) fn check(&self) -> Result<(), StartError> {
        let invalid = |name, value: String, allowed| Err(StartError::setting(name, value, allowed));
        match self.kind {
            Kind::Status(400..=599) | Kind::Cut => (),
            Kind::Status(status) => {
                return invalid("fault status", status.to_string(), ALLOWED_STATUS);
            }
            Kind::Stall(time) if time <= MAX_WAIT => (),
            Kind::Stall(time) => return invalid("fault stall", format!("{time:?}"), ALLOWED_WAIT),
        }
        match self.when {
            When::Every(1..) => (),
            When::Every(0) => return invalid("fault every", "0".to_owned(), ALLOWED_EVERY),
            When::Rate(share) if (0.0..=1.0).contains(&share) => (),
            When::Rate(share) => return invalid("fault rate", share.to_string(), ALLOWED_RATE),
        }
        match self.retry_after {
            Some(seconds) if seconds > MAX_WAIT.as_secs() => {
                invalid("fault retry_after", format!("{seconds}s"), ALLOWED_WAIT)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_value_is_an_error_with_name_and_value() {
        let day = Duration::from_hours(24);
        let allowed = [
            Fault::status(400).every(1),
            Fault::status(599).rate(0.0).retry_after(86_400),
            Fault::stall(day).rate(1.0),
        ];
        assert!(allowed.iter().all(|fault| fault.check().is_ok()));
        for (fault, message) in [
            (
                Fault::status(399),
                "invalid fault status `399`: must be 400 to 599",
            ),
            (
                Fault::status(600),
                "invalid fault status `600`: must be 400 to 599",
            ),
            (
                Fault::cut().every(0),
                "invalid fault every `0`: must be 1 or more",
            ),
            (
                Fault::cut().rate(1.5),
                "invalid fault rate `1.5`: must be 0 to 1",
            ),
            (
                Fault::cut().rate(-0.1),
                "invalid fault rate `-0.1`: must be 0 to 1",
            ),
            (
                Fault::cut().rate(f64::NAN),
                "invalid fault rate `NaN`: must be 0 to 1",
            ),
            (
                Fault::stall(day + Duration::from_secs(1)),
                "invalid fault stall `86401s`: must be 0 to 86400 s",
            ),
            (
                Fault::status(429).retry_after(86_401),
                "invalid fault retry_after `86401s`: must be 0 to 86400 s",
            ),
        ] {
            assert_eq!(fault.check().unwrap_err().to_string(), message);
        }
    }
}
