//! The requests that came, for tests to assert on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header, request};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::fault::spec::Fault;

/// Requests that are kept; of more, the first ones go.
const KEPT: usize = 10_000;

/// A request that came.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// The path as it came, without the query.
    pub path: String,
    /// The parameters in their order, decoded.
    pub query: Vec<(String, String)>,
    /// The query as it was sent, without the `?`; empty if there was none. A cursor is in it byte for byte.
    pub raw_query: String,
    /// The headers, their names in small letters. Of `authorization` and `proxy-authorization` only the
    /// scheme is kept, and of `cookie` nothing: its value is empty.
    pub headers: Vec<(String, String)>,
    /// The status of the answer; `None` if the client went away before there was one, or it is still
    /// being held back.
    pub status: Option<u16>,
    /// The fault that struck it.
    pub fault: Option<Fault>,
    /// When it came, from the emulator's start on.
    pub at: Duration,
}

impl RecordedRequest {
    fn new(request: &request::Parts, fault: Option<Fault>, at: Duration) -> Self {
        let query = request.uri.query().unwrap_or_default();
        Self {
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            raw_query: query.to_owned(),
            headers: headers(&request.headers),
            status: None,
            fault,
            at,
        }
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first value of a header; `name` in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn to_json(&self) -> Value {
        json!({
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "rawQuery": self.raw_query,
            "headers": self.headers,
            "status": self.status,
            "fault": self.fault.map(|fault| fault.to_string()),
            "atMs": u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        let mut value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == header::AUTHORIZATION || name == header::PROXY_AUTHORIZATION {
            let scheme = value.find(' ').unwrap_or(0);
            value.truncate(scheme);
        } else if name == header::COOKIE {
            value.clear();
        }
        (name.as_str().to_owned(), value)
    };
    headers.iter().map(header).collect()
}

/// The requests so far.
#[derive(Debug)]
pub(crate) struct Recording {
    start: Instant,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// How many requests came before the first that is kept.
    before: u64,
    requests: VecDeque<RecordedRequest>,
}

impl Recording {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            kept: Mutex::default(),
        }
    }

    /// Notes a request that has just come; gives its number.
    pub(crate) fn came(&self, request: &request::Parts, fault: Option<Fault>) -> u64 {
        let mut kept = self.lock();
        if kept.requests.len() == KEPT {
            kept.requests.pop_front();
            kept.before += 1;
        }
        let request = RecordedRequest::new(request, fault, self.start.elapsed());
        kept.requests.push_back(request);
        kept.before + kept.requests.len() as u64 - 1
    }

    /// Notes the answer to a request, unless it is forgotten by now.
    pub(crate) fn answered(&self, number: u64, status: u16) {
        let mut kept = self.lock();
        let place = number.checked_sub(kept.before);
        let place = place.and_then(|place| usize::try_from(place).ok());
        if let Some(request) = place.and_then(|place| kept.requests.get_mut(place)) {
            request.status = Some(status);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        let mut kept = self.lock();
        kept.before += kept.requests.len() as u64;
        kept.requests.clear();
    }

    pub(crate) fn to_json(&self) -> String {
        let requests = self.all();
        let requests: Vec<_> = requests.iter().map(RecordedRequest::to_json).collect();
        Value::from(requests).to_string()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[tokio::test]
    async fn the_newest_requests_are_kept_and_get_the_answers_that_are_theirs() {
        let recording = Recording::new();
        let (parts, ()) = Request::new(()).into_parts();
        let numbers: Vec<_> = (0..=KEPT).map(|_| recording.came(&parts, None)).collect();
        recording.answered(numbers[0], 500);
        recording.answered(numbers[1], 201);
        recording.answered(numbers[KEPT], 202);
        let all = recording.all();
        assert_eq!(all.len(), KEPT);
        assert_eq!(all[0].status, Some(201));
        assert_eq!(all[1].status, None);
        assert_eq!(all[KEPT - 1].status, Some(202));
    }

    #[tokio::test]
    async fn an_answer_to_what_was_forgotten_is_nobodys() {
        let recording = Recording::new();
        let (parts, ()) = Request::new(()).into_parts();
        let forgotten = recording.came(&parts, None);
        recording.clear();
        recording.came(&parts, None);
        recording.answered(forgotten, 500);
        let statuses: Vec<_> = recording.all().iter().map(|one| one.status).collect();
        assert_eq!(statuses, [None]);
    }
}
