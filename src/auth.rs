//! Where the access token comes from: fixed, or fetched and kept fresh, one login at a time.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use crate::error::Error;

/// How long before its end a token is replaced, unless it lives less than ten times as long: as long
/// as one page may take, so that a token does not end while a page waits.
const REFRESH_MARGIN: Duration = Duration::from_mins(5);

/// What a client proves its identity with.
#[derive(Clone, Debug)]
pub(crate) enum Credentials {
    AccessToken(SecretString),
    Client(ClientCredentials),
}

/// An OAuth client of the organization.
#[derive(Clone)]
pub(crate) struct ClientCredentials {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").finish_non_exhaustive()
    }
}

/// What the login service gave.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) token: SecretString,
    /// From the moment it was asked for; `None` if the service does not say.
    pub(crate) lifetime: Option<Duration>,
}

/// A token in use.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    refresh_at: Option<Instant>,
}

/// Hands out the token.
#[derive(Debug)]
pub(crate) enum Auth {
    Fixed(Arc<Token>),
    Fetched(Logins),
}

/// Tokens fetched with client credentials.
#[derive(Debug)]
pub(crate) struct Logins {
    client: ClientCredentials,
    current: Mutex<Option<Arc<Token>>>,
    finished: AtomicU64,
    /// Held across a login, so that there is one at a time; the error of the last one.
    last: tokio::sync::Mutex<Option<Error>>,
}

impl Auth {
    pub(crate) fn new(credentials: Credentials) -> Self {
        match credentials {
            Credentials::AccessToken(secret) => Self::Fixed(Arc::new(Token {
                secret,
                refresh_at: None,
            })),
            Credentials::Client(client) => Self::Fetched(Logins {
                client,
                current: Mutex::default(),
                finished: AtomicU64::new(0),
                last: tokio::sync::Mutex::default(),
            }),
        }
    }

    /// The token to use now, fetched by `log_in` if there is none or it is about to end.
    ///
    /// Many callers cause one login: those who come while it is under way share what it gives, token
    /// or error. If the future that logs in is dropped, the next caller logs in.
    pub(crate) async fn token<'a, F: Future<Output = Result<Grant, Error>>>(
        &'a self,
        log_in: impl FnOnce(&'a ClientCredentials) -> F,
    ) -> Result<Arc<Token>, Error> {
        match self {
            Self::Fixed(token) => Ok(Arc::clone(token)),
            Self::Fetched(logins) => logins.token(log_in).await,
        }
    }

    /// Drops a token that the service refused, unless it has been replaced meanwhile; whether another
    /// token can be had.
    pub(crate) fn reject(&self, refused: &Arc<Token>) -> bool {
        let Self::Fetched(logins) = self else {
            return false;
        };
        let mut current = logins
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if current
            .as_ref()
            .is_some_and(|token| Arc::ptr_eq(token, refused))
        {
            *current = None;
        }
        true
    }
}

impl Logins {
    async fn token<'a, F: Future<Output = Result<Grant, Error>>>(
        &'a self,
        log_in: impl FnOnce(&'a ClientCredentials) -> F,
    ) -> Result<Arc<Token>, Error> {
        if let Some(token) = self.usable() {
            return Ok(token);
        }
        let finished_before = self.finished.load(Ordering::Acquire);
        let mut last_error = self.last.lock().await;
        if let Some(token) = self.usable() {
            return Ok(token);
        }
        if self.finished.load(Ordering::Acquire) > finished_before
            && let Some(error) = &*last_error
        {
            return Err(error.clone());
        }
        let asked = Instant::now();
        let granted = log_in(&self.client).await;
        *last_error = granted.as_ref().err().cloned();
        self.finished.fetch_add(1, Ordering::Release);
        let token = Arc::new(Token::new(granted?, asked));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&token));
        Ok(token)
    }

    fn usable(&self) -> Option<Arc<Token>> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clone().filter(|token| !token.is_due())
    }
}

impl Token {
    fn new(grant: Grant, asked: Instant) -> Self {
        let refresh_at = grant.lifetime.and_then(|lifetime| {
            asked.checked_add(lifetime.saturating_sub(REFRESH_MARGIN.min(lifetime / 10)))
        });
        Self {
            secret: grant.token,
            refresh_at,
        }
    }

    fn is_due(&self) -> bool {
        self.refresh_at.is_some_and(|due| due <= Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use secrecy::ExposeSecret;
    use tokio::time::sleep;

    use super::*;
    use crate::error::ErrorKind;

    fn fetched() -> Auth {
        Auth::new(Credentials::Client(ClientCredentials {
            id: "id".into(),
            secret: "s".into(),
        }))
    }

    /// A login service whose tokens are numbered from 1 and live for 1,000 s.
    #[derive(Default)]
    struct LoginService {
        logins: AtomicU32,
    }

    impl LoginService {
        async fn token(&self, auth: &Auth) -> Result<String, Error> {
            let token = auth.token(|_| self.grant()).await?;
            Ok(token.secret.expose_secret().to_owned())
        }

        async fn grant(&self) -> Result<Grant, Error> {
            sleep(Duration::from_secs(1)).await;
            let number = self.logins.fetch_add(1, Ordering::Relaxed) + 1;
            let lifetime = Some(Duration::from_secs(1_000));
            Ok(Grant {
                token: number.to_string().into(),
                lifetime,
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_replaced_before_it_ends() {
        let (auth, service) = (fetched(), LoginService::default());
        assert_eq!(service.token(&auth).await.unwrap(), "1");
        sleep(Duration::from_secs(898)).await;
        assert_eq!(service.token(&auth).await.unwrap(), "1");
        sleep(Duration::from_secs(2)).await;
        assert_eq!(service.token(&auth).await.unwrap(), "2");
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_cause_one_login() {
        let (auth, service) = (fetched(), LoginService::default());
        let calls = (0..20).map(|_| service.token(&auth));
        let tokens = futures::future::join_all(calls).await;
        assert!(tokens.into_iter().all(|token| token.unwrap() == "1"));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_for_a_failing_login_share_its_error_and_later_ones_try_again() {
        let (auth, logins) = (fetched(), AtomicU32::new(0));
        let fail = async || {
            let refuse = async {
                sleep(Duration::from_secs(1)).await;
                logins.fetch_add(1, Ordering::Relaxed);
                Err(Error::new(ErrorKind::Login, "refused"))
            };
            auth.token(|_| refuse).await
        };
        let all = futures::future::join_all((0..20).map(|_| fail())).await;
        assert!(
            all.into_iter()
                .all(|token| token.unwrap_err().kind() == ErrorKind::Login)
        );
        assert_eq!(logins.load(Ordering::Relaxed), 1);
        fail().await.unwrap_err();
        assert_eq!(logins.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_that_is_dropped_is_done_by_the_next_caller() {
        let (auth, service) = (fetched(), LoginService::default());
        let dropped = tokio::time::timeout(Duration::from_millis(500), service.token(&auth)).await;
        assert!(dropped.is_err());
        assert_eq!(service.token(&auth).await.unwrap(), "1");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_dropped_once() {
        let (auth, service) = (fetched(), LoginService::default());
        let first = auth.token(|_| service.grant()).await.unwrap();
        assert!(auth.reject(&first));
        assert_eq!(service.token(&auth).await.unwrap(), "2");
        assert!(
            auth.reject(&first),
            "another task's late refusal of the same token"
        );
        assert_eq!(service.token(&auth).await.unwrap(), "2");
    }

    #[test]
    fn a_fixed_token_can_not_be_replaced() {
        let auth = Auth::new(Credentials::AccessToken("t".into()));
        let Auth::Fixed(token) = &auth else {
            panic!("fixed")
        };
        assert!(!auth.reject(token));
    }

    #[test]
    fn debug_shows_neither_id_nor_secret() {
        let text = format!("{:?}", fetched());
        assert!(
            !text.contains("\"id\"") && !text.contains("\"s\""),
            "{text}"
        );
    }
}
