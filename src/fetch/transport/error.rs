//! Classifies errors of the HTTP client.

use std::error::Error as StdError;
use std::io;

use crate::fetch::failure::{Cause, Failure};
use crate::fetch::transport::tls::is_certificate;

/// Classifies an error and removes its URL, which contains the cursor.
pub(crate) fn failure(error: reqwest::Error) -> Failure {
    let cause = cause_of(&error);
    Failure::new(cause).with_source(error.without_url())
}

fn cause_of(error: &reqwest::Error) -> Cause {
    if error.is_timeout() {
        return if error.is_connect() {
            Cause::ConnectTimeout
        } else {
            Cause::Timeout
        };
    }
    if error.is_builder() {
        return Cause::Request;
    }
    let causes = || std::iter::successors(error.source(), |error| inner(*error));
    // First, since a certificate error is also a connect error.
    if causes().any(is_certificate) {
        Cause::Certificate
    } else if error.is_connect() {
        Cause::Connect
    } else if causes().any(is_garbled) {
        Cause::Garbled
    } else if !causes().any(<dyn StdError>::is::<hyper::Error>) && causes().any(is_corrupt) {
        // Valid HTTP, but not what Content-Encoding says.
        Cause::Compression
    } else {
        Cause::Torn
    }
}

/// The next error inward; an `io::Error` shows what it wraps only through `get_ref`.
fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// Whether what was received wasn't HTTP, or its chunks were malformed.
fn is_garbled(error: &(dyn StdError + 'static)) -> bool {
    let is_invalid = |error: &(dyn StdError + 'static)| {
        let kind = error.downcast_ref().map(io::Error::kind);
        matches!(
            kind,
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
        )
    };
    error
        .downcast_ref::<hyper::Error>()
        .is_some_and(|error| error.is_parse() || error.source().is_some_and(is_invalid))
}

/// Whether data violates its format other than by ending too early.
fn is_corrupt(error: &(dyn StdError + 'static)) -> bool {
    error
        .downcast_ref()
        .is_some_and(|error: &io::Error| error.kind() != io::ErrorKind::UnexpectedEof)
}
