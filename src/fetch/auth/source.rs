//! Where tokens come from.

use std::fmt;
use std::fmt::Debug;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::error::Error;
use crate::fetch::auth::token::AccessToken;

/// Supplies access tokens: a vault, a broker, another kind of grant.
///
/// The client caches what it returns, replaces a token ahead of its expiry while the old one stays in
/// use, and has one call running at a time, unless the runtime of a call stops running it (see below).
/// Implement this trait, or make one of a closure with [`token_fn`]. Hand it to
/// [`ClientBuilder::token_source`](crate::ClientBuilder::token_source).
///
/// # Errors
///
/// An error of kind [`Login`](crate::ErrorKind::Login) means refused: for 30 s every request gets it
/// without another call. Any other kind is for those who are waiting, and the next request calls again.
/// Make one with [`Error::new`]. The client doesn't retry a call: a source that can recover from a fault
/// retries inside the call. A panic is an error of kind `Login`. A call that takes longer than
/// [`RetryPolicy::page_deadline`](crate::RetryPolicy::page_deadline), 5 minutes by default, is dropped
/// with an error of kind [`Timeout`](crate::ErrorKind::Timeout).
///
/// # Cancellation
///
/// A call runs in a tokio task. Its future is dropped when no request waits for the token any more, when
/// the client is dropped, and when its runtime shuts down; if its runtime isn't polled for 2 s while a
/// request waits, another call is made on that request's runtime. So keep no state in the future that a
/// drop would lose, and don't block in it.
///
/// ```
/// use std::sync::Mutex;
/// use futures::future::BoxFuture;
/// use journey_events::{AccessToken, Error, ErrorKind, TokenSource};
///
/// /// Tokens handed over by another part of the program.
/// #[derive(Debug)]
/// struct HandedOver(Mutex<Vec<AccessToken>>);
///
/// impl TokenSource for HandedOver {
///     fn token<'a>(&'a self, _refused: Option<&'a AccessToken>) -> BoxFuture<'a, Result<AccessToken, Error>> {
///         Box::pin(async {
///             let next = self.0.lock().ok().and_then(|mut tokens| tokens.pop());
///             next.ok_or_else(|| Error::new(ErrorKind::Login, "no token is left"))
///         })
///     }
/// }
/// ```
pub trait TokenSource: Debug + Send + Sync + 'static {
    /// Returns a token.
    ///
    /// `refused` is the token that the service refused (401) if that is why another one is needed: a
    /// source with a cache of its own must not return that one again.
    fn token<'a>(
        &'a self,
        refused: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, Result<AccessToken, Error>>;
}

impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    fn token<'a>(
        &'a self,
        refused: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, Result<AccessToken, Error>> {
        (**self).token(refused)
    }
}

/// Makes a [`TokenSource`] of a closure that returns a future.
///
/// Its argument is the token that the service refused, if that is why another one is needed.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use journey_events::{AccessToken, Client, Error, ErrorKind, Region, token_fn};
///
/// # struct Vault;
/// # impl Vault { async fn read(&self, _: &str) -> std::io::Result<String> { Ok("t".into()) } }
/// # fn run(vault: Arc<Vault>) -> journey_events::Result<Client> {
/// let source = token_fn(move |_refused| {
///     let vault = Arc::clone(&vault);
///     async move {
///         let text = vault.read("genesys/token").await.map_err(|error| {
///             Error::new(ErrorKind::Unavailable, "can't read the vault").with_source(Arc::new(error))
///         })?;
///         Ok(AccessToken::new(text).expires_in(Duration::from_secs(3_600)))
///     }
/// });
/// Client::builder().region(Region::EuCentral1).token_source(source).build()
/// # }
/// ```
pub fn token_fn<F, R>(call: F) -> TokenFn<F>
where
    F: Fn(Option<AccessToken>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<AccessToken, Error>> + Send + 'static,
{
    TokenFn(call)
}

/// The [`TokenSource`] that [`token_fn`] makes of a closure.
#[derive(Clone)]
pub struct TokenFn<F>(F);

impl<F> Debug for TokenFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenFn")
    }
}

impl<F, R> TokenSource for TokenFn<F>
where
    F: Fn(Option<AccessToken>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<AccessToken, Error>> + Send + 'static,
{
    fn token<'a>(
        &'a self,
        refused: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, Result<AccessToken, Error>> {
        (self.0)(refused.cloned()).boxed()
    }
}
