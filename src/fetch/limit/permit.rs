//! A permit, and how it ends.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// Permission to send one request, granted by a [`Quota`](crate::Quota).
///
/// It is settled exactly once, and dropping it settles it too, so no permit is lost with a request that
/// was cancelled or a runtime that was shut down.
pub struct Permit {
    granted: Instant,
    valid_for: Duration,
    is_sent: bool,
    settle: Option<Box<dyn FnOnce(Settled) + Send>>,
}

/// How a [`Permit`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settled {
    /// Nothing was sent: the permit expired, or the request was given up before. The service doesn't count it.
    NotSent,
    /// The request was sent and its response was received.
    Answered,
    /// The request was sent, or may have been, and no response was received. The service may count it.
    Unanswered,
}

impl Permit {
    /// Grants a permit for a request that is sent within `valid_for` of now.
    ///
    /// `valid_for` is measured by the monotonic clock of this process. Zero makes a permit that can't be
    /// used; [`Duration::MAX`] one that doesn't expire. A permit that has expired is dropped unused, and
    /// another one is requested.
    ///
    /// `settle` is called once, from the task that ends the request or drops the permit. It must not
    /// block; to store the outcome elsewhere, hand it to a task or a channel.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::{Permit, Settled};
    ///
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let permit = Permit::new(Duration::from_secs(1), move |settled| {
    ///     let _ = sender.send(settled);
    /// });
    /// drop(permit);
    /// assert_eq!(receiver.recv(), Ok(Settled::NotSent));
    /// ```
    #[must_use]
    pub fn new(valid_for: Duration, settle: impl FnOnce(Settled) + Send + 'static) -> Self {
        Self {
            granted: Instant::now(),
            valid_for,
            is_sent: false,
            settle: Some(Box::new(settle)),
        }
    }

    /// Whether its request may still be sent.
    pub(crate) fn is_valid(&self) -> bool {
        self.granted.elapsed() < self.valid_for
    }

    /// The request is about to be polled for the first time; from here on it may reach the service.
    pub(crate) fn sent(&mut self) {
        self.is_sent = true;
    }

    /// The response was received.
    pub(crate) fn answered(mut self) {
        self.settle(Settled::Answered);
    }

    fn settle(&mut self, settled: Settled) {
        if let Some(settle) = self.settle.take() {
            settle(settled);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.settle(if self.is_sent {
            Settled::Unanswered
        } else {
            Settled::NotSent
        });
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("age", &self.granted.elapsed())
            .field("valid_for", &self.valid_for)
            .field("is_sent", &self.is_sent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::time::advance;

    use super::*;

    type Outcomes = Arc<Mutex<Vec<Settled>>>;

    fn permit(valid_for: Duration) -> (Permit, Outcomes) {
        let outcomes = Outcomes::default();
        let kept = Arc::clone(&outcomes);
        let settle = move |settled| kept.lock().unwrap().push(settled);
        (Permit::new(valid_for, settle), outcomes)
    }

    #[test]
    fn a_permit_settles_exactly_once_however_it_ends() {
        let second = Duration::from_secs(1);
        let unused = permit(second);
        drop(unused.0);
        assert_eq!(*unused.1.lock().unwrap(), [Settled::NotSent]);

        let mut dropped = permit(second);
        dropped.0.sent();
        drop(dropped.0);
        assert_eq!(*dropped.1.lock().unwrap(), [Settled::Unanswered]);

        let mut answered = permit(second);
        answered.0.sent();
        answered.0.answered();
        assert_eq!(*answered.1.lock().unwrap(), [Settled::Answered]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_expires_by_the_monotonic_clock_and_then_settles_as_not_sent() {
        let (permit, outcomes) = permit(Duration::from_secs(1));
        advance(Duration::from_millis(999)).await;
        assert!(permit.is_valid());
        advance(Duration::from_millis(1)).await;
        assert!(!permit.is_valid());
        drop(permit);
        assert_eq!(*outcomes.lock().unwrap(), [Settled::NotSent]);
    }

    #[tokio::test(start_paused = true)]
    async fn row_70_a_permit_for_no_time_is_invalid_and_one_for_the_longest_time_never_expires() {
        assert!(!permit(Duration::ZERO).0.is_valid());
        let (lasting, _) = permit(Duration::MAX);
        advance(Duration::from_secs(24 * 365 * 3600)).await;
        assert!(lasting.is_valid());
        assert!(format!("{lasting:?}").contains("is_sent: false"));
    }
}
