//! Why an attempt failed.

use std::error::Error as StdError;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, ServiceAnswer};
use crate::fetch::endpoint::Endpoint;

/// One failed attempt.
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    pub(crate) answer: ServiceAnswer,
    /// Whether this 429 met a pause that an earlier one had started.
    pub(crate) joined_pause: bool,
    /// A description more precise than that of the cause.
    pub(crate) description: Option<String>,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The cause of a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No connection: refused, unknown host, handshake.
    Connect,
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
            joined_pause: false,
            description: None,
            source: None,
        }
    }

    /// An attempt that got no token: the page's error repeats the login's.
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
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::Connect => ErrorKind::Connect,
            Self::Certificate => ErrorKind::Certificate,
            Self::Timeout => ErrorKind::Timeout,
            Self::Torn | Self::Garbled => ErrorKind::Transport,
            Self::Compression | Self::UnexpectedBody => ErrorKind::UnexpectedAnswer,
            Self::TooLarge => ErrorKind::TooLarge,
            Self::Request => ErrorKind::InvalidInput,
            Self::Login(kind) | Self::Quota(kind) => kind,
            Self::Status(401) | Self::TokenRejected => ErrorKind::Unauthorized,
            Self::Status(403) => ErrorKind::Forbidden,
            Self::Status(404) => ErrorKind::NotFound,
            Self::Status(429) => ErrorKind::RateLimited,
            Self::Status(408 | 500 | 502 | 503 | 504) => ErrorKind::Unavailable,
            Self::Status(_) => ErrorKind::Rejected,
        }
    }

    pub(crate) fn describe(self, endpoint: &Endpoint) -> &'static str {
        match self {
            Self::Connect => "can't connect to the service",
            Self::Certificate => "the server's certificate isn't trusted for this host",
            Self::Timeout => "the service didn't respond in time",
            Self::Torn => "the response was cut off",
            Self::Garbled => "the response isn't valid HTTP",
            Self::Compression => "the response can't be decompressed",
            Self::TooLarge => "the response exceeds the caps of 32 MiB and 100,000 entities",
            Self::Request => "the request can't be built",
            Self::UnexpectedBody => endpoint.unexpected_body(),
            Self::Login(_) => "the login service issued no token",
            Self::Quota(_) => "the quota granted no permit",
            Self::Status(401) | Self::TokenRejected => "the service refused the access token",
            Self::Status(403) => endpoint.forbidden(),
            Self::Status(404) => endpoint.not_found(),
            Self::Status(429) => "the quota is used up",
            Self::Status(408 | 500 | 502 | 503 | 504) => "the service is unavailable",
            Self::Status(300..=399) => "the service redirects, which isn't followed",
            Self::Status(_) => "the service refused the request",
        }
    }
}
