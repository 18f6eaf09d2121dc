//! The access token: fixed, or fetched and kept fresh, one login at a time.
//!
//! `credentials` is what the user configured, `login` one attempt at a token. This file decides when
//! to log in, and shares the login among those who wait for it.

pub(crate) mod credentials;
pub(crate) mod login;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use secrecy::SecretString;
use tokio::time::Instant;

use crate::error::Error;
use credentials::{ClientCredentials, Credentials};
use login::Grant;

/// How long before its end a token is replaced, unless it lives less than ten times as long: as long
/// as one page may take, so that a token does not end while a page waits.
const REFRESH_MARGIN: Duration = Duration::from_mins(5);

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
    state: Arc<Mutex<State>>,
}

/// A login under way. It goes on as long as one of those who wait for it is polled.
type Login = Shared<BoxFuture<'static, LoginResult>>;
type LoginResult = Result<Arc<Token>, Error>;

#[derive(Default)]
struct State {
    current: Option<Arc<Token>>,
    /// Weak, so that a login that nobody waits for any more ends.
    login: Option<WeakShared<BoxFuture<'static, LoginResult>>>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
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
                state: Arc::default(),
            }),
        }
    }

    /// The token to use now, fetched by `fetch` if there is none or it is about to end.
    ///
    /// Many callers cause one login: those who come while it is under way share what it gives, token
    /// or error. It ends when all of them have gone.
    pub(crate) async fn token(
        &self,
        fetch: impl FnOnce(ClientCredentials) -> BoxFuture<'static, Result<Grant, Error>>,
    ) -> Result<Arc<Token>, Error> {
        let login = match self {
            Self::Fixed(token) => return Ok(Arc::clone(token)),
            Self::Fetched(logins) => match logins.token_or_login(fetch) {
                Ok(token) => return Ok(token),
                Err(login) => login,
            },
        };
        login.await
    }

    /// Drops a token that the service refused, unless it has been replaced meanwhile; whether another
    /// token can be had.
    pub(crate) fn reject(&self, refused: &Arc<Token>) -> bool {
        let Self::Fetched(logins) = self else {
            return false;
        };
        let mut state = locked(&logins.state);
        if state
            .current
            .as_ref()
            .is_some_and(|token| Arc::ptr_eq(token, refused))
        {
            state.current = None;
        }
        true
    }
}

impl Logins {
    /// The token, or else the login under way, which is begun if there is none.
    fn token_or_login(
        &self,
        fetch: impl FnOnce(ClientCredentials) -> BoxFuture<'static, Result<Grant, Error>>,
    ) -> Result<Arc<Token>, Login> {
        let mut state = locked(&self.state);
        if let Some(token) = state.current.as_ref().filter(|token| !token.is_due()) {
            return Ok(Arc::clone(token));
        }
        if let Some(login) = state.login.as_ref().and_then(WeakShared::upgrade) {
            return Err(login);
        }
        let asked = Instant::now();
        let granted = fetch(self.client.clone());
        let shared_state = Arc::clone(&self.state);
        let login = async move {
            let token = granted
                .await
                .map(|grant| Arc::new(Token::new(grant, asked)));
            let mut state = locked(&shared_state);
            state.login = None;
            state.current = token.as_ref().ok().cloned();
            token
        };
        let login = login.boxed().shared();
        state.login = login.downgrade();
        Err(login)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    use std::sync::atomic::{AtomicU32, Ordering};

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
    #[derive(Clone, Default)]
    struct LoginService {
        logins: Arc<AtomicU32>,
    }

    impl LoginService {
        async fn token(&self, auth: &Auth) -> Result<String, Error> {
            let token = auth.token(|_| self.grant().boxed()).await?;
            Ok(token.secret.expose_secret().to_owned())
        }

        fn grant(&self) -> impl Future<Output = Result<Grant, Error>> + use<> {
            let logins = Arc::clone(&self.logins);
            async move {
                sleep(Duration::from_secs(1)).await;
                let number = logins.fetch_add(1, Ordering::Relaxed) + 1;
                let lifetime = Some(Duration::from_secs(1_000));
                Ok(Grant {
                    token: number.to_string().into(),
                    lifetime,
                })
            }
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
        let (auth, logins) = (fetched(), Arc::new(AtomicU32::new(0)));
        let fail = || {
            let logins = Arc::clone(&logins);
            let refuse = async move {
                sleep(Duration::from_secs(1)).await;
                logins.fetch_add(1, Ordering::Relaxed);
                Err(Error::new(ErrorKind::Login, "refused"))
            };
            auth.token(|_| refuse.boxed())
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
    async fn a_caller_that_nobody_polls_does_not_hold_up_the_login() {
        let (auth, service) = (fetched(), LoginService::default());
        let mut unpolled = Box::pin(service.token(&auth));
        assert!((&mut unpolled).now_or_never().is_none());
        assert_eq!(service.token(&auth).await.unwrap(), "1");
        let first = auth.token(|_| service.grant().boxed()).await.unwrap();
        auth.reject(&first);
        assert_eq!(
            service.token(&auth).await.unwrap(),
            "2",
            "a finished login is not joined"
        );
        assert_eq!(unpolled.await.unwrap(), "1");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_dropped_once() {
        let (auth, service) = (fetched(), LoginService::default());
        let first = auth.token(|_| service.grant().boxed()).await.unwrap();
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
