//! Faults as text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::spec::{ALLOWED_EVERY, ALLOWED_RATE, ALLOWED_STATUS, ALLOWED_WAIT, Fault, Kind, When};

/// A text that isn't a valid [`Fault`]; says what is wrong and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

impl fmt::Display for Fault {
    /// Writes the text that [`FromStr`] parses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Status(status) => write!(f, "{status}"),
            Kind::Cut => write!(f, "cut"),
            Kind::Stall(_) => write!(f, "stall"),
        }?;
        match self.when {
            When::Every(requests) => write!(f, ":every={requests}"),
            When::Rate(share) => write!(f, ":rate={share}"),
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
        let mut fault = parse_kind(kind)?;
        let mut names = Vec::new();
        for setting in settings {
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            // `every` and `rate` exclude each other.
            let conflicts = |known: &&str| match name {
                "every" | "rate" => matches!(*known, "every" | "rate"),
                _ => *known == name,
            };
            match names.iter().copied().find(conflicts) {
                Some(known) if known == name => {
                    return Err(FaultError(format!("fault {kind}: {name} is set twice")));
                }
                Some(known) => {
                    return Err(FaultError(format!(
                        "fault {kind}: {known} and {name} can't be combined"
                    )));
                }
                None => names.push(name),
            }
            fault = with_setting(fault, kind, name, value)?;
        }
        Ok(fault)
    }
}

fn parse_kind(kind: &str) -> Result<Fault, FaultError> {
    let fault = match kind {
        "cut" => Some(Fault::cut()),
        "stall" => Some(Fault::stall(Duration::from_secs(5))),
        _ => number(kind).map(Fault::status),
    };
    fault.filter(is_allowed).ok_or_else(|| {
        FaultError(format!(
            "unknown fault {kind:?}: must be a status ({ALLOWED_STATUS}), cut or stall"
        ))
    })
}

fn with_setting(fault: Fault, kind: &str, name: &str, value: &str) -> Result<Fault, FaultError> {
    let (parsed, allowed) = match (name, fault.kind) {
        ("every", _) => (
            number(value).map(|requests| fault.every(requests)),
            ALLOWED_EVERY,
        ),
        ("rate", _) => (number(value).map(|share| fault.rate(share)), ALLOWED_RATE),
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
                "fault {kind}: unknown setting {name:?}: must be every, rate, retry-after (of a status) or \
                 for (of a stall)"
            )));
        }
    };
    parsed.filter(is_allowed).ok_or_else(|| {
        FaultError(format!(
            "fault {kind}: invalid {name} {value:?}: must be {allowed}"
        ))
    })
}

fn is_allowed(fault: &Fault) -> bool {
    fault.check().is_ok()
}

/// Parses a number without the plus sign that Rust would accept.
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
    fn a_fault_is_parsed_and_written() {
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
    fn a_parse_error_names_the_value_and_what_is_allowed() {
        let settings = "must be every, rate, retry-after (of a status) or for (of a stall)";
        let kinds = "must be a status (400 to 599), cut or stall";
        for (text, message) in [
            ("200", format!("unknown fault \"200\": {kinds}")),
            ("600", format!("unknown fault \"600\": {kinds}")),
            ("", format!("unknown fault \"\": {kinds}")),
            ("+503", format!("unknown fault \"+503\": {kinds}")),
            (
                "cut:",
                format!("fault cut: unknown setting \"\": {settings}"),
            ),
            (
                "cut:every=2,",
                format!("fault cut: unknown setting \"\": {settings}"),
            ),
            (
                "cut:for=1",
                format!("fault cut: unknown setting \"for\": {settings}"),
            ),
            (
                "cut:every=2,every=3",
                "fault cut: every is set twice".to_owned(),
            ),
            (
                "cut:every=2,rate=0.1",
                "fault cut: every and rate can't be combined".to_owned(),
            ),
            (
                "503:retry-after=1,retry-after=1",
                "fault 503: retry-after is set twice".to_owned(),
            ),
        ] {
            assert_eq!(text.parse::<Fault>().unwrap_err().to_string(), message);
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
                    format!("fault {kind}: invalid {name} {value:?}: must be {allowed}")
                );
            }
        }
    }

    #[test]
    fn every_allowed_value_can_be_parsed() {
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
