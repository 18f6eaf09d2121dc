//! Client credentials for tokens: `POST /oauth/token`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::rng::Rng;

/// The one client, and the tokens it was given.
#[derive(Debug)]
pub(crate) struct OAuth {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    lifetime: Duration,
    issued: Mutex<Issued>,
}

#[derive(Debug)]
struct Issued {
    rng: Rng,
    /// When each token expires.
    expiries: HashMap<String, Instant>,
}

impl OAuth {
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

    /// Status and body of the answer to a request for a token.
    pub(crate) fn token(
        &self,
        headers: &HeaderMap,
        form: &[u8],
        now: Instant,
    ) -> (StatusCode, Value) {
        if !self.is_client(headers) {
            let description = "client not found: its id or secret is invalid";
            return (
                StatusCode::UNAUTHORIZED,
                refusal("invalid_client", description),
            );
        }
        match form_urlencoded::parse(form).find(|(name, _)| name == "grant_type") {
            Some((_, grant)) if grant == "client_credentials" => {
                let answer = json!({
                    "access_token": self.issue(now),
                    "token_type": "bearer",
                    "expires_in": self.lifetime.as_secs(),
                });
                (StatusCode::OK, answer)
            }
            Some(_) => {
                let description = "the only grant_type here is client_credentials";
                (
                    StatusCode::BAD_REQUEST,
                    refusal("unsupported_grant_type", description),
                )
            }
            None => (
                StatusCode::BAD_REQUEST,
                refusal("invalid_request", "grant_type is missing"),
            ),
        }
    }

    /// Whether this token was issued here and hasn't expired.
    pub(crate) fn knows(&self, token: &str, now: Instant) -> bool {
        self.issued()
            .expiries
            .get(token)
            .is_some_and(|expiry| now < *expiry)
    }

    fn issue(&self, now: Instant) -> String {
        let mut issued = self.issued();
        issued.expiries.retain(|_, expiry| now < *expiry);
        let token = secret(&mut issued.rng);
        issued.expiries.insert(token.clone(), now + self.lifetime);
        token
    }

    fn is_client(&self, headers: &HeaderMap) -> bool {
        credentials(headers, "basic")
            .and_then(|text| STANDARD.decode(text).ok())
            .is_some_and(|text| {
                text == format!("{}:{}", self.client_id, self.client_secret).as_bytes()
            })
    }

    fn issued(&self) -> std::sync::MutexGuard<'_, Issued> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What follows the scheme in `Authorization`, if it is this scheme and something follows.
pub(crate) fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (given, rest) = value.split_once(' ')?;
    Some(rest.trim()).filter(|_| given.eq_ignore_ascii_case(scheme))
}

fn refusal(error: &str, description: &str) -> Value {
    json!({ "error": error, "description": description, "error_description": description })
}

fn secret(rng: &mut Rng) -> String {
    let bytes: Vec<u8> = (0..4).flat_map(|_| rng.next().to_le_bytes()).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::OAuth;

    #[tokio::test(start_paused = true)]
    async fn a_token_is_known_until_its_lifetime_has_passed() {
        let oauth = OAuth::new(1, Duration::from_secs(30));
        let token = oauth.issue(Instant::now());
        advance(Duration::from_millis(29_999)).await;
        assert!(oauth.knows(&token, Instant::now()));
        advance(Duration::from_millis(1)).await;
        assert!(!oauth.knows(&token, Instant::now()));
        assert!(!oauth.knows("another", Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn expired_tokens_are_forgotten() {
        let oauth = OAuth::new(1, Duration::from_secs(30));
        for _ in 0..100 {
            oauth.issue(Instant::now());
            advance(Duration::from_secs(20)).await;
        }
        assert!(oauth.issued().expiries.len() <= 2);
    }
}
