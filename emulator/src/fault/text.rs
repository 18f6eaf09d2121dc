//! Faults as a text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::fault::spec::{
    ALLOWED_EVERY, ALLOWED_RATE, ALLOWED_STATUS, ALLOWED_WAIT, Fault, Kind, When,
};

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
    let fault = match kind {
        "cut" => Some(Fault::cut()),
        "stall" => Some(Fault::stall(Duration::from_secs(5))),
        _ => number(kind).map(Fault::status),
    };
    fault.filter(is_allowed).ok_or_else(|| {
        FaultError(format!(
            "fault {kind:?} is not known; allowed are a status ({ALLOWED_STATUS}), cut and stall"
        ))
    })
}

fn with(fault: Fault, kind: &str, name: &str, value: &str) -> Result<Fault, FaultError> {
    let (read, allowed) = match (name, fault.kind) {
        ("every", _) => (
            number(value).map(|requests| fault.every(requests)),
            ALLOWED_EVERY,
        ),
        ("rate", _) => (number(value).map(|part| fault.rate(part)), ALLOWED_RATE),
        ("retry-after", Kind::Status(_)) => (
            number(value).map(|seconds| fault.retry_after(seconds)),
            ALLOWED_WAIT,
        ),
        ("for", Kind::Stall(_)) => {
            let time = number(value).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let stall = |time| Fault {
                kind: Kind::Stall(time),
                ..fault
            };
            (time.map(stall), ALLOWED_WAIT)
        }
        _ => {
            return Err(FaultError(format!(
                "fault {kind} has no setting {name:?}; allowed are every, rate, retry-after (of a status) \
                 and for (of stall)"
            )));
        }
    };
    read.filter(is_allowed).ok_or_else(|| {
        FaultError(format!(
            "{name} of fault {kind} was {value:?}; allowed is {allowed}"
        ))
    })
}

fn is_allowed(fault: &Fault) -> bool {
    fault.check().is_ok()
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
    fn a_text_is_read_and_written() {
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
    }

    #[test]
    fn what_is_wrong_with_a_text_is_named_with_what_was_given_and_what_is_allowed() {
        let settings = "allowed are every, rate, retry-after (of a status) and for (of stall)";
        let once = "allowed is one of them, once";
        let kinds = "allowed are a status (400 to 599), cut and stall";
        for (text, named) in [
            ("200", format!("fault \"200\" is not known; {kinds}")),
            ("600", format!("fault \"600\" is not known; {kinds}")),
            ("", format!("fault \"\" is not known; {kinds}")),
            ("+503", format!("fault \"+503\" is not known; {kinds}")),
            ("cut:", format!("fault cut has no setting \"\"; {settings}")),
            (
                "cut:every=2,",
                format!("fault cut has no setting \"\"; {settings}"),
            ),
            (
                "cut:for=1",
                format!("fault cut has no setting \"for\"; {settings}"),
            ),
            (
                "cut:every=2,every=3",
                format!("fault cut has every and every; {once}"),
            ),
            (
                "cut:every=2,rate=0.1",
                format!("fault cut has every and rate; {once}"),
            ),
            (
                "503:retry-after=1,retry-after=1",
                format!("fault 503 has retry-after and retry-after; {once}"),
            ),
        ] {
            assert_eq!(text.parse::<Fault>().unwrap_err().to_string(), named);
        }
        let values = [
            ("cut", "every", &["0", "+2", "-1", "x", ""][..], "1 or more"),
            ("cut", "rate", &["2", "-0.1", "NaN", "x"], "0 to 1"),
            (
                "503",
                "retry-after",
                &["86401", "-1", "0.5"],
                "0 to 86400 s",
            ),
            (
                "stall",
                "for",
                &["86400.1", "-1", "NaN", "1e300"],
                "0 to 86400 s",
            ),
        ];
        for (kind, name, refused, allowed) in values {
            for value in refused {
                let error = format!("{kind}:{name}={value}")
                    .parse::<Fault>()
                    .unwrap_err();
                assert_eq!(
                    error.to_string(),
                    format!("{name} of fault {kind} was {value:?}; allowed is {allowed}")
                );
            }
        }
    }

    #[test]
    fn a_text_may_say_all_that_a_fault_may_be() {
        for text in [
            "400",
            "599:rate=0,retry-after=86400",
            "cut:rate=1",
            "stall:every=1,for=86400",
            "stall:for=0",
        ] {
            assert!(text.parse::<Fault>().is_ok(), "{text}");
        }
    }
}
