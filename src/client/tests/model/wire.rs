//! Assertions on the requests of a model walk that hold whatever happened.

use std::time::Duration;

use super::super::memory::ReceivedRequest;
use super::service::RecordedResponse;
use crate::{RetryPolicy, Stats};

const MINUTE: Duration = Duration::from_secs(60);
/// The client's default.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

type Exchange<'a> = (&'a ReceivedRequest, &'a RecordedResponse);

pub(super) fn assert_well_behaved(
    requests: &[ReceivedRequest],
    responses: &[RecordedResponse],
    stats: &Stats,
    quota: Option<u32>,
) {
    assert_eq!(
        stats.requests,
        requests.len() as u64,
        "requests counted and received"
    );
    let pages: Vec<_> = requests
        .iter()
        .zip(responses)
        .filter(|(_, response)| response.page.is_some())
        .collect();
    assert_eq!(
        stats.attempts,
        pages.len() as u64,
        "permits taken and page requests received"
    );
    if let Some(quota) = quota {
        assert_within_quota(&pages, quota as usize);
    }
    for (index, exchange) in pages.iter().enumerate() {
        assert_waits(*exchange, &pages[index + 1..]);
        assert_requested_once(*exchange, &pages[index + 1..]);
    }
}

/// Asserts that no minute has more requests than the quota.
fn assert_within_quota(pages: &[Exchange<'_>], quota: usize) {
    for (first, last) in pages.iter().zip(pages.iter().skip(quota)) {
        let span = last.0.at.saturating_sub(first.0.at);
        assert!(
            span >= MINUTE,
            "more than {quota} requests within {span:?}: {} to {}",
            first.0.number,
            last.0.number
        );
    }
}

/// Asserts that no request is sent before the wait of a 429 has passed. The wait of another status
/// binds only the stream that received it.
fn assert_waits((request, response): Exchange<'_>, later: &[Exchange<'_>]) {
    let (Some((status, wait)), Some(responded_at)) = (response.wait, request.responded_at) else {
        return;
    };
    if wait > RetryPolicy::default().max_retry_after {
        return;
    }
    for (other, other_response) in later {
        let is_bound = status == 429 || is_same_stream(response, other_response);
        assert!(
            !is_bound || other.at <= responded_at || other.at >= responded_at + wait,
            "request {} was sent {:?} after request {}, whose response said to wait {wait:?}",
            other.number,
            other.at.saturating_sub(responded_at),
            request.number
        );
    }
}

/// Asserts that a stream requests a page again only after a fault or a timeout.
fn assert_requested_once((request, response): Exchange<'_>, later: &[Exchange<'_>]) {
    let Some((repeated, _)) = later.iter().find(|(_, other)| other.page == response.page) else {
        return;
    };
    let has_failed = response.fault.is_some() && request.responded_at.is_some();
    assert!(
        has_failed || repeated.at >= request.at + ATTEMPT_TIMEOUT,
        "request {} repeats request {}",
        repeated.number,
        request.number
    );
}

fn is_same_stream(one: &RecordedResponse, other: &RecordedResponse) -> bool {
    let stream = |response: &RecordedResponse| {
        let page = response.page.as_ref()?;
        Some((page.consumer, page.stream))
    };
    stream(one) == stream(other)
}
