//! The requests that came, for tests to assert on.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header, request};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Requests that are kept; of more, the first ones go.
const KEPT: usize = 10_000;

/// A request that the emulator has answered, or begun to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// The path as it came, without the query.
    pub path: String,
    /// The parameters in their order, decoded.
    pub query: Vec<(String, String)>,
    /// The headers, with small letters. Of `authorization` only the scheme is kept.
    pub headers: Vec<(String, String)>,
    /// The status of the answer.
    pub status: u16,
    /// When it came, from the emulator's start on.
    pub at: Duration,
}

impl RecordedRequest {
    pub(crate) fn new(request: &request::Parts, status: u16, at: Duration) -> Self {
        let query = request.uri.query().unwrap_or_default();
        Self {
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: headers(&request.headers),
            status,
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
            "headers": self.headers,
            "status": self.status,
            "atMs": u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let header = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        let mut value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == header::AUTHORIZATION {
            let scheme = value.find(' ').unwrap_or(0);
            value.truncate(scheme);
        }
        (name.as_str().to_owned(), value)
    };
    headers.iter().map(header).collect()
}

/// The requests so far.
#[derive(Debug)]
pub(crate) struct Recording {
    start: Instant,
    requests: Mutex<VecDeque<RecordedRequest>>,
}

impl Recording {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            requests: Mutex::default(),
        }
    }

    /// The time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    pub(crate) fn add(&self, request: RecordedRequest) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == KEPT {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub(crate) fn to_json(&self) -> String {
        let requests = self.all();
        let requests: Vec<_> = requests.iter().map(RecordedRequest::to_json).collect();
        Value::from(requests).to_string()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[tokio::test]
    async fn the_newest_requests_are_kept() {
        let recording = Recording::new();
        let (parts, ()) = Request::new(()).into_parts();
        for number in 0..=KEPT as u64 {
            let at = Duration::from_secs(number);
            recording.add(RecordedRequest::new(&parts, 200, at));
        }
        let all = recording.all();
        assert_eq!(all.len(), KEPT);
        assert_eq!(all[0].at, Duration::from_secs(1));
    }
}
