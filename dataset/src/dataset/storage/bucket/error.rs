//! Errors of a store, in our words: a store's own may contain URLs with signatures.

use std::error::Error as StdError;
use std::fmt;

use object_store::client::{HttpError, HttpErrorKind};

use crate::dataset::location::{BucketUrl, Scheme};
use crate::error::{Error, ErrorKind};

/// What a store's answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    NotFound,
    /// There is no bucket, or nothing where the credentials should be.
    NoBucket,
    /// The condition of a put doesn't hold.
    ConditionFailed,
    /// It may succeed when repeated.
    Unavailable,
    Denied,
    /// The store can't do it.
    Unsupported,
    Other,
}

/// Returns what an error means.
pub(super) fn meaning(error: &object_store::Error) -> Meaning {
    match error {
        object_store::Error::NotFound { .. } => Meaning::NotFound,
        object_store::Error::AlreadyExists { .. }
        | object_store::Error::Precondition { .. }
        | object_store::Error::NotModified { .. } => Meaning::ConditionFailed,
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => Meaning::Denied,
        object_store::Error::NotSupported { .. } | object_store::Error::NotImplemented { .. } => {
            Meaning::Unsupported
        }
        object_store::Error::Generic { .. } => match answer(error) {
            // A listing's status isn't told apart by `object_store`.
            Answer::Status(401 | 403, _) => Meaning::Denied,
            Answer::Status(404, _) => Meaning::NoBucket,
            // A range behind the end.
            Answer::Status(416, _) => Meaning::NotFound,
            Answer::Status(501, _) => Meaning::Unsupported,
            Answer::None(_) | Answer::Status(408 | 429 | 500.., _) => Meaning::Unavailable,
            Answer::Status(..) | Answer::Unknown => Meaning::Other,
        },
        _ => Meaning::Other,
    }
}

/// What was answered to a request that failed.
enum Answer<'e> {
    /// Nothing, or not all of it.
    None(&'e HttpError),
    /// A status, with the store's own code.
    Status(u16, Option<String>),
    Unknown,
}

/// Looks for the answer in the errors behind one. `object_store` has no public type for a status.
fn answer(error: &object_store::Error) -> Answer<'_> {
    const STATUS: &str = "Server returned non-2xx status code: ";
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref() {
            return Answer::None(error);
        }
        source = error.source();
        if source.is_none() {
            let text = error.to_string();
            let status = text.strip_prefix(STATUS).and_then(|rest| rest.get(..3));
            if let Some(status) = status.and_then(|status| status.parse().ok()) {
                return Answer::Status(status, code(&text).map(str::to_owned));
            }
        }
    }
    Answer::Unknown
}

/// Words an error: what couldn't be done (`write`), and to what.
pub(super) fn failure(
    url: &BucketUrl,
    action: &str,
    shown: &str,
    error: &object_store::Error,
) -> Error {
    let next = match (meaning(error), url.scheme) {
        (Meaning::Denied, Scheme::S3) => {
            ": access was denied; next: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN \
             and AWS_REGION, and that they may list, get, put and delete objects"
        }
        (Meaning::Denied, Scheme::Gs) => {
            ": access was denied; next: check GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS, \
             and that they may list, get, create and delete objects"
        }
        (Meaning::Denied, Scheme::Az) => {
            ": access was denied; next: check AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, \
             AZURE_STORAGE_SAS_KEY or AZURE_CLIENT_ID, and that they may list, read, write and delete blobs"
        }
        (Meaning::Unsupported, _) => return unsupported(url).with_source(Cause::of(error)),
        (Meaning::NotFound | Meaning::NoBucket, _) => {
            ": there is no such bucket; next: create it, or check its name and the credentials"
        }
        (Meaning::Unavailable, scheme) => &format!(
            ": the store can't be reached or keeps failing; next: {}",
            check(scheme)
        ),
        (Meaning::ConditionFailed, _) => ": another process changed it; next: run it again",
        (Meaning::Other, _) => {
            "; next: check the name of the bucket, its region and the credentials"
        }
    };
    let kind = match meaning(error) {
        Meaning::Unavailable => ErrorKind::StoreUnavailable,
        Meaning::ConditionFailed => ErrorKind::Busy,
        _ => ErrorKind::StoreRefused,
    };
    Error::new(kind, format!("can't {action} `{shown}`{next}")).with_source(Cause::of(error))
}

/// What is the matter with a store, safe to show.
pub(super) fn cause(error: &object_store::Error) -> String {
    Cause::of(error).to_string()
}

/// What to check if a store is unavailable.
pub(super) fn check(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::S3 => {
            "check the network, AWS_REGION, AWS_ENDPOINT_URL and that there are credentials"
        }
        Scheme::Gs => "check the network and that there are credentials",
        Scheme::Az => {
            "check the network, AZURE_STORAGE_ACCOUNT_NAME and that there are credentials"
        }
    }
}

/// A store without conditional puts.
pub(super) fn unsupported(url: &BucketUrl) -> Error {
    let message = format!(
        "the store of `{url}` has no conditional puts (If-None-Match, If-Match), without which a file \
         could be replaced by an older one; next: use another store or a folder"
    );
    Error::new(ErrorKind::Unsupported, message)
}

/// What is safe to show of a store's error.
#[derive(Debug)]
struct Cause(String);

impl Cause {
    fn of(error: &object_store::Error) -> Self {
        Self(match answer(error) {
            Answer::None(error) => {
                let kind = match error.kind() {
                    HttpErrorKind::Connect => "no connection",
                    HttpErrorKind::Timeout => "timed out",
                    HttpErrorKind::Interrupted | HttpErrorKind::Request => "connection closed",
                    _ => "invalid response",
                };
                match innermost(error) {
                    Some(detail) => format!("{kind}: {detail}"),
                    None => kind.to_owned(),
                }
            }
            Answer::Status(status, Some(code)) => format!("status {status}, {code}"),
            Answer::Status(status, None) => format!("status {status}"),
            Answer::Unknown => "invalid response, settings or credentials".to_owned(),
        })
    }
}

/// The error of the system or of TLS, which knows no URL.
fn innermost(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let text = last.to_string();
    (!text.contains("://") && !text.contains('?')).then_some(text)
}

/// The store's code in the XML or JSON of its answer.
fn code(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_word = |code: &&str| code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Some(code).filter(is_word)
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Cause {}
