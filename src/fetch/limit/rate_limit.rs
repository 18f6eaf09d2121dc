//! Settings of the limiter within one process.

use std::num::NonZeroU32;

use crate::error::Error;

/// How many requests a client may send.
///
/// Two limits at once. The quota: in any 60 s, never more than [`per_minute`](RateLimit::per_minute)
/// requests reach the service, whether it counts in fixed or in sliding windows. A request counts until 60.05 s
/// after its response, or 61 s after it was given up. One that isn't answered or given up within a minute, for
/// example on a runtime that isn't driven, counts as given up then; if it is sent later still, it may exceed the
/// quota. The pace within the quota: [`per_second`](RateLimit::per_second) requests after a
/// [`burst`](RateLimit::burst), so that a fresh window is used up in seconds without a spike. Waiting requests are
/// served first in, first out.
///
/// To count the requests of several processes together, implement [`Quota`](crate::Quota) instead.
///
/// # Defaults
///
/// 300 a minute, the service's default for one OAuth client
/// (`client.credentials.token.rate.per.minute`); 50 a second; burst 10.
///
/// # Example
///
/// ```
/// use journey_events::RateLimit;
///
/// let third = RateLimit::per_minute(100); // three programs share one OAuth client
/// let gentle = RateLimit::unlimited().per_second(5).burst(1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    per_minute: Option<u32>,
    per_second: Option<u32>,
    burst: u32,
}

/// Settings that were checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckedLimit {
    pub(crate) per_minute: Option<NonZeroU32>,
    pub(crate) per_second: Option<NonZeroU32>,
    pub(crate) burst: NonZeroU32,
}

impl RateLimit {
    /// At most `requests` in any 60 s, at the default pace. Zero is an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    ///
    /// ```
    /// use journey_events::RateLimit;
    ///
    /// let limit = RateLimit::per_minute(100);
    /// ```
    #[must_use]
    pub fn per_minute(requests: u32) -> Self {
        Self {
            per_minute: Some(requests),
            ..Self::default()
        }
    }

    /// No quota, and no pace unless [`per_second`](RateLimit::per_second) sets one. A 429 still pauses
    /// all requests of the client for as long as the service asks.
    ///
    /// ```
    /// use journey_events::RateLimit;
    ///
    /// let limit = RateLimit::unlimited(); // an emulator without a quota
    /// ```
    #[must_use]
    pub fn unlimited() -> Self {
        Self {
            per_minute: None,
            per_second: None,
            ..Self::default()
        }
    }

    /// The pace, in requests a second: 50 by default, none if unlimited. Zero is an error of `build`.
    ///
    /// ```
    /// use journey_events::RateLimit;
    ///
    /// let limit = RateLimit::per_minute(300).per_second(5); // a minute's quota in a minute
    /// ```
    #[must_use]
    pub fn per_second(mut self, requests: u32) -> Self {
        self.per_second = Some(requests);
        self
    }

    /// How many requests may be sent at once before the pace applies: 10 by default. Zero is an error
    /// of `build`.
    ///
    /// ```
    /// use journey_events::RateLimit;
    ///
    /// let limit = RateLimit::per_minute(300).burst(1); // evenly from the first request
    /// ```
    #[must_use]
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = requests;
        self
    }

    /// Checks that no setting is zero.
    pub(crate) fn checked(self) -> Result<CheckedLimit, Error> {
        let above_zero = |setting: &str, value: u32| {
            NonZeroU32::new(value).ok_or_else(|| {
                Error::invalid_input(format!("rate limit {setting} is 0; allowed is 1 or more"))
            })
        };
        let optional =
            |setting, value: Option<u32>| value.map(|value| above_zero(setting, value)).transpose();
        Ok(CheckedLimit {
            per_minute: optional("per_minute", self.per_minute)?,
            per_second: optional("per_second", self.per_second)?,
            burst: above_zero("burst", self.burst)?,
        })
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            per_minute: Some(300),
            per_second: Some(50),
            burst: 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_70_a_zero_is_refused_with_the_name_of_its_setting() {
        for (limit, setting) in [
            (RateLimit::per_minute(0), "per_minute"),
            (RateLimit::default().per_second(0), "per_second"),
            (RateLimit::unlimited().per_second(0), "per_second"),
            (RateLimit::default().burst(0), "burst"),
            (RateLimit::unlimited().burst(0), "burst"),
        ] {
            let error = limit.checked().unwrap_err().to_string();
            assert!(error.contains(setting), "{error}");
        }
    }

    #[test]
    fn no_limit_has_no_pace_unless_one_is_set() {
        let unlimited = RateLimit::unlimited().burst(3).checked().unwrap();
        assert_eq!((unlimited.per_minute, unlimited.per_second), (None, None));
        let paced = RateLimit::unlimited().per_second(1).checked().unwrap();
        assert_eq!(
            (paced.per_minute, paced.per_second),
            (None, NonZeroU32::new(1))
        );
    }
}
