//! Which failures are retryable.

use crate::fetch::failure::{Cause, is_unavailable};

/// Whether, and how, a failed attempt is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retryable {
    /// With backoff.
    Yes,
    /// With backoff, but only once: it is unlikely to be transient.
    Once,
    /// After a pause of all requests; counted separately from other failures.
    Throttled,
    /// Immediately and only once, with a new token.
    WithNewToken,
    /// Another attempt wouldn't help.
    No,
}

/// Classifies a cause.
pub(crate) fn classify(cause: Cause) -> Retryable {
    match cause {
        Cause::Status(429) => Retryable::Throttled,
        Cause::Connect | Cause::ConnectTimeout | Cause::Timeout | Cause::Torn => Retryable::Yes,
        Cause::Status(status) if is_unavailable(status) => Retryable::Yes,
        Cause::Garbled | Cause::EmptyBody => Retryable::Once,
        Cause::TokenRejected => Retryable::WithNewToken,
        Cause::Certificate
        | Cause::Compression
        | Cause::TooLarge
        | Cause::Request
        | Cause::UnexpectedBody
        | Cause::Login(_)
        | Cause::Quota(_)
        | Cause::Status(_) => Retryable::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn row_76_only_transient_failures_are_retried() {
        use Retryable::{No, Once, Throttled, WithNewToken, Yes};
        for (cause, retryable) in [
            (Cause::Connect, Yes),
            (Cause::ConnectTimeout, Yes),
            (Cause::Timeout, Yes),
            (Cause::Torn, Yes),
            (Cause::Garbled, Once),
            (Cause::EmptyBody, Once),
            (Cause::Certificate, No),
            (Cause::Compression, No),
            (Cause::TooLarge, No),
            (Cause::Request, No),
            (Cause::UnexpectedBody, No),
            (Cause::TokenRejected, WithNewToken),
            (Cause::Login(ErrorKind::Login), No),
        ] {
            assert_eq!(classify(cause), retryable, "{cause:?}");
        }
        for status in 100..=599 {
            let retryable = match status {
                429 => Throttled,
                408 | 425 | 500 | 502 | 503 | 504 | 520..=524 | 529 => Yes,
                _ => No,
            };
            assert_eq!(classify(Cause::Status(status)), retryable, "{status}");
        }
    }
}
