//! What must hold of the requests of a model walk, whatever happened.

use std::time::Duration;

use super::super::memory::Asked;
use super::service::Said;
use crate::{RetryPolicy, Stats};

const MINUTE: Duration = Duration::from_mins(1);
/// How long the library waits for an answer.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// A request, and what was answered.
type Exchange<'a> = (&'a Asked, &'a Said);

pub(super) fn check(asked: &[Asked], said: &[Said], stats: &Stats, quota: Option<u32>) {
    assert_eq!(
        stats.requests,
        asked.len() as u64,
        "requests counted and on the wire"
    );
    let pages: Vec<_> = asked
        .iter()
        .zip(said)
        .filter(|(_, said)| said.page.is_some())
        .collect();
    assert_eq!(
        stats.attempts,
        pages.len() as u64,
        "permits taken and requests on the wire"
    );
    if let Some(quota) = quota {
        check_quota(&pages, quota as usize);
    }
    for (index, exchange) in pages.iter().enumerate() {
        check_wait(*exchange, &pages[index + 1..]);
        check_same_page(*exchange, &pages[index + 1..]);
    }
}

/// Never more requests than the quota in any minute.
fn check_quota(pages: &[Exchange<'_>], quota: usize) {
    for (first, last) in pages.iter().zip(pages.iter().skip(quota)) {
        let span = last.0.at.saturating_sub(first.0.at);
        assert!(
            span >= MINUTE,
            "{quota} a minute, and one more within {span:?}: {} {}",
            first.0.number,
            last.0.number
        );
    }
}

/// Nothing goes out before the wait that a throttled request was told has passed; where the service
/// is unavailable instead, that goes for the stream that asked.
fn check_wait((asked, said): Exchange<'_>, later: &[Exchange<'_>]) {
    let (Some((status, wait)), Some(answered)) = (said.wait, asked.answered) else {
        return;
    };
    if wait > RetryPolicy::default().max_retry_after {
        return;
    }
    for (other, other_said) in later {
        let is_bound = status == 429 || is_same_stream(said, other_said);
        assert!(
            !is_bound || other.at <= answered || other.at >= answered + wait,
            "request {} goes out {:?} after request {} was told to wait {wait:?}",
            other.number,
            other.at.saturating_sub(answered),
            asked.number
        );
    }
}

/// A page that came is not asked for again by the same stream, and no request is given up early.
fn check_same_page((asked, said): Exchange<'_>, later: &[Exchange<'_>]) {
    let Some((again, _)) = later.iter().find(|(_, other)| other.page == said.page) else {
        return;
    };
    let has_failed = said.trouble.is_some() && asked.answered.is_some();
    assert!(
        has_failed || again.at >= asked.at + ATTEMPT_TIMEOUT,
        "request {} asks again for the page of request {}",
        again.number,
        asked.number
    );
}

fn is_same_stream(one: &Said, other: &Said) -> bool {
    let stream = |said: &Said| said.page.as_ref().map(|page| (page.consumer, page.stream));
    stream(one) == stream(other)
}
