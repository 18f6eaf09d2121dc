//! Faults as a text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::fault::{Fault, Kind, LONGEST, When};

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
        let (kind, settings) = match text.split_once(':') {
            Some((kind, settings)) => (kind, settings.split(',').collect()),
            None => (text, Vec::new()),
        };
        let mut fault = of_kind(kind)?;
        let mut names = Vec::new();
        for setting in settings {
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            // Each of them says when.
            let same = |known: &&str| match name {
                "every" | "rate" => matches!(*known, "every" | "rate"),
                _ => *known == name,
            };
            if let Some(known) = names.iter().copied().find(same) {
                return Err(FaultError(format!(
                    "fault {kind} has {known} and {name}; allowed is one of them, once"
                )));
            }
            names.push(name);
            fault = with(fault, kind, name, value)?;
        }
        Ok(fault)
    }
}

fn of_kind(kind: &str) -> Result<Fault, FaultError> {
    match (kind, number(kind)) {
        ("cut", _) => Ok(Fault::cut()),
        ("stall", _) => Ok(Fault::stall(Duration::from_secs(5))),
        (_, Some(status @ 400..=599)) => Ok(Fault::status(status)),
        _ => Err(FaultError(format!(
            "fault {kind:?} is not known; allowed are a status from 400 to 599, cut and stall"
        ))),
    }
}

fn with(fault: Fault, kind: &str, name: &str, value: &str) -> Result<Fault, FaultError> {
    let wrong = |allowed: &str| {
        let text = format!("{name} of fault {kind} is {value:?}; allowed is {allowed}");
        Err(FaultError(text))
    };
    match (name, fault.kind) {
        ("every", _) => match number(value) {
            Some(requests @ 1..) => Ok(fault.every(requests)),
            _ => wrong("1 or more requests"),
        },
        ("rate", _) => match number(value) {
            Some(part) if (0.0..=1.0).contains(&part) => Ok(fault.rate(part)),
            _ => wrong("0 to 1"),
        },
        ("retry-after", Kind::Status(_)) => match number(value) {
            Some(seconds) if seconds <= LONGEST.as_secs() => Ok(fault.retry_after(seconds)),
            _ => wrong("0 to 86400 seconds"),
        },
        ("for", Kind::Stall(_)) => {
            let time = number(value).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            match time {
                Some(time) if time <= LONGEST => {
                    let kind = Kind::Stall(time);
                    Ok(Fault { kind, ..fault })
                }
                _ => wrong("0 to 86400 seconds"),
            }
        }
        _ => Err(FaultError(format!(
            "fault {kind} has no setting {name:?}; allowed are every, rate, retry-after (of a status) \
             and for (of stall)"
        ))),
    }
}

/// A number without the plus sign that Rust would take.
fn number<T: FromStr>(text: &str) -> Option<T> {
    if text.starts_with('+') {
        return None;
    }
    text.parse().ok()
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
            ("+503", "400 to 599"),
            ("cut:", "no setting \"\""),
            ("cut:every=2,", "no setting \"\""),
            ("cut:every=+2", "1 or more"),
            ("cut:every=2,every=3", "has every and every"),
            ("cut:every=2,rate=0.1", "has every and rate"),
            ("503:retry-after=1,retry-after=1", "once"),
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
}
