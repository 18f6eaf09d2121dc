//! What kinds of errors there are.

/// Classifies an [`Error`](crate::Error).
///
/// ```
/// use journey_events::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::Login | ErrorKind::Unauthorized => "check the credentials and the region",
///         ErrorKind::Forbidden => "give the OAuth client the permission",
///         ErrorKind::NotFound => "check the id",
///         _ if error.is_transient() => "try again later",
///         _ => "see docs/errors.md",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting, id, limit, cursor or checkpoint is invalid. Nothing was sent.
    InvalidInput,
    /// The service refused the access token (401), also after it was replaced if it can be.
    Unauthorized,
    /// The login service issued no access token.
    Login,
    /// The token lacks a permission (403). Events need `journey:event:view`, conversations
    /// `analytics:conversationDetail:view`.
    Forbidden,
    /// The session, contact or conversation doesn't exist (404), or belongs to another organization.
    NotFound,
    /// The service still throttles (429) after all retries. [`Error::retry_after`](crate::Error::retry_after) is the wait it named.
    RateLimited,
    /// The service refused a cursor (400, 410).
    CursorRejected,
    /// The service refused the request with another status. A retry wouldn't help.
    Rejected,
    /// The service, or a gateway before it, was unavailable (408, 425, 500, 502, 503, 504, 520 to 524,
    /// 529) on every attempt.
    Unavailable,
    /// No connection could be opened: host name, address or proxy.
    Connect,
    /// The server's certificate isn't trusted or is for another host.
    Certificate,
    /// No connection, no response or only part of one within the timeouts.
    Timeout,
    /// The connection was lost, or the response isn't valid HTTP.
    Transport,
    /// The response exceeds this crate's caps of 32 MiB after decompression and 100,000 events or
    /// conversations, or a minute has more than the 100,000 conversations that the service lists.
    TooLarge,
    /// A successful response that is empty, isn't a listing, can't be decompressed, or has a `nextUri`
    /// without a cursor.
    UnexpectedResponse,
    /// An event can't be decoded. [`Checkpoint::skip`](crate::Checkpoint::skip) resumes after it.
    MalformedEvent,
    /// The service returned a cursor that this walk has already followed.
    CursorLoop,
    /// The service returned pages with cursors but without an event for 10 minutes of request time.
    Stalled,
    /// Conversations appeared or disappeared during each of 10 reads of the same pages, or the pages end
    /// long before the service's count of conversations.
    Shifting,
    /// The pages have none of the events that the checkpoint says were yielded.
    StaleCheckpoint,
    /// The call wasn't made within a tokio runtime, or its runtime ended, and so did the next one's.
    Runtime,
}

impl ErrorKind {
    /// Whether the same request may succeed later.
    pub(crate) fn is_transient(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Unavailable
                | Self::Connect
                | Self::Timeout
                | Self::Transport
                | Self::Shifting
        )
    }
}
