//! The retry budget of a client: a dead service is left alone, a flaky one is survived.

use std::sync::{Mutex, PoisonError};

/// What a success gives back when nothing was retried for it.
const PER_SUCCESS: u32 = 1;

/// Tokens that retries take and successes give back, shared by all streams of a client.
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

    /// Takes what a retry costs, if it is there.
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

    /// Gives back what the last retry before a success took, or a little where there was none.
    pub(crate) fn give_back(&self, last_retry: Option<u32>) {
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
    fn tokens_are_taken_while_they_last_and_come_back_up_to_the_capacity() {
        let budget = Budget::new(30);
        assert!(budget.take(14) && budget.take(14));
        assert!(!budget.take(14), "2 are left");
        budget.give_back(Some(14));
        assert!(budget.take(14));
        budget.give_back(None);
        budget.give_back(Some(u32::MAX));
        assert!(budget.take(30) && !budget.take(1));
    }
}
