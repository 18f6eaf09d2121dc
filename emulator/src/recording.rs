//! The requests received, for tests to assert on.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header, request};

use crate::fault::Fault;
use crate::json::Json;

/// Requests kept; older ones are dropped.
const CAPACITY: usize = 10_000;

/// Most memory of the requests kept: a client may send large headers, or many parameters.
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
    /// Its time is set when it is recorded.
    fn new(request: &request::Parts) -> Self {
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
            at: Duration::ZERO,
        }
    }

    /// Returns about how much memory it takes.
    fn bytes(&self) -> usize {
        /// Of two texts, with what the allocator adds.
        const PAIR: usize = 2 * (size_of::<String>() + 16);
        let pairs = self.query.iter().chain(&self.headers);
        let pairs = pairs.map(|(name, value)| PAIR + name.len() + value.len());
        let texts = self.method.len() + self.path.len() + self.raw_query.len();
        size_of::<Self>() + texts + pairs.sum::<usize>()
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

    fn write(&self, json: &mut Json) {
        json.object(|json| {
            json.member("method", &self.method);
            json.member("path", &self.path);
            json.key("query")
                .array(|json| write_pairs(&self.query, json));
            json.member("rawQuery", &self.raw_query);
            json.key("headers")
                .array(|json| write_pairs(&self.headers, json));
            match self.status {
                Some(status) => json.member("status", u64::from(status)),
                None => json.key("status").raw("null"),
            }
            match &self.fault {
                Some(fault) => json.member("fault", &fault.to_string()),
                None => json.key("fault").raw("null"),
            }
            let at = u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX);
            json.member("atMs", at);
        });
    }
}

fn write_pairs(pairs: &[(String, String)], json: &mut Json) {
    for (name, value) in pairs {
        json.array(|json| {
            json.value(name);
            json.value(value);
        });
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
    /// Shared with a reader, so that writing them out delays no request.
    requests: VecDeque<Arc<RecordedRequest>>,
    /// The memory of all of them.
    bytes: usize,
}

impl Recording {
    /// Records a request and returns its number. `since_start` is called in the order of the
    /// requests, so that their times are in order too.
    pub(crate) fn add(
        &self,
        request: &request::Parts,
        since_start: impl FnOnce() -> Duration,
    ) -> u64 {
        // Before the lock: it may be large.
        let mut request = RecordedRequest::new(request);
        let mut log = self.lock();
        request.at = since_start();
        log.bytes += request.bytes();
        log.requests.push_back(Arc::new(request));
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
            change(Arc::make_mut(request));
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        let requests = self.shared();
        requests.iter().map(|one| (**one).clone()).collect()
    }

    pub(crate) fn clear(&self) {
        let mut log = self.lock();
        log.dropped += log.requests.len() as u64;
        log.requests.clear();
        log.bytes = 0;
    }

    pub(crate) fn to_json(&self) -> String {
        let requests = self.shared();
        Json::text_of(|json| json.array(|json| requests.iter().for_each(|one| one.write(json))))
    }

    fn shared(&self) -> VecDeque<Arc<RecordedRequest>> {
        self.lock().requests.clone()
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
            .map(|_| recording.add(&parts, || Duration::ZERO))
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
            recording.add(&parts, || Duration::ZERO);
        }
        assert_eq!(recording.all().len(), 3);
        recording.clear();
        recording.add(&parts, || Duration::ZERO);
        assert_eq!(recording.all().len(), 1);
    }

    #[test]
    fn requests_of_many_parameters_leave_room_for_fewer() {
        let recording = Recording::default();
        let uri = format!("/?{}", "a&".repeat(30_000));
        let parts = Request::builder().uri(uri).body(()).unwrap();
        let parts = parts.into_parts().0;
        for _ in 0..100 {
            recording.add(&parts, || Duration::ZERO);
        }
        // Each takes at least the two texts of each parameter.
        let most = MAX_BYTES / (30_000 * size_of::<(String, String)>());
        let kept = recording.all().len();
        assert!(0 < kept && kept < most, "{kept}");
    }

    #[test]
    fn no_request_is_recorded_between_anothers_time_and_its_place() {
        let recording = Recording::default();
        let (parts, ()) = Request::new(()).into_parts();
        recording.add(&parts, || {
            assert!(recording.log.try_lock().is_err());
            Duration::from_secs(7)
        });
        assert_eq!(recording.all()[0].at, Duration::from_secs(7));
    }

    #[test]
    fn a_late_status_of_a_cleared_request_is_ignored() {
        let recording = Recording::default();
        let (parts, ()) = Request::new(()).into_parts();
        let cleared = recording.add(&parts, || Duration::ZERO);
        recording.clear();
        recording.add(&parts, || Duration::ZERO);
        recording.set_status(cleared, 500);
        let statuses: Vec<_> = recording.all().iter().map(|one| one.status).collect();
        assert_eq!(statuses, [None]);
    }
}
