//! The only OAuth client, and the tokens issued to it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::time::Instant;

use crate::rng::Rng;

#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) lifetime: Duration,
    issued: Mutex<Issued>,
}

#[derive(Debug)]
struct Issued {
    rng: Rng,
    /// When each token expires.
    expiries: HashMap<String, Instant>,
}

impl Tokens {
    pub(crate) fn new(seed: u64, lifetime: Duration) -> Self {
        let mut rng = Rng::of([seed, u64::MAX]);
        Self {
            client_id: rng.uuid(),
            client_secret: secret(&mut rng),
            lifetime,
            issued: Mutex::new(Issued {
                rng,
                expiries: HashMap::new(),
            }),
        }
    }

    pub(crate) fn issue(&self, now: Instant) -> String {
        let mut issued = self.issued();
        issued.expiries.retain(|_, expiry| now < *expiry);
        let token = secret(&mut issued.rng);
        issued.expiries.insert(token.clone(), now + self.lifetime);
        token
    }

    /// Lets all tokens expire and returns how many there were.
    pub(crate) fn expire(&self, now: Instant) -> usize {
        let mut issued = self.issued();
        issued.expiries.retain(|_, expiry| now < *expiry);
        let count = issued.expiries.len();
        issued.expiries.clear();
        count
    }

    /// Whether the token was issued here and hasn't expired.
    pub(crate) fn is_valid(&self, token: &str, now: Instant) -> bool {
        let issued = self.issued();
        let expiry = issued.expiries.get(token);
        expiry.is_some_and(|expiry| now < *expiry)
    }

    fn issued(&self) -> MutexGuard<'_, Issued> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn secret(rng: &mut Rng) -> String {
    let bytes: Vec<u8> = (0..4).flat_map(|_| rng.next().to_le_bytes()).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::Tokens;

    #[tokio::test(start_paused = true)]
    async fn a_token_is_valid_until_its_lifetime_has_passed() {
        let tokens = Tokens::new(1, Duration::from_secs(30));
        let token = tokens.issue(Instant::now());
        advance(Duration::from_millis(29_999)).await;
        assert!(tokens.is_valid(&token, Instant::now()));
        advance(Duration::from_millis(1)).await;
        assert!(!tokens.is_valid(&token, Instant::now()));
        assert!(!tokens.is_valid("another", Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn expired_tokens_are_discarded() {
        let tokens = Tokens::new(1, Duration::from_secs(30));
        for _ in 0..100 {
            tokens.issue(Instant::now());
            advance(Duration::from_secs(20)).await;
        }
        assert!(tokens.issued().expiries.len() <= 2);
    }
}
