//! Which failures are retryable.

use crate::fetch::failure::Cause;

/// Whether, and how, a failed attempt is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retryable {
    /// With backoff.
    Yes,
    /// With backoff, but only once: it is hardly transient.
    Once,
    /// After the wait that the service names, or with backoff; counted apart from other failures.
    Throttled,
    /// At once, with a new token; only once.
    WithNewToken,
    /// It wouldn't help.
    No,
}

/// Classifies a cause.
pub(crate) fn classify(cause: Cause) -> Retryable {
    match cause {
        Cause::Status(429) => Retryable::Throttled,
        Cause::Connect
        | Cause::Timeout
        | Cause::Torn
        | Cause::Status(408 | 500 | 502 | 503 | 504) => Retryable::Yes,
        Cause::Garbled => Retryable::Once,
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
    fn only_what_a_new_attempt_can_cure_is_retried() {
        use Retryable::{No, Once, Throttled, WithNewToken, Yes};
        for (cause, retryable) in [
            (Cause::Connect, Yes),
            (Cause::Timeout, Yes),
            (Cause::Torn, Yes),
            (Cause::Garbled, Once),
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
                408 | 500 | 502 | 503 | 504 => Yes,
                _ => No,
            };
            assert_eq!(classify(Cause::Status(status)), retryable, "{status}");
        }
    }
}
