//! The requests received, for tests to assert on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header, request};
use serde_json::{Value, json};

use crate::fault::Fault;

/// Requests kept; older ones are dropped.
const CAPACITY: usize = 10_000;

/// Most text of the requests kept: a client may send large headers.
const MAX_BYTES: usize = 64 << 20;

/// A request that the emulator received.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// The path as received, without the query.
    pub path: String,
    /// The parameters in their order, decoded.
    pub query: Vec<(String, String)>,
    /// The query as received, without the `?`; empty if there was none. Shows how a cursor was
    /// encoded.
    pub raw_query: String,
    /// The headers, their names in lower case. Of `authorization` and `proxy-authorization` only
    /// the scheme is kept; the value of `cookie` is always empty.
    pub headers: Vec<(String, String)>,
    /// The response's status; `None` if it hasn't been sent yet, the client disconnected before, or a
    /// fault dropped the connection.
    pub status: Option<u16>,
    /// The fault of the response.
    pub fault: Option<Fault>,
    /// When it was received, since the emulator's start.
    pub at: Duration,
}

impl RecordedRequest {
    fn new(request: &request::Parts, at: Duration) -> Self {
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
            fault: None,
            at,
        }
    }

    /// Returns about how much text it holds.
    fn bytes(&self) -> usize {
        let pairs = self.query.iter().chain(&self.headers);
        let pairs = pairs.map(|(name, value)| name.len() + value.len());
        self.path.len() + self.raw_query.len() + pairs.sum::<usize>()
    }

    /// Returns the first value of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a header; `name` must be in lower case.
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
            "fault": self.fault.as_ref().map(ToString::to_string),
            "atMs": u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// Copies the headers without their secrets.
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

#[derive(Debug, Default)]
pub(crate) struct Recording {
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    /// How many requests were dropped before the first that is kept.
    dropped: u64,
    requests: VecDeque<RecordedRequest>,
    /// The text of all of them.
    bytes: usize,
}

impl Recording {
    /// Records a request, received at this time since the start, and returns its number.
    pub(crate) fn add(&self, request: &request::Parts, at: Duration) -> u64 {
        let request = RecordedRequest::new(request, at);
        let mut log = self.lock();
        log.bytes += request.bytes();
        log.requests.push_back(request);
        while (log.requests.len() > CAPACITY || log.bytes > MAX_BYTES)
            && let Some(oldest) = log.requests.pop_front()
        {
            log.bytes -= oldest.bytes();
            log.dropped += 1;
        }
        log.dropped + log.requests.len() as u64 - 1
    }

    /// Records the status of the response, unless the request was dropped meanwhile.
    pub(crate) fn set_status(&self, number: u64, status: u16) {
        self.update(number, |request| request.status = Some(status));
    }

    /// Records the fault of the response, likewise.
    pub(crate) fn set_fault(&self, number: u64, fault: Option<Fault>) {
        if fault.is_some() {
            self.update(number, |request| request.fault = fault);
        }
    }

    fn update(&self, number: u64, change: impl FnOnce(&mut RecordedRequest)) {
        let mut log = self.lock();
        let index = number.checked_sub(log.dropped);
        let index = index.and_then(|index| usize::try_from(index).ok());
        if let Some(request) = index.and_then(|index| log.requests.get_mut(index)) {
            change(request);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        let mut log = self.lock();
        log.dropped += log.requests.len() as u64;
        log.requests.clear();
        log.bytes = 0;
    }

    pub(crate) fn to_json(&self) -> String {
        let requests = self.all();
        let requests: Vec<_> = requests.iter().map(RecordedRequest::to_json).collect();
        Value::from(requests).to_string()
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn the_newest_requests_are_kept_with_their_statuses() {
        let recording = Recording::default();
        let (parts, ()) = Request::new(()).into_parts();
        let numbers: Vec<_> = (0..=CAPACITY)
            .map(|_| recording.add(&parts, Duration::ZERO))
            .collect();
        recording.set_status(numbers[0], 500);
        recording.set_status(numbers[1], 201);
        recording.set_status(numbers[CAPACITY], 202);
        let all = recording.all();
        assert_eq!(all.len(), CAPACITY);
        assert_eq!(all[0].status, Some(201));
        assert_eq!(all[1].status, None);
        assert_eq!(all[CAPACITY - 1].status, Some(202));
    }

    #[test]
    fn large_requests_leave_room_for_fewer() {
        let recording = Recording::default();
        let mut parts = Request::new(()).into_parts().0;
        let large = "x".repeat(MAX_BYTES / 4).parse().unwrap();
        parts.headers.insert("large", large);
        for _ in 0..10 {
            recording.add(&parts, Duration::ZERO);
        }
        assert_eq!(recording.all().len(), 3);
        recording.clear();
        recording.add(&parts, Duration::ZERO);
        assert_eq!(recording.all().len(), 1);
    }

    #[test]
    fn a_late_status_of_a_cleared_request_is_ignored() {
        let recording = Recording::default();
        let (parts, ()) = Request::new(()).into_parts();
        let cleared = recording.add(&parts, Duration::ZERO);
        recording.clear();
        recording.add(&parts, Duration::ZERO);
        recording.set_status(cleared, 500);
        let statuses: Vec<_> = recording.all().iter().map(|one| one.status).collect();
        assert_eq!(statuses, [None]);
    }
}
