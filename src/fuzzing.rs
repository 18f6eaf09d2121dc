//! Properties that hold for every input from outside, one function for each kind of input.
//!
//! The fuzz targets in `fuzz/` call these functions with generated inputs, the tests below with those
//! kept in `tests/inputs`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a violated property is a panic, as in a test"
)]

mod assertions;
mod body;
#[cfg(test)]
mod generated;
mod members;
mod page;

use std::sync::LazyLock;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::fetch::endpoint::Endpoint;
use crate::fetch::failure::{Cause, Failure};
use crate::fetch::{refusal, retry_after as wait};
use crate::paging::resume::Resume;
use crate::position::cursor::{Cursor, Direction};
use crate::position::identities::Identity;
use crate::{Checkpoint, Client, ErrorKind};
use assertions::{assert_is_safe_to_show, assert_is_sent_unchanged};

pub use page::{event, page};

/// A link to another page: its cursor is sent as it stands there, and only an empty one is the end.
pub fn next_uri(uri: &[u8]) {
    let Ok(uri) = str::from_utf8(uri) else {
        return;
    };
    for direction in [Direction::After, Direction::Before] {
        match Cursor::from_uri(Some(uri), direction) {
            Ok(Some(cursor)) => {
                assert!(uri.contains(cursor.as_str()));
                assert_is_sent_unchanged(&cursor, direction);
            }
            Ok(None) => assert!(uri.is_empty() || has_empty_cursor(uri, direction)),
            Err(error) => assert_is_safe_to_show(&error.to_string()),
        }
    }
}

fn has_empty_cursor(uri: &str, direction: Direction) -> bool {
    let without_fragment = uri.split('#').next().unwrap_or_default();
    let (_, query) = without_fragment.split_once('?').unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name == direction.parameter() && value.is_empty())
}

/// A `Retry-After`, with the answer's `Date` in a second line: whole seconds, a date or nothing.
pub fn retry_after(lines: &[u8]) {
    let [value, date] = split_lines(lines);
    assert_ne!(
        wait::from_message(&String::from_utf8_lossy(lines)),
        Some(Duration::ZERO)
    );
    let headers = headers([(RETRY_AFTER.as_str(), value), (DATE.as_str(), date)]);
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(value) = text(RETRY_AFTER).map(str::trim) else {
        return;
    };
    let waits = wait::from_headers(&headers);
    assert_ne!(waits, Some(Duration::ZERO));
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().ok().filter(|seconds| *seconds > 0);
        assert_eq!(waits, seconds.map(Duration::from_secs));
        let message = format!("Retry the request in [{value}] seconds");
        assert_eq!(wait::from_message(&message), waits);
    } else if let Some(waits) = waits {
        let Ok(until) = httpdate::parse_http_date(value) else {
            // A fraction, rounded up.
            let seconds: f64 = value.parse().expect("what isn't a date is a number");
            assert!(waits.as_secs_f64() >= seconds && waits.subsec_nanos() == 0);
            return;
        };
        if let Some(Ok(date)) = text(DATE).map(httpdate::parse_http_date) {
            assert_eq!(date + waits, until);
        }
    }
}

/// A stored checkpoint: survives storing, hides its cursor, and is refused by another service.
pub fn checkpoint(json: &[u8]) {
    let Ok(checkpoint) = serde_json::from_slice::<Checkpoint>(json) else {
        return;
    };
    let written = serde_json::to_vec(&checkpoint).expect("a checkpoint can be written");
    let read: Checkpoint = serde_json::from_slice(&written).expect("it can be read again");
    assert_eq!(read, checkpoint);
    if let (Ok(Value::Object(sent)), Ok(Value::Object(written))) = (
        serde_json::from_slice(json),
        serde_json::from_slice(&written),
    ) {
        let is_current = sent.get("version") == Some(&Value::from(2));
        for (name, value) in sent.iter().filter(|_| is_current) {
            let written = written.get(name);
            assert!(written.is_none() || written == Some(value), "{name}");
        }
    }

    let mut other = checkpoint.clone();
    if let Some(cursor) = &mut other.position.cursor {
        assert_is_sent_unchanged(cursor, checkpoint.walk.direction);
        *cursor = Cursor::new("another").expect("a cursor");
    }
    other.position.blocked = None;
    assert_eq!(format!("{checkpoint:?}"), format!("{other:?}"));

    assert_resumes_without_panic(&checkpoint);
    let skipped = checkpoint.clone().skip();
    assert!(skipped.yielded() >= checkpoint.yielded());
    assert_resumes_without_panic(&skipped);
    assert_is_refused_elsewhere(checkpoint);
}

fn assert_resumes_without_panic(checkpoint: &Checkpoint) {
    let ids = ["a", "b"];
    let identities = ids.into_iter().map(Identity::Id).collect();
    for is_last in [false, true] {
        let mut resume = Resume::new(&checkpoint.position);
        if let Ok(known) = resume.known(&identities, |index| Some(ids[index]), is_last) {
            assert_eq!(known.len(), ids.len());
        }
        let _ = resume.carried();
    }
}

/// Outside a runtime nothing can be sent: the error is there at the first poll, or it is a panic.
fn assert_is_refused_elsewhere(checkpoint: Checkpoint) {
    const SERVICE: &str = "https://service.invalid";
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        Client::builder()
            .base_url(SERVICE)
            .access_token("token")
            .build()
            .expect("a client")
    });
    if checkpoint.walk.service == SERVICE {
        return;
    }
    let request = CLIENT.session_events(checkpoint.session_id());
    let first = request.resume(checkpoint).stream().next().now_or_never();
    let Some(Some(Err(error))) = first else {
        unreachable!("a checkpoint of another service is refused, not {first:?}");
    };
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_is_safe_to_show(&format!("{error} {error:?}"));
}

/// A refusal (lines for status, correlation id and `Retry-After`, then the body): safe to show.
pub fn error_body(lines: &[u8]) {
    let [status, correlation_id, retry_after, body] = split_lines(lines);
    let status = String::from_utf8_lossy(status).parse().unwrap_or(500);
    let headers = headers([
        ("inin-correlation-id", correlation_id),
        (RETRY_AFTER.as_str(), retry_after),
    ]);
    let answer = refusal::refusal(status, &headers, body);
    for (text, longest) in [
        (&answer.code, 100),
        (&answer.message, 500),
        (&answer.correlation_id, 100),
    ] {
        let text = text.as_deref().unwrap_or_default();
        assert!(text.chars().count() <= longest);
        assert_is_safe_to_show(text);
    }
    assert_ne!(answer.retry_after, Some(Duration::ZERO));
    let cause = Cause::Status(status);
    let what = cause.describe(&Endpoint::SessionEvents("s".into()));
    let fault = Failure::new(cause).with_answer(answer);
    let error = fault.into_error(cause.kind(), what.to_owned(), 1);
    assert_is_safe_to_show(&format!("{error} {error:?}"));
}

/// The lines of an input; the last has all that is left, those that are missing are empty.
fn split_lines<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut lines = input.splitn(N, |byte| *byte == b'\n');
    [(); N].map(|()| lines.next().unwrap_or_default())
}

/// The headers that an answer can have: an empty value stands for none, an invalid one can't come.
fn headers<const N: usize>(headers: [(&'static str, &[u8]); N]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        match HeaderValue::from_bytes(value) {
            Ok(value) if !value.is_empty() => {
                map.insert(name, value);
            }
            _ => {}
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Feeds every kept input of a kind to its property; an empty folder must not pass for success.
    fn feed(kind: &str, at_least: usize, property: fn(&[u8])) {
        let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
        let mut count = 0;
        for entry in fs::read_dir(inputs.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            eprintln!("{}", path.display());
            property(&fs::read(path).unwrap());
            count += 1;
        }
        assert!(count >= at_least, "{count} inputs of {kind}");
    }

    #[test]
    fn pages() {
        feed("page", 35, page);
    }

    #[test]
    fn events() {
        feed("event", 20, event);
    }

    #[test]
    fn links() {
        feed("next_uri", 20, next_uri);
    }

    #[test]
    fn waits() {
        feed("retry_after", 20, retry_after);
    }

    #[test]
    fn checkpoints() {
        feed("checkpoint", 15, checkpoint);
    }

    #[test]
    fn refusals() {
        feed("error_body", 15, error_body);
    }
}
