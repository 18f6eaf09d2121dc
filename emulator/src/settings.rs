//! What an emulator is configured with: plain data, set by the builder and read by everything
//! below.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::error::StartError;
use crate::fault::{Fault, MAX_FAULTS};
use crate::form::Form;

/// Most sessions, generated or a user's own.
pub(crate) const MAX_SESSIONS: u64 = 100_000;

/// Most OAuth clients.
pub(crate) const MAX_CLIENTS: u64 = 1_000;

/// Most events of a generated session.
pub(crate) const MAX_EVENTS: u64 = 1_000_000_000;

/// Longest latency, quota window, token lifetime and growth interval.
pub(crate) const MAX_PERIOD: Duration = Duration::from_secs(366 * 24 * 3600);

/// How quota windows are placed in time. The service doesn't document which one it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum QuotaWindow {
    /// Starts with a client's first request; the next one starts with the first request after its
    /// end.
    #[default]
    Fixed,
    /// Covers the time that has just passed, at any moment.
    Sliding,
}

/// When a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As soon as it has all its events.
    Complete,
    /// When it is told to.
    Open,
    /// It has ended.
    Ended,
}

/// Which bearer tokens are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AcceptedTokens {
    Any,
    /// Those issued by this emulator that haven't expired.
    Issued,
}

/// Settings of an emulator; [`EmulatorBuilder`](crate::EmulatorBuilder) documents each.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) host: IpAddr,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) port: u16,
    pub(crate) sessions: u64,
    pub(crate) sessions_per_contact: u64,
    pub(crate) events: u64,
    pub(crate) seed: u64,
    pub(crate) latency: Duration,
    pub(crate) clients: u64,
    pub(crate) quota: Option<u32>,
    pub(crate) quota_window: Duration,
    pub(crate) quota_kind: QuotaWindow,
    pub(crate) accepted_tokens: AcceptedTokens,
    pub(crate) token_lifetime: Duration,
    pub(crate) growth: Option<Duration>,
    pub(crate) ending: Ending,
    pub(crate) faults: Vec<Fault>,
    pub(crate) form: Form,
    pub(crate) own_events: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            allowed_hosts: Vec::new(),
            port: 0,
            sessions: 1,
            sessions_per_contact: 3,
            events: 10_000,
            seed: 1,
            latency: Duration::ZERO,
            clients: 1,
            quota: None,
            quota_window: Duration::from_secs(60),
            quota_kind: QuotaWindow::Fixed,
            accepted_tokens: AcceptedTokens::Any,
            token_lifetime: Duration::from_secs(86_399),
            growth: None,
            ending: Ending::Complete,
            faults: Vec::new(),
            form: Form::default(),
            own_events: None,
        }
    }
}

impl Settings {
    /// Checks every setting but `own_events`, which is checked when it is parsed.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        check_count("sessions", self.sessions, 1..=MAX_SESSIONS)?;
        check_count("events", self.events, 0..=MAX_EVENTS)?;
        let per_contact = self.sessions_per_contact;
        check_count("sessions_per_contact", per_contact, 1..=MAX_SESSIONS)?;
        check_count("clients", self.clients, 1..=MAX_CLIENTS)?;
        for name in &self.allowed_hosts {
            check_host(name)?;
        }
        if let Some(quota) = self.quota {
            check_count("quota", u64::from(quota), 1..=u64::from(u32::MAX))?;
        }
        let above_zero = (Duration::from_nanos(1), "above 0 s, up to 366 days");
        check_period("latency", self.latency, (Duration::ZERO, "0 s to 366 days"))?;
        check_period("quota_window", self.quota_window, above_zero)?;
        let second = (Duration::from_secs(1), "1 s to 366 days");
        check_period("token_lifetime", self.token_lifetime, second)?;
        if let Some(growth) = self.growth {
            check_period("growth", growth, above_zero)?;
        }
        let faults = self.faults.len() as u64;
        check_count("fault count", faults, 0..=MAX_FAULTS as u64)?;
        self.faults.iter().try_for_each(Fault::check)
    }
}

/// Names only: a port would never match, and addresses are always allowed.
fn check_host(name: &str) -> Result<(), StartError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !name.is_empty() && name.bytes().all(is_allowed) {
        return Ok(());
    }
    let allowed = "a host name without a port, of letters, digits, `-`, `.` and `_`";
    Err(StartError::setting("allow_host", name.to_owned(), allowed))
}

fn check_count(
    name: &'static str,
    value: u64,
    allowed: RangeInclusive<u64>,
) -> Result<(), StartError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let allowed = format!("{} to {}", allowed.start(), allowed.end());
    Err(StartError::setting(name, value.to_string(), allowed))
}

/// `allowed` describes the range from `min` to [`MAX_PERIOD`].
fn check_period(
    name: &'static str,
    value: Duration,
    (min, allowed): (Duration, &str),
) -> Result<(), StartError> {
    if (min..=MAX_PERIOD).contains(&value) {
        return Ok(());
    }
    Err(StartError::setting(name, format!("{value:?}"), allowed))
}
