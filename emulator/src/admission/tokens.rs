//! The OAuth clients, and the tokens issued to them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::time::Instant;

use crate::rng::Rng;

/// Up to this many tokens are kept without looking for expired ones.
const MIN_TOKENS: usize = 1_000;

/// The id and secret of an OAuth client, from [`Emulator::clients`](crate::Emulator::clients).
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    id: String,
    secret: String,
}

impl ClientCredentials {
    fn new(rng: &mut Rng) -> Self {
        Self {
            id: rng.uuid(),
            secret: secret(rng),
        }
    }

    /// Returns the client's id, a UUID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the client's secret.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

/// Without the secret.
impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ClientCredentials");
        shown.field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Tokens {
    /// At least one.
    pub(crate) clients: Vec<ClientCredentials>,
    pub(crate) lifetime: Duration,
    issued: Mutex<Issued>,
}

#[derive(Debug)]
struct Issued {
    rng: Rng,
    tokens: HashMap<String, Token>,
    /// The number of tokens at which expired ones are discarded: twice as many as were left the last
    /// time, so that the cost per login stays constant.
    capacity: usize,
}

#[derive(Debug)]
struct Token {
    /// The number of its client.
    client: usize,
    expiry: Instant,
}

impl Tokens {
    pub(crate) fn new(seed: u64, clients: u64, lifetime: Duration) -> Self {
        let mut rng = Rng::of([seed, u64::MAX]);
        let first = ClientCredentials::new(&mut rng);
        let others = (1..clients)
            .map(|number| ClientCredentials::new(&mut Rng::of([seed, u64::MAX, number])));
        Self {
            clients: std::iter::once(first).chain(others).collect(),
            lifetime,
            issued: Mutex::new(Issued {
                rng,
                tokens: HashMap::new(),
                capacity: MIN_TOKENS,
            }),
        }
    }

    /// Returns the number of the client with this id and secret.
    pub(crate) fn client(&self, id: &str, secret: &str) -> Option<usize> {
        let mut clients = self.clients.iter();
        clients.position(|client| client.id == id && client.secret == secret)
    }

    /// Issues a token to a client.
    pub(crate) fn issue(&self, client: usize, now: Instant) -> String {
        let mut issued = self.issued();
        if issued.tokens.len() >= issued.capacity {
            issued.tokens.retain(|_, token| now < token.expiry);
            issued.capacity = MIN_TOKENS.max(2 * issued.tokens.len());
        }
        let text = secret(&mut issued.rng);
        let expiry = now + self.lifetime;
        issued.tokens.insert(text.clone(), Token { client, expiry });
        text
    }

    /// Lets all tokens expire and returns how many there were.
    pub(crate) fn expire(&self, now: Instant) -> usize {
        let mut issued = self.issued();
        issued.tokens.retain(|_, token| now < token.expiry);
        let count = issued.tokens.len();
        issued.tokens.clear();
        count
    }

    /// Returns the id of the client that a token was issued to; `None` if it wasn't issued here or has
    /// expired.
    pub(crate) fn owner(&self, token: &str, now: Instant) -> Option<&str> {
        let issued = self.issued();
        let token = issued.tokens.get(token)?;
        let owner = self.clients.get(token.client)?;
        (now < token.expiry).then_some(owner.id())
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

    use super::{MIN_TOKENS, Tokens};

    #[tokio::test(start_paused = true)]
    async fn a_token_is_valid_until_its_lifetime_has_passed() {
        let tokens = Tokens::new(1, 2, Duration::from_secs(30));
        let token = tokens.issue(1, Instant::now());
        advance(Duration::from_millis(29_999)).await;
        let owner = tokens.clients[1].id();
        assert_eq!(tokens.owner(&token, Instant::now()), Some(owner));
        advance(Duration::from_millis(1)).await;
        assert_eq!(tokens.owner(&token, Instant::now()), None);
        assert_eq!(tokens.owner("another", Instant::now()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn expired_tokens_are_discarded() {
        let tokens = Tokens::new(1, 1, Duration::from_secs(30));
        let mut last = String::new();
        for _ in 0..3 * MIN_TOKENS {
            last = tokens.issue(0, Instant::now());
            advance(Duration::from_secs(20)).await;
        }
        assert!(tokens.issued().tokens.len() <= MIN_TOKENS);
        assert!(tokens.owner(&last, Instant::now()).is_some());
    }
}
