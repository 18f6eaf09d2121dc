//! The retry budget of a client. It limits the load on a service that is down, and lasts forever for
//! one that is only flaky.

use std::sync::{Mutex, PoisonError};

/// What a success returns if nothing was retried for it.
const PER_SUCCESS: u32 = 1;

/// Tokens that retries take and successes return, shared by all streams of a client.
#[derive(Debug)]
pub(crate) struct Budget {
    capacity: u32,
    tokens: Mutex<u32>,
}

impl Budget {
    pub(crate) fn new(capacity: u32) -> Self {
        Self {
            capacity,
            tokens: Mutex::new(capacity),
        }
    }

    /// Whether there are no retries at all.
    pub(crate) fn is_disabled(&self) -> bool {
        self.capacity == 0
    }

    /// Takes what a retry costs, if that much is left.
    pub(crate) fn take(&self, cost: u32) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.checked_sub(cost) {
            Some(left) => {
                *tokens = left;
                true
            }
            None => false,
        }
    }

    /// Returns what the last retry before a success took, or 1 if there was none.
    pub(crate) fn put_back(&self, last_retry: Option<u32>) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        *tokens = tokens
            .saturating_add(last_retry.unwrap_or(PER_SUCCESS))
            .min(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_taken_while_they_last_and_returned_up_to_the_capacity() {
        let budget = Budget::new(30);
        assert!(budget.take(14) && budget.take(14));
        assert!(!budget.take(14), "2 are left");
        budget.put_back(Some(14));
        assert!(budget.take(14));
        budget.put_back(None);
        budget.put_back(Some(u32::MAX));
        assert!(budget.take(30) && !budget.take(1));
    }
}
