//! Why an attempt failed.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind, ServiceAnswer};
use crate::fetch::endpoint::Endpoint;

/// A failed attempt.
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    pub(crate) answer: ServiceAnswer,
    /// The pause of all requests that this 429 started or joined.
    pub(crate) pause: Option<QuotaPause>,
    /// A description more precise than that of the cause.
    pub(crate) description: Option<String>,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// A pause of all requests of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuotaPause {
    pub(crate) left: Duration,
    pub(crate) entry: PauseEntry,
}

/// How a request came to take part in a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PauseEntry {
    Started,
    /// It was throttled while the pause was running.
    Joined,
}

/// The cause of a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No connection: refused, unknown host, handshake.
    Connect,
    /// Connecting took too long.
    ConnectTimeout,
    /// The certificate isn't trusted or is for another host.
    Certificate,
    /// The attempt or a part of it took too long.
    Timeout,
    /// The connection broke, or the body ended early.
    Torn,
    /// What was received isn't HTTP.
    Garbled,
    /// A complete body can't be decompressed.
    Compression,
    /// The body, or the number of entities in it, exceeds the cap.
    TooLarge,
    /// The request could not be built.
    Request,
    /// A status other than success.
    Status(u16),
    /// 401 for a token that can be replaced.
    TokenRejected,
    /// Success without a body.
    EmptyBody,
    /// Success with a body other than the endpoint's.
    UnexpectedBody,
    /// The login service issued no token.
    Login(ErrorKind),
    /// The quota granted no permit.
    Quota(ErrorKind),
}

impl Failure {
    pub(crate) fn new(cause: Cause) -> Self {
        Self {
            cause,
            answer: ServiceAnswer::default(),
            pause: None,
            description: None,
            source: None,
        }
    }

    /// An attempt that got no token. The page's error takes over the login's message.
    pub(crate) fn from_login(error: Error) -> Self {
        Self::repeating(error, Cause::Login)
    }

    /// An attempt that got no permit: the page's error repeats the quota's.
    pub(crate) fn from_quota(error: Error) -> Self {
        Self::repeating(error, Cause::Quota)
    }

    fn repeating(error: Error, cause: impl FnOnce(ErrorKind) -> Cause) -> Self {
        let (kind, message, answer, source) = error.into_parts();
        Self {
            answer,
            description: Some(message),
            source,
            ..Self::new(cause(kind))
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

    /// Whether every request of the client would fail for the same reason.
    pub(crate) fn concerns_client(&self) -> bool {
        match self.cause {
            Cause::Connect
            | Cause::ConnectTimeout
            | Cause::Certificate
            | Cause::TokenRejected
            | Cause::Status(401) => true,
            // A runtime is its caller's, not the client's.
            Cause::Login(kind) | Cause::Quota(kind) => kind != ErrorKind::Runtime,
            // Without that code, it may be this session alone that must not be read.
            Cause::Status(403) => self
                .answer
                .code
                .as_deref()
                .is_some_and(|code| code.starts_with("missing.") && code.contains("permission")),
            _ => false,
        }
    }

    pub(crate) fn into_error(self, kind: ErrorKind, message: String, attempts: u32) -> Error {
        let mut error = Error::new(kind, message);
        if self.concerns_client() {
            error = error.concerning_client();
        }
        let error = error.with_answer(self.answer).with_attempts(attempts);
        match self.source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

impl Cause {
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::Connect => ErrorKind::Connect,
            Self::Certificate => ErrorKind::Certificate,
            Self::ConnectTimeout | Self::Timeout => ErrorKind::Timeout,
            Self::Torn | Self::Garbled => ErrorKind::Transport,
            Self::Compression | Self::EmptyBody | Self::UnexpectedBody => {
                ErrorKind::UnexpectedResponse
            }
            Self::TooLarge => ErrorKind::TooLarge,
            Self::Request => ErrorKind::InvalidInput,
            Self::Login(kind) | Self::Quota(kind) => kind,
            Self::Status(401) | Self::TokenRejected => ErrorKind::Unauthorized,
            Self::Status(403) => ErrorKind::Forbidden,
            Self::Status(404) => ErrorKind::NotFound,
            Self::Status(429) => ErrorKind::RateLimited,
            Self::Status(status) if is_unavailable(status) => ErrorKind::Unavailable,
            Self::Status(_) => ErrorKind::Rejected,
        }
    }

    pub(crate) fn describe(self, endpoint: &Endpoint) -> &'static str {
        match self {
            Self::Connect => "can't connect to the service",
            Self::Certificate => "the server's certificate isn't trusted for this host",
            Self::ConnectTimeout => "can't connect to the service in time",
            Self::Timeout => "the service didn't respond in time",
            Self::Torn => "the response was cut off",
            Self::Garbled => "the response isn't valid HTTP",
            Self::Compression => "the response can't be decompressed",
            Self::TooLarge => "the response is larger than 32 MiB or has over 100,000 entities",
            Self::Request => "the request can't be built",
            Self::EmptyBody => "the response has no body",
            Self::UnexpectedBody => endpoint.unexpected_body(),
            Self::Login(_) => "the login service issued no token",
            Self::Quota(_) => "the quota granted no permit",
            Self::Status(401) | Self::TokenRejected => "the service refused the access token",
            Self::Status(403) => endpoint.forbidden(),
            Self::Status(404) => endpoint.not_found(),
            Self::Status(429) => "the quota is used up",
            Self::Status(status) if is_unavailable(status) => "the service is unavailable",
            Self::Status(300..=399) => "the service redirects; redirects aren't followed",
            Self::Status(_) => "the service refused the request",
        }
    }
}

/// Whether a status says that the service, or a gateway before it, can't respond now. 520 to 524 are
/// Cloudflare's, 529 is used for an overloaded site.
pub(crate) fn is_unavailable(status: u16) -> bool {
    matches!(status, 408 | 425 | 500 | 502..=504 | 520..=524 | 529)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> Error {
        let answer = ServiceAnswer {
            status: Some(status),
            code: Some(code.into()),
            ..ServiceAnswer::default()
        };
        let cause = Cause::Status(status);
        let failure = Failure::new(cause).with_answer(answer);
        failure.into_error(cause.kind(), String::new(), 1)
    }

    #[test]
    fn a_missing_permission_concerns_the_client_and_a_forbidden_session_does_not() {
        for (status, code, concerns_client) in [
            (403, "missing.any.permissions", true),
            (403, "missing.permission", true),
            (403, "missing.session", false),
            (403, "not.authorized", false),
            (404, "missing.any.permissions", false),
            (401, "bad.credentials", true),
            (503, "service.unavailable", false),
        ] {
            let error = refused(status, code);
            assert_eq!(error.concerns_client(), concerns_client, "{status} {code}");
        }
    }

    #[test]
    fn a_client_that_gets_no_connection_or_token_is_concerned() {
        for (cause, concerns_client) in [
            (Cause::Connect, true),
            (Cause::ConnectTimeout, true),
            (Cause::Certificate, true),
            (Cause::TokenRejected, true),
            (Cause::Login(ErrorKind::Unavailable), true),
            (Cause::Timeout, false),
            (Cause::Torn, false),
            (Cause::UnexpectedBody, false),
        ] {
            let error = Failure::new(cause).into_error(cause.kind(), String::new(), 1);
            assert_eq!(error.concerns_client(), concerns_client, "{cause:?}");
        }
    }
}
