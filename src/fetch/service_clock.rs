//! The service's clock, as its responses show it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::DATE;
use tokio::time::Instant;

/// A date that is further behind is that of another clock, which replaces a wrong one.
const LONGEST_RESPONSE: Duration = Duration::from_secs(5 * 60);

/// The `Date` of the latest response that has one, and when it arrived.
#[derive(Debug, Default)]
pub(crate) struct ServiceClock(Mutex<Option<(SystemTime, Instant)>>);

impl ServiceClock {
    pub(crate) fn observe(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        if let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) {
            let now = self.now();
            let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A response that took long, or was overtaken, doesn't turn the clock back.
            let is_older = now.is_some_and(|now| {
                now.duration_since(date)
                    .is_ok_and(|behind| behind < LONGEST_RESPONSE)
            });
            if !is_older {
                *latest = Some((date, Instant::now()));
            }
        }
    }

    /// The date now; `None` before a response has shown one.
    pub(crate) fn now(&self) -> Option<SystemTime> {
        let latest = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (date, at) = latest?;
        date.checked_add(at.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_date_continues_from_the_latest_response_that_has_one() {
        let clock = ServiceClock::default();
        assert_eq!(clock.now(), None);
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_360_000);
        let text = httpdate::fmt_http_date(date);
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_str(&text).unwrap());
        clock.observe(&headers);
        advance(Duration::from_secs(90)).await;
        headers.insert(DATE, HeaderValue::from_static("yesterday"));
        clock.observe(&headers);
        clock.observe(&HeaderMap::new());
        assert_eq!(clock.now(), Some(date + Duration::from_secs(90)));
        headers.insert(DATE, HeaderValue::from_str(&text).unwrap());
        clock.observe(&headers);
        assert_eq!(
            clock.now(),
            Some(date + Duration::from_secs(90)),
            "a slow response"
        );
        advance(Duration::from_secs(5 * 60)).await;
        clock.observe(&headers);
        assert_eq!(clock.now(), Some(date), "another clock");
    }
}
