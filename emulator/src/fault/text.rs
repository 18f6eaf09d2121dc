//! Faults as text.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::kind::{Kind, NAMED};
use super::scope::Endpoint;
use super::spec::{
    ALLOWED_COUNT, ALLOWED_RATE, ALLOWED_STATUS, ALLOWED_WAIT, Fault, MAX_WAIT, When,
};

/// Characters of a session id that are encoded.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%').add(b',').add(b' ');

const SETTINGS: &str = "on, session, page, every, rate, once, times, retry-after (of a status) or \
                        for (of a stall or slow)";

/// A text that isn't a valid [`Fault`]; says what is wrong and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

impl fmt::Display for Endpoint {
    /// Writes the text that [`FromStr`] parses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Endpoint {
    type Err = FaultError;

    /// Parses `events`, `sessions`, `conversations` or `token`.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let found = Self::ALL
            .into_iter()
            .find(|endpoint| endpoint.name() == text);
        found.ok_or_else(|| {
            let allowed = Self::list(&Self::ALL);
            FaultError(format!("invalid endpoint {text:?}: must be {allowed}"))
        })
    }
}

impl fmt::Display for Fault {
    /// Writes the text that [`FromStr`] parses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Status(status) => write!(f, "{status}"),
            Kind::Stall(_) => write!(f, "stall"),
            Kind::Slow(_) => write!(f, "slow"),
            kind => {
                let name = NAMED.iter().find(|(_, named)| *named == kind);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }?;
        match self.when {
            When::Every(requests) => write!(f, ":every={requests}"),
            When::Rate(share) => write!(f, ":rate={share}"),
        }?;
        if let Some(endpoint) = self.scope.endpoint {
            write!(f, ",on={endpoint}")?;
        }
        if let Some(id) = &self.scope.session {
            write!(f, ",session={}", utf8_percent_encode(id, ENCODED))?;
        }
        if let Some(page) = self.scope.page {
            write!(f, ",page={page}")?;
        }
        match self.times {
            None => Ok(()),
            Some(1) => write!(f, ",once"),
            Some(times) => write!(f, ",times={times}"),
        }?;
        match (self.kind, self.retry_after) {
            (Kind::Status(_), Some(seconds)) => write!(f, ",retry-after={seconds}"),
            (Kind::Stall(time) | Kind::Slow(time), _) => write!(f, ",for={}", time.as_secs_f64()),
            _ => Ok(()),
        }
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
            let (name, value) = match setting.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (setting, None),
            };
            // `every` and `rate` exclude each other, and so do `once` and `times`.
            let conflicts = |known: &&str| match name {
                "every" | "rate" => matches!(*known, "every" | "rate"),
                "once" | "times" => matches!(*known, "once" | "times"),
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
            fault = with_setting(&fault, kind, name, value)?;
        }
        // What remains are settings that are allowed one by one but not together.
        fault
            .check()
            .map_err(|error| FaultError(error.to_string()))?;
        Ok(fault)
    }
}

fn parse_kind(kind: &str) -> Result<Fault, FaultError> {
    let second = Duration::from_secs(1);
    let found = NAMED.iter().find(|(name, _)| *name == kind);
    let fault = match kind {
        "stall" => Some(Fault::stall(5 * second)),
        "slow" => Some(Fault::slow(5 * second)),
        _ => found
            .map(|(_, kind)| Fault::of(*kind))
            .or_else(|| number(kind).map(Fault::status)),
    };
    fault.filter(|fault| fault.check().is_ok()).ok_or_else(|| {
        let names = NAMED.map(|(name, _)| name).join(", ");
        FaultError(format!(
            "unknown fault {kind:?}: must be a status ({ALLOWED_STATUS}), stall, slow, {names}"
        ))
    })
}

fn with_setting(
    fault: &Fault,
    kind: &str,
    name: &str,
    value: Option<&str>,
) -> Result<Fault, FaultError> {
    let given = value.unwrap_or_default();
    let count = |set: fn(Fault, u64) -> Fault| {
        let counted = number(given).filter(|count| *count > 0);
        counted.map(|count| set(fault.clone(), count))
    };
    let wait = || {
        let wait = number(given).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        wait.filter(|wait| *wait <= MAX_WAIT)
    };
    let with_kind = |kind| Fault {
        kind,
        ..fault.clone()
    };
    let endpoints = Endpoint::list(&Endpoint::ALL);
    let (parsed, allowed) = match (name, fault.kind) {
        ("every", _) => (count(Fault::every), ALLOWED_COUNT),
        ("page", _) => (count(Fault::page), ALLOWED_COUNT),
        ("times", _) => (count(Fault::times), ALLOWED_COUNT),
        ("once", _) => {
            let once = value.is_none().then(|| fault.clone().once());
            (once, "without a value")
        }
        ("rate", _) => {
            let rate = number(given).filter(|share| (0.0..=1.0).contains(share));
            (rate.map(|share| fault.clone().rate(share)), ALLOWED_RATE)
        }
        ("on", _) => {
            let on = given.parse().map(|endpoint| fault.clone().on(endpoint));
            (on.ok(), endpoints.as_str())
        }
        ("session", _) => {
            let id = percent_decode_str(given).decode_utf8().ok();
            let id = id.filter(|id| !id.is_empty()).map(Cow::into_owned);
            (
                id.map(|id| fault.clone().session(id)),
                "a session id, percent-encoded",
            )
        }
        ("retry-after", Kind::Status(_)) => (
            number(given)
                .filter(|seconds| *seconds <= MAX_WAIT.as_secs())
                .map(|seconds| fault.clone().retry_after(seconds)),
            ALLOWED_WAIT,
        ),
        ("for", Kind::Stall(_)) => (
            wait().map(|time| with_kind(Kind::Stall(time))),
            ALLOWED_WAIT,
        ),
        ("for", Kind::Slow(_)) => (wait().map(|time| with_kind(Kind::Slow(time))), ALLOWED_WAIT),
        _ => {
            return Err(FaultError(format!(
                "fault {kind}: unknown setting {name:?}: must be {SETTINGS}"
            )));
        }
    };
    parsed.ok_or_else(|| {
        FaultError(format!(
            "fault {kind}: invalid {name} {given:?}: must be {allowed}"
        ))
    })
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
            ("slow:once", Fault::slow(Duration::from_secs(5)).once()),
            (
                "204:on=token,times=2",
                Fault::status(204).on(Endpoint::Token).times(2),
            ),
            (
                "cursor-loop:on=events,session=a%2Cb%20%25,page=3",
                Fault::cursor_loop()
                    .on(Endpoint::Events)
                    .session("a,b %")
                    .page(3),
            ),
        ] {
            assert_eq!(text.parse().as_ref(), Ok(&fault), "{text}");
            assert_eq!(fault.to_string().parse().as_ref(), Ok(&fault), "{fault}");
        }
    }

    #[test]
    fn every_kind_has_a_name() {
        for (name, kind) in NAMED {
            let fault = Fault::of(kind);
            assert_eq!(name.parse().as_ref(), Ok(&fault), "{name}");
            assert_eq!(fault.to_string(), format!("{name}:every=1"));
        }
    }

    #[test]
    fn a_wait_is_not_blamed_for_a_scope() {
        let error = "503:on=token,page=2,retry-after=1".parse::<Fault>();
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("invalid fault on `token`"), "{error}");
        let error = "503:retry-after=86401".parse::<Fault>();
        let error = error.unwrap_err().to_string();
        assert!(error.contains("invalid retry-after \"86401\""), "{error}");
    }

    #[test]
    fn a_parse_error_names_the_value_and_what_is_allowed() {
        let settings = format!("must be {SETTINGS}");
        let kinds = "must be a status (200 to 599), stall, slow, cut, drop, empty-page, cursor-loop, refused-cursor, \
                     error-body, malformed, half-surrogate, huge-number, numeric-id, late-event";
        for (text, message) in [
            ("199", format!("unknown fault \"199\": {kinds}")),
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
            (
                "cut:once,times=2",
                "fault cut: once and times can't be combined".to_owned(),
            ),
            (
                "late-event:on=sessions",
                "invalid fault on `sessions`: must be events, for this kind of fault".to_owned(),
            ),
            (
                "empty-page:on=conversations",
                "invalid fault on `conversations`: must be events or sessions, for this kind of fault".to_owned(),
            ),
            (
                "503:on=token,page=2",
                "invalid fault on `token`: must be events, sessions or conversations, if the fault is for a page"
                    .to_owned(),
            ),
            (
                "503:session=a,on=token",
                "invalid fault on `token`: must be events or sessions, if the fault is for a session".to_owned(),
            ),
        ] {
            assert_eq!(text.parse::<Fault>().unwrap_err().to_string(), message);
        }
        let values = [
            ("cut", "every", &["0", "+2", "-1", "x", ""][..], "1 or more"),
            ("cut", "page", &["0", "x"], "1 or more"),
            ("cut", "times", &["0", "x"], "1 or more"),
            ("cut", "once", &["1"], "without a value"),
            (
                "cut",
                "on",
                &["all", ""],
                "events, sessions, conversations or token",
            ),
            (
                "cut",
                "session",
                &["", "%ff"],
                "a session id, percent-encoded",
            ),
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
            ("slow", "for", &["86400.1", "x"], "0 to 86400 s"),
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
            "200",
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
