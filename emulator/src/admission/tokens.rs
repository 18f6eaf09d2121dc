//! The OAuth clients, and the tokens issued to them.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::time::Instant;

use crate::rng::Rng;

/// Most issued tokens that are valid at a time. A client that logs in for every request shall not use
/// up the memory.
const MAX_TOKENS: usize = 100_000;

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
    tokens: HashMap<Arc<str>, Token>,
    /// The texts of all of them as they were issued, which is also the order in which they expire.
    order: VecDeque<Arc<str>>,
}

impl Issued {
    /// Discards expired tokens, and the oldest of those that are above the most to keep.
    fn shrink(&mut self, now: Instant, most: usize) {
        while let Some(oldest) = self.order.front() {
            let token = self.tokens.get(oldest);
            let is_valid = token.is_some_and(|token| now < token.expiry);
            if is_valid && self.order.len() <= most {
                return;
            }
            self.tokens.remove(oldest);
            self.order.pop_front();
        }
    }
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
                order: VecDeque::new(),
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
        issued.shrink(now, MAX_TOKENS - 1);
        let text = secret(&mut issued.rng);
        let expiry = now + self.lifetime;
        let shared: Arc<str> = text.as_str().into();
        issued.order.push_back(Arc::clone(&shared));
        issued.tokens.insert(shared, Token { client, expiry });
        text
    }

    /// Lets all tokens expire and returns how many there were.
    pub(crate) fn expire(&self, now: Instant) -> usize {
        let mut issued = self.issued();
        issued.shrink(now, MAX_TOKENS);
        issued.order.clear();
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

    use super::{MAX_TOKENS, Tokens};

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
        let mut issued = Vec::new();
        for _ in 0..3 {
            issued.push(tokens.issue(0, Instant::now()));
            advance(Duration::from_secs(9)).await;
        }
        let valid = |token: &String| tokens.owner(token, Instant::now()).is_some();
        assert!(issued.iter().all(valid));
        // The first two have expired.
        advance(Duration::from_secs(15)).await;
        issued.push(tokens.issue(0, Instant::now()));
        assert_eq!(
            issued.iter().map(valid).collect::<Vec<_>>(),
            [false, false, true, true]
        );
        let kept = tokens.issued();
        assert_eq!((kept.tokens.len(), kept.order.len()), (2, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_token_makes_room_for_one_too_many() {
        let tokens = Tokens::new(1, 1, Duration::from_secs(30));
        let issue = || tokens.issue(0, Instant::now());
        let issued: Vec<_> = (0..MAX_TOKENS).map(|_| issue()).collect();
        let valid = |token: &String| tokens.owner(token, Instant::now()).is_some();
        assert!(issued.iter().all(valid));
        let last = issue();
        assert!(!valid(&issued[0]) && valid(&issued[1]) && valid(&last));
        assert_eq!(tokens.expire(Instant::now()), MAX_TOKENS);
        assert!(tokens.issued().order.is_empty());
    }
}
