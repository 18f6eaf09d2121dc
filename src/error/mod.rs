//! The one error type of the crate.

mod kind;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::position::checkpoint::Checkpoint;
pub use kind::ErrorKind;

/// The result of a fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a walk, a request or a setting failed.
///
/// [`kind`](Error::kind) classifies it, the other accessors return what the service reported, and
/// [`checkpoint`](Error::checkpoint) is where to resume: just after the last event that the stream
/// yielded. The text never repeats that of [`source`](std::error::Error::source). Neither text nor
/// `Debug` contains a token, a secret, a cursor or customer data.
///
/// # Example
///
/// ```
/// use journey_events::{Error, ErrorKind};
///
/// /// What a loop over many sessions does about a session that failed.
/// fn next_step(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::NotFound => "skip the session",
///         _ if error.concerns_client() => "stop: the other sessions would fail as well",
///         _ if error.is_transient() => "resume from the checkpoint later",
///         _ => "report the session",
///     }
/// }
/// ```
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
    scope: Scope,
    checkpoint: Option<Checkpoint>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// This request or walk.
    Request,
    /// Every request of the client.
    Client,
}

/// What the service reported with its response.
#[derive(Clone, Default)]
pub(crate) struct ServiceAnswer {
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
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
                scope: Scope::Request,
                checkpoint: None,
                source: None,
            }),
        }
    }

    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// Adds the error behind this one, as [`source`](std::error::Error::source).
    ///
    /// ```
    /// use std::error::Error as _;
    /// use std::sync::Arc;
    /// use journey_events::{Error, ErrorKind};
    ///
    /// let cause = std::io::Error::other("no route to the vault");
    /// let error = Error::new(ErrorKind::Login, "can't read the token").with_source(Arc::new(cause));
    /// assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("no route to the vault"));
    /// ```
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

    /// Marks an error that every request of the client would meet.
    pub(crate) fn concerning_client(mut self) -> Self {
        self.inner.scope = Scope::Client;
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

    /// Returns the kind of error.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, _| async move {
    /// let error = client.session("unknown").await.unwrap_err();
    /// assert_eq!(error.kind(), journey_events::ErrorKind::NotFound);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Returns whether the same request may succeed later without a change: the service was throttling,
    /// unavailable or unreachable, or too slow. Retries were already made as
    /// [`RetryPolicy`](crate::RetryPolicy) allows.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::faulty("429:retry-after=600", |client, [session, ..]| async move {
    /// let error = client.session(&session).await.unwrap_err();
    /// assert!(error.is_transient());
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.inner.kind.is_transient()
    }

    /// Returns whether the cause is the client's, not one session's, so that requests for other sessions
    /// would fail as well: no access token, a refused token or a missing permission; no connection or an
    /// untrusted certificate; a wait longer than
    /// [`max_retry_after`](crate::RetryPolicy::max_retry_after); a retry budget that is used up.
    ///
    /// Callers with many sessions stop or pause on such an error.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::faulty("403", |client, [session, ..]| async move {
    /// let error = client.session(&session).await.unwrap_err();
    /// assert!(error.concerns_client()); // a missing permission
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn concerns_client(&self) -> bool {
        self.inner.scope == Scope::Client
    }

    /// Returns the HTTP status of the last response, if there was one.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, _| async move {
    /// let error = client.session("unknown").await.unwrap_err();
    /// assert_eq!(error.status(), Some(404));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.inner.answer.status
    }

    /// Returns the service's error code, such as `not.found`, with control characters replaced.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, _| async move {
    /// let error = client.session("unknown").await.unwrap_err();
    /// assert_eq!(error.code(), Some("not.found"));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.inner.answer.code.as_deref()
    }

    /// Returns the service's error message, at most 500 characters, with control characters replaced.
    /// It isn't part of the error's text, since it may quote the request.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, _| async move {
    /// let error = client.session("unknown").await.unwrap_err();
    /// assert!(error.service_message().is_some_and(|message| message.contains("not found")));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn service_message(&self) -> Option<&str> {
        self.inner.answer.message.as_deref()
    }

    /// Returns the `ININ-Correlation-Id` of the last response, by which Genesys support finds the
    /// request.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::emulated(|client, _| async move {
    /// let error = client.session("unknown").await.unwrap_err();
    /// let id = error.correlation_id().unwrap_or("unknown");
    /// println!("for Genesys support: {id}");
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.inner.answer.correlation_id.as_deref()
    }

    /// Returns how long the service said to wait before the next request.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::faulty("429:retry-after=600", |client, [session, ..]| async move {
    /// let error = client.session(&session).await.unwrap_err();
    /// assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(600)));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.answer.retry_after
    }

    /// Returns how many attempts the failed request took, including one that got no token; 0 if nothing
    /// was requested.
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::faulty("400", |client, [session, ..]| async move {
    /// let error = client.session(&session).await.unwrap_err();
    /// assert_eq!(error.attempts(), 1); // a refusal isn't retried
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// Returns where to resume, just after the last event that the stream yielded. `None` for errors
    /// that aren't a stream's.
    ///
    /// Pass it to [`SessionEvents::resume`](crate::SessionEvents::resume) or
    /// [`ContactSessions::resume`](crate::ContactSessions::resume).
    ///
    /// ```
    /// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
    /// # documented::faulty("400:page=2,once", |client, [session, ..]| async move {
    /// use futures::TryStreamExt;
    ///
    /// let mut events = client.session_events(&session).stream();
    /// let mut count = 0;
    /// let error = loop {
    ///     match events.try_next().await {
    ///         Ok(event) => count += event.iter().len(),
    ///         Err(error) => break error,
    ///     }
    /// };
    /// let checkpoint = error.checkpoint().ok_or("a stream's errors have one")?.clone();
    /// let rest = client.session_events(&session).resume(checkpoint).stream();
    /// assert_eq!(count + rest.try_collect::<Vec<_>>().await?.len(), 450);
    /// # Ok(()) });
    /// ```
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
            scope,
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
            .field("scope", scope)
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
