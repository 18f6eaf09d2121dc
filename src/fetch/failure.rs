//! What can go wrong with one attempt, and whether another attempt can help.

use std::error::Error as StdError;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, ServiceAnswer};

/// One failed attempt.
pub(crate) struct Fault {
    pub(crate) cause: Cause,
    pub(crate) answer: ServiceAnswer,
    /// Whether another request was throttled before this one, in the same pause.
    pub(crate) joins_pause: bool,
    /// What happened, where the cause alone does not tell.
    pub(crate) words: Option<String>,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No connection: refused, unknown host, handshake.
    Connect,
    /// The certificate is not trusted or for another host.
    Certificate,
    /// The attempt or a part of it took too long.
    Timeout,
    /// The connection broke, or the body ended early.
    Torn,
    /// What came is not HTTP.
    Garbled,
    /// What came whole can't be decompressed.
    Compression,
    /// The body, or the number of events in it, is larger than the cap.
    TooLarge,
    /// The request could not be built.
    Request,
    /// A status other than success.
    Status(u16),
    /// 401 for a token that can be replaced.
    TokenRejected,
    /// Success, but no listing of events.
    NotAListing,
    /// The login service gave no token.
    Login(ErrorKind),
}

/// Whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// With backoff.
    Again,
    /// With backoff, but only once: it is hardly a passing fault.
    OnceMore,
    /// As the service says, or with backoff; counted apart from faults.
    Throttled,
    /// At once, with a new token; only once.
    WithNewToken,
    /// It would not help.
    Never,
}

/// Says whether another attempt can cure the cause.
pub(crate) fn classify(cause: Cause) -> Verdict {
    match cause {
        Cause::Status(429) => Verdict::Throttled,
        Cause::Connect
        | Cause::Timeout
        | Cause::Torn
        | Cause::Status(408 | 500 | 502 | 503 | 504) => Verdict::Again,
        Cause::Garbled => Verdict::OnceMore,
        Cause::TokenRejected => Verdict::WithNewToken,
        Cause::Certificate
        | Cause::Compression
        | Cause::TooLarge
        | Cause::Request
        | Cause::NotAListing
        | Cause::Login(_)
        | Cause::Status(_) => Verdict::Never,
    }
}

impl Fault {
    pub(crate) fn new(cause: Cause) -> Self {
        Self {
            cause,
            answer: ServiceAnswer::default(),
            joins_pause: false,
            words: None,
            source: None,
        }
    }

    /// No token, and so no attempt: what the login service said is what the page's error says.
    pub(crate) fn from_login(error: Error) -> Self {
        let (kind, words, answer, source) = error.into_parts();
        let cause = Cause::Login(kind);
        Self {
            answer,
            words: Some(words),
            source,
            ..Self::new(cause)
        }
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn with_answer(mut self, answer: ServiceAnswer) -> Self {
        self.answer = answer;
        self
    }

    /// The error a user sees, of the kind given, after the last attempt.
    pub(crate) fn into_error(self, kind: ErrorKind, message: String, attempts: u32) -> Error {
        let error = Error::new(kind, message)
            .with_answer(self.answer)
            .with_attempts(attempts);
        match self.source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

impl Cause {
    /// The kind of error a user sees, and what happened in words.
    pub(crate) fn describe(self) -> (ErrorKind, &'static str) {
        match self {
            Self::Connect => (ErrorKind::Connect, "no connection to the service"),
            Self::Certificate => (
                ErrorKind::Certificate,
                "the server's certificate is not trusted for this host",
            ),
            Self::Timeout => (ErrorKind::Timeout, "the service did not answer in time"),
            Self::Torn => (ErrorKind::Transport, "the answer broke off"),
            Self::Garbled => (ErrorKind::Transport, "the answer is not valid HTTP"),
            Self::Compression => (
                ErrorKind::UnexpectedAnswer,
                "the answer's compression is corrupt",
            ),
            Self::TooLarge => (
                ErrorKind::TooLarge,
                "the answer is larger than the caps of 32 MiB and 100,000 events",
            ),
            Self::Request => (ErrorKind::InvalidInput, "the request could not be built"),
            Self::NotAListing => (
                ErrorKind::UnexpectedAnswer,
                "the service's answer is no listing of events",
            ),
            Self::Login(kind) => (kind, "no token from the login service"),
            Self::Status(401) | Self::TokenRejected => (
                ErrorKind::Unauthorized,
                "the service does not accept the access token",
            ),
            Self::Status(403) => (
                ErrorKind::Forbidden,
                "the token lacks a permission, journey:event:view is needed",
            ),
            Self::Status(404) => (ErrorKind::NotFound, "the service knows no such session"),
            Self::Status(429) => (ErrorKind::RateLimited, "the service's quota is used up"),
            Self::Status(408 | 500 | 502 | 503 | 504) => {
                (ErrorKind::Unavailable, "the service can't answer now")
            }
            Self::Status(300..=399) => (
                ErrorKind::Rejected,
                "the service redirects, which is not followed",
            ),
            Self::Status(_) => (ErrorKind::Rejected, "the service refused the request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_new_attempt_can_cure_is_tried_again() {
        use Verdict::{Again, Never, OnceMore, Throttled, WithNewToken};
        for (cause, verdict) in [
            (Cause::Connect, Again),
            (Cause::Timeout, Again),
            (Cause::Torn, Again),
            (Cause::Garbled, OnceMore),
            (Cause::Certificate, Never),
            (Cause::Compression, Never),
            (Cause::TooLarge, Never),
            (Cause::Request, Never),
            (Cause::NotAListing, Never),
            (Cause::TokenRejected, WithNewToken),
            (Cause::Login(ErrorKind::Login), Never),
        ] {
            assert_eq!(classify(cause), verdict, "{cause:?}");
        }
        for status in 100..=599 {
            let verdict = match status {
                429 => Throttled,
                408 | 500 | 502 | 503 | 504 => Again,
                _ => Never,
            };
            assert_eq!(classify(Cause::Status(status)), verdict, "{status}");
        }
    }
}
