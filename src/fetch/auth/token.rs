//! An access token: as a source returns it, and as it is used.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

/// How long before its expiry a token is replaced, unless it lives less than ten times as long: as
/// long as one page may take.
const REFRESH_MARGIN: Duration = Duration::from_secs(5 * 60);
/// A shorter lifetime would mean a login for nearly every request, so it counts as unknown.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(60);

/// An access token, as a [`TokenSource`](crate::TokenSource) returns it.
///
/// `Debug` shows nothing of it, and its memory is wiped when the last clone is dropped.
///
/// # Defaults
///
/// No lifetime: the token is used until the service refuses it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use journey_events::AccessToken;
///
/// let token = AccessToken::new("t0k3n").expires_in(Duration::from_secs(86_399));
/// ```
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    lifetime: Option<Duration>,
    /// When the lifetime began; when the source returned the token if it doesn't say.
    issued: Option<Instant>,
}

impl AccessToken {
    /// Makes a token of its text, without the word `Bearer`.
    ///
    /// Every character must be printable ASCII other than a space. A text that is empty or has another
    /// character is an error of kind [`Login`](crate::ErrorKind::Login) once the source returns it.
    ///
    /// ```
    /// use journey_events::AccessToken;
    ///
    /// let token = AccessToken::new("t0k3n");
    /// assert!(!format!("{token:?}").contains("t0k3n"));
    /// ```
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            secret: text.into().into(),
            lifetime: None,
            issued: None,
        }
    }

    /// Sets how long the token is valid, counted from the moment when the source returns it.
    ///
    /// It is replaced in the background 5 minutes before it expires, or a tenth of its lifetime if that
    /// is less. Less than 60 s (zero included) or more than the clock can count means unknown: the token
    /// is used until the service refuses it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::AccessToken;
    ///
    /// // As the login service reports it in `expires_in`.
    /// let token = AccessToken::new("t0k3n").expires_in(Duration::from_secs(86_399));
    /// ```
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Returns the token's text, to compare it with a stored one. Don't log it.
    ///
    /// ```
    /// use journey_events::AccessToken;
    ///
    /// /// Whether a cached token is the one that the service has refused.
    /// fn is_refused(cached: &AccessToken, refused: Option<&AccessToken>) -> bool {
    ///     refused.is_some_and(|refused| refused.expose_secret() == cached.expose_secret())
    /// }
    /// # assert!(is_refused(&AccessToken::new("t"), Some(&AccessToken::new("t"))));
    /// ```
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.secret.expose_secret()
    }

    /// Counts the lifetime from `instant`, such as the moment of the request for the token.
    pub(crate) fn issued_at(mut self, instant: Instant) -> Self {
        self.issued = Some(instant);
        self
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// A token in use.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) access: AccessToken,
    pub(crate) received: Instant,
    /// Whether it was requested because the service had refused the one before it.
    pub(crate) replaces_refused: bool,
    times: Option<Times>,
}

#[derive(Debug)]
struct Times {
    refresh: Instant,
    expiry: Instant,
}

impl Token {
    pub(crate) fn new(access: AccessToken, received: Instant, replaces_refused: bool) -> Self {
        let issued = access.issued.unwrap_or(received);
        let times = access
            .lifetime
            .filter(|lifetime| *lifetime >= SHORTEST_LIFETIME)
            .and_then(|lifetime| {
                let margin = REFRESH_MARGIN.min(lifetime / 10);
                Some(Times {
                    refresh: issued.checked_add(lifetime.saturating_sub(margin))?,
                    expiry: issued.checked_add(lifetime)?,
                })
            })
            // A login slower than the lifetime it reports would otherwise be repeated for ever.
            .filter(|times| times.expiry > received);
        Self {
            access,
            received,
            replaces_refused,
            times,
        }
    }

    pub(crate) fn secret(&self) -> &SecretString {
        &self.access.secret
    }

    pub(crate) fn is_expired(&self, now: Instant) -> bool {
        self.times.as_ref().is_some_and(|times| times.expiry <= now)
    }

    /// Whether it is time to get the next one.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.times
            .as_ref()
            .is_some_and(|times| times.refresh <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When a token of this lifetime is due and when it has expired, in seconds.
    fn times(lifetime: Duration) -> Option<(u64, u64)> {
        let now = Instant::now();
        let token = Token::new(AccessToken::new("t").expires_in(lifetime), now, false);
        let seconds = |at: Instant| (at - now).as_secs();
        let times = token.times?;
        Some((seconds(times.refresh), seconds(times.expiry)))
    }

    #[test]
    fn a_token_is_due_five_minutes_or_a_tenth_of_its_life_ahead_of_its_expiry() {
        for (lifetime, due) in [
            (60, 54),
            (1_000, 900),
            (3_000, 2_700),
            (3_600, 3_300),
            (86_399, 86_099),
        ] {
            let expected = Some((due, lifetime));
            assert_eq!(times(Duration::from_secs(lifetime)), expected);
        }
    }

    #[test]
    fn a_lifetime_that_makes_no_sense_counts_as_unknown() {
        for lifetime in [
            Duration::ZERO,
            Duration::from_secs(1),
            Duration::from_millis(59_999),
            Duration::from_secs(u64::MAX),
            Duration::MAX,
        ] {
            assert_eq!(times(lifetime), None, "{lifetime:?}");
        }
    }

    #[test]
    fn a_token_that_took_longer_to_arrive_than_it_lives_is_used() {
        let requested = Instant::now();
        let access = AccessToken::new("t")
            .expires_in(Duration::from_secs(100))
            .issued_at(requested);
        let received = requested + Duration::from_secs(101);
        let token = Token::new(access.clone(), received, false);
        assert!(!token.is_expired(received) && !token.is_due(received));
        let token = Token::new(access, requested + Duration::from_secs(99), false);
        assert!(token.is_due(received) && token.is_expired(received));
    }

    #[test]
    fn debug_shows_no_token() {
        let access = AccessToken::new("canary");
        let token = Token::new(access.clone(), Instant::now(), false);
        let text = format!("{access:?} {token:?}");
        assert!(!text.contains("canary"), "{text}");
    }
}
