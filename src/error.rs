//! The one error type of the crate.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::position::checkpoint::Checkpoint;

/// What a fallible call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a walk, a page or a setting failed.
///
/// [`kind`](Error::kind) says what to do about it, the accessors say what the service answered, and
/// [`checkpoint`](Error::checkpoint) is the place to go on from: it counts every event that was given
/// out before the error. The text names the fault and never repeats what
/// [`source`](std::error::Error::source) says; neither text nor `Debug` holds a token, a secret, a
/// cursor or anything a customer did.
#[derive(Clone)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    answer: ServiceAnswer,
    attempts: u32,
    checkpoint: Option<Checkpoint>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What the service said when it refused.
#[derive(Clone, Default)]
pub(crate) struct ServiceAnswer {
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

/// What kind of thing went wrong, and so what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting, session id, limit, cursor or checkpoint is not allowed; nothing was sent.
    InvalidInput,
    /// The service does not accept the token (401), also after a new one was fetched.
    Unauthorized,
    /// The login service refused to give a token.
    Login,
    /// The token lacks a permission (403): `journey:event:view` is needed.
    Forbidden,
    /// There is no such session (404), or the token's organization does not have it.
    NotFound,
    /// The quota is used up (429) and stayed so; [`Error::retry_after`] says how long to wait.
    RateLimited,
    /// The service refused the cursor (400) in the middle of a walk.
    CursorRejected,
    /// The service refused the request with another status; asking again would not help.
    Rejected,
    /// The service answered that it can't answer now (408, 500, 502, 503, 504), every time.
    Unavailable,
    /// No connection came about: name, address, proxy.
    Connect,
    /// The server's certificate is not trusted or not for this host.
    Certificate,
    /// No answer, or not all of it, within the time allowed.
    Timeout,
    /// The connection broke, or what came over it was not HTTP.
    Transport,
    /// The answer is larger than the caps: 32 MiB after decompression, 100,000 events.
    TooLarge,
    /// A success whose body is no listing of events or can't be decompressed, or a `nextUri` without a
    /// cursor.
    UnexpectedAnswer,
    /// One event can't be read. [`Checkpoint::skip`] goes on past it.
    MalformedEvent,
    /// The service sent a cursor that this walk has followed before.
    CursorLoop,
    /// Pages with cursors but no event for 10 minutes of request time.
    Stalled,
    /// The pages hold none of the events that the checkpoint says were yielded.
    StaleCheckpoint,
    /// Not polled within a tokio runtime, or the runtime of a request ended and so did the next one's.
    Runtime,
}

impl Error {
    /// Makes an error, for a [`Quota`](crate::Quota) that can't grant a permit or a
    /// [`TokenSource`](crate::TokenSource) that has no token.
    ///
    /// The request that needed it fails with this kind and this message. The message is shown as it is:
    /// it must not hold secrets, and not repeat what `source` says.
    ///
    /// ```
    /// use journey_events::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Unavailable, "the quota's database doesn't answer");
    /// assert_eq!(error.to_string(), "the quota's database doesn't answer");
    /// ```
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                message: message.into(),
                answer: ServiceAnswer::default(),
                attempts: 0,
                checkpoint: None,
                source: None,
            }),
        }
    }

    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// Adds the error behind this one, as [`source`](std::error::Error::source).
    #[must_use]
    pub fn with_source(mut self, source: Arc<dyn StdError + Send + Sync>) -> Self {
        self.inner.source = Some(source);
        self
    }

    pub(crate) fn with_answer(mut self, answer: ServiceAnswer) -> Self {
        self.inner.answer = answer;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.inner.attempts = attempts;
        self
    }

    pub(crate) fn with_checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.inner.checkpoint = Some(checkpoint);
        self
    }

    pub(crate) fn into_parts(
        self,
    ) -> (
        ErrorKind,
        String,
        ServiceAnswer,
        Option<Arc<dyn StdError + Send + Sync>>,
    ) {
        let Inner {
            kind,
            message,
            answer,
            source,
            ..
        } = *self.inner;
        (kind, message, answer, source)
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The HTTP status of the last answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.inner.answer.status
    }

    /// The service's error code, such as `not.found`; control characters are replaced.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.inner.answer.code.as_deref()
    }

    /// The service's own words about the refusal, at most 500 characters; control characters are
    /// replaced. They are not part of the error's text, since they may repeat what was asked for.
    #[must_use]
    pub fn service_message(&self) -> Option<&str> {
        self.inner.answer.message.as_deref()
    }

    /// The `ININ-Correlation-Id` of the last answer, which Genesys support asks for.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.inner.answer.correlation_id.as_deref()
    }

    /// How long the service asked to wait before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.answer.retry_after
    }

    /// How many attempts the failed page took, one that got no token included; 0 where no page was
    /// asked for.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// The place to go on from, behind the last event that was given out; for errors of a stream.
    ///
    /// Hand it to [`SessionEvents::resume`](crate::SessionEvents::resume).
    #[must_use]
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.inner.checkpoint.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)?;
        let answer = &self.inner.answer;
        let mut details = Vec::new();
        if let Some(status) = answer.status {
            details.push(format!("status {status}"));
        }
        if let Some(code) = &answer.code {
            details.push(format!("code {code}"));
        }
        if let Some(wait) = answer.retry_after {
            details.push(format!("retry after {} s", wait.as_secs_f64().ceil()));
        }
        if self.inner.attempts > 1 {
            details.push(format!("{} attempts", self.inner.attempts));
        }
        if let Some(id) = &answer.correlation_id {
            details.push(format!("correlation id {id}"));
        }
        if details.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", details.join(", "))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            message,
            answer,
            attempts,
            checkpoint,
            source,
        } = &*self.inner;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("message", message)
            .field("status", &answer.status)
            .field("code", &answer.code)
            .field("correlation_id", &answer.correlation_id)
            .field("retry_after", &answer.retry_after)
            .field("attempts", attempts)
            .field("checkpoint", checkpoint)
            .field("source", source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
