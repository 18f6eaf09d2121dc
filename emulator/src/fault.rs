//! Faults that answers have on request.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::rng::Rng;

/// Longest stall and `Retry-After`: a day.
const LONGEST: u64 = 86_400;

/// A fault that some of the answers have, for [`EmulatorBuilder::fault`](crate::EmulatorBuilder::fault).
///
/// As a text, such as on a command line: what it is, and when. `429:every=50`, `503:rate=0.01`,
/// `429:every=100,retry-after=30`, `cut:rate=0.01`, `stall:every=20,for=5`.
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
    when: When,
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
enum When {
    /// Each request whose number is a multiple.
    Every(u64),
    /// This part of the requests, chosen by the seed.
    Rate(f64),
}

impl Fault {
    /// Answers with an error status, 400 to 599; others are taken for the nearest. A 429 asks to wait
    /// 1 s unless [`retry_after`](Self::retry_after) says otherwise.
    pub fn status(status: u16) -> Self {
        Self::of(Kind::Status(status.clamp(400, 599)))
    }

    /// Bodies that end half-way.
    pub fn cut() -> Self {
        Self::of(Kind::Cut)
    }

    /// Bodies that stop half-way for a while.
    pub fn stall(time: Duration) -> Self {
        Self::of(Kind::Stall(time))
    }

    /// Strikes every so many requests: with 3, the third, the sixth, and so on. Every request at 1,
    /// which is the default; 0 is taken as 1.
    pub fn every(mut self, requests: u64) -> Self {
        self.when = When::Every(requests.max(1));
        self
    }

    /// Strikes this part of the requests, 0 to 1; the seed decides which.
    pub fn rate(mut self, part: f64) -> Self {
        self.when = When::Rate(part);
        self
    }

    /// `Retry-After`, in seconds.
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

    /// Whether it strikes a request, counted from 1.
    pub(crate) fn strikes(&self, seed: u64, request: u64) -> bool {
        match self.when {
            When::Every(requests) => request.is_multiple_of(requests),
            When::Rate(part) => {
                // 53 bits, as many as a double has.
                let bits = Rng::of([seed, request, 13]).next() >> 11;
                #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
                let drawn = bits as f64 / (1u64 << 53) as f64;
                drawn < part
            }
        }
    }
}

/// A text that is no fault; says what is wrong and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

impl fmt::Display for Fault {
    /// The text that [`FromStr`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Status(status) => write!(f, "{status}"),
            Kind::Cut => write!(f, "cut"),
            Kind::Stall(_) => write!(f, "stall"),
        }?;
        match self.when {
            When::Every(requests) => write!(f, ":every={requests}"),
            When::Rate(part) => write!(f, ":rate={part}"),
        }?;
        if let (Kind::Status(_), Some(seconds)) = (self.kind, self.retry_after) {
            write!(f, ",retry-after={seconds}")?;
        }
        if let Kind::Stall(time) = self.kind {
            write!(f, ",for={}", time.as_secs_f64())?;
        }
        Ok(())
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (kind, settings) = text.split_once(':').unwrap_or((text, ""));
        let mut fault = match (kind, kind.parse()) {
            ("cut", _) => Self::cut(),
            ("stall", _) => Self::stall(Duration::from_secs(5)),
            (_, Ok(status @ 400..=599)) => Self::status(status),
            _ => {
                return Err(FaultError(format!(
                    "fault {kind:?} is not known; allowed are a status from 400 to 599, cut and stall"
                )));
            }
        };
        for setting in settings.split(',').filter(|setting| !setting.is_empty()) {
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            let wrong = |allowed: &str| {
                FaultError(format!(
                    "{name} of fault {kind} is {value:?}; allowed is {allowed}"
                ))
            };
            let seconds = || {
                let seconds = value.parse().ok().filter(|seconds| *seconds <= LONGEST);
                seconds.ok_or_else(|| wrong("0 to 86400 seconds"))
            };
            fault = match (name, fault.kind) {
                ("every", _) => {
                    let requests = value.parse().ok().filter(|requests| *requests > 0);
                    fault.every(requests.ok_or_else(|| wrong("1 or more requests"))?)
                }
                ("rate", _) => {
                    let part = value.parse().ok().filter(|part| (0.0..=1.0).contains(part));
                    fault.rate(part.ok_or_else(|| wrong("0 to 1"))?)
                }
                ("retry-after", Kind::Status(_)) => fault.retry_after(seconds()?),
                ("for", Kind::Stall(_)) => {
                    let time = value
                        .parse()
                        .ok()
                        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                    let time = time.filter(|time| time.as_secs() <= LONGEST);
                    fault.kind = Kind::Stall(time.ok_or_else(|| wrong("0 to 86400 seconds"))?);
                    fault
                }
                _ => {
                    return Err(FaultError(format!(
                        "fault {kind} has no setting {name:?}; allowed are every, rate, retry-after (of a \
                         status) and for (of stall)"
                    )));
                }
            };
        }
        Ok(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_and_what_is_wrong_with_it_is_named() {
        for (text, fault) in [
            ("503", Fault::status(503)),
            ("429:every=50", Fault::status(429).every(50).retry_after(1)),
            ("cut:rate=0.01", Fault::cut().rate(0.01)),
            (
                "stall:every=2,for=7",
                Fault::stall(Duration::from_secs(7)).every(2),
            ),
            ("stall:for=0.25", Fault::stall(Duration::from_millis(250))),
        ] {
            assert_eq!(text.parse(), Ok(fault), "{text}");
            assert_eq!(fault.to_string().parse(), Ok(fault), "{fault}");
        }
        for (text, named) in [
            ("200", "400 to 599"),
            ("", "400 to 599"),
            ("cut:every=0", "1 or more"),
            ("cut:rate=2", "0 to 1"),
            ("cut:rate=NaN", "0 to 1"),
            ("cut:for=1", "no setting"),
            ("stall:for=-1", "86400"),
            ("stall:for=86401", "86400"),
            ("stall:for=NaN", "86400"),
        ] {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }

    #[test]
    fn a_rate_strikes_about_that_part_and_the_same_requests_each_time() {
        let fault = Fault::cut().rate(0.1);
        let struck = || (1..=10_000).filter(|request| fault.strikes(1, *request));
        assert!((900..=1_100).contains(&struck().count()));
        assert!(struck().eq(struck()));
        assert_eq!(
            (1..=9)
                .filter(|request| Fault::cut().every(3).strikes(1, *request))
                .count(),
            3
        );
    }
}
