//! The settings of a client, checked once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use crate::client::Client;
use crate::client::base_url::{PlainHttp, checked_url, is_loopback};
use crate::error::Error;
use crate::fetch::auth::credentials::{ClientCredentials, Credentials, fits_in_a_header};
use crate::fetch::auth::source::TokenSource;
use crate::fetch::auth::token::AccessToken;
use crate::fetch::endpoint::PageSizeParameter;
use crate::fetch::limit::limiter::Limiter;
use crate::fetch::limit::quota::Quota;
use crate::fetch::limit::rate_limit::RateLimit;
use crate::fetch::retry::policy::RetryPolicy;
use crate::fetch::transport::http::Http;
#[cfg(feature = "reqwest")]
use crate::fetch::transport::settings::HttpBuilder;
use crate::fetch::transport::settings::{HttpSettings, Proxy};
use crate::fetch::{FetchSettings, Fetcher};
use crate::region::Region;

/// Settings of a [`Client`]. [`build`](ClientBuilder::build) checks all of them.
///
/// Needed are a place ([`region`](ClientBuilder::region) or [`base_url`](ClientBuilder::base_url)) and
/// credentials ([`access_token`](ClientBuilder::access_token),
/// [`client_credentials`](ClientBuilder::client_credentials) or
/// [`token_source`](ClientBuilder::token_source)). `Debug` shows no credentials.
#[derive(Default)]
#[must_use = "a builder does nothing before build"]
pub struct ClientBuilder {
    region: Option<Region>,
    base_url: Option<String>,
    login_url: Option<String>,
    plain_http: PlainHttp,
    credentials: Option<Credentials>,
    rate_limit: RateLimit,
    quota: Option<Arc<dyn Quota>>,
    retry: RetryPolicy,
    page_size: PageSizeParameter,
    http: HttpSettings,
}

impl fmt::Debug for ClientBuilder {
    /// URLs and proxy are left out: before `build` has checked them, they may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("region", &self.region)
            .field("rate_limit", &self.rate_limit)
            .field("quota", &self.quota)
            .field("retry", &self.retry)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Starts a client's settings, all at their defaults.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// The region of the organization, which gives the API and the login host.
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// The API's base URL instead of the region's: a gateway, with port and path prefix as needed, or
    /// an emulator. `https`, or `http` to a loopback address.
    ///
    /// Paths of the service are put behind it: `https://gateway.example:8443/genesys` asks for
    /// `https://gateway.example:8443/genesys/api/v2/…`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The login service's base URL, to which `/oauth/token` is added. By default the region's; without
    /// a region, the API's base URL.
    pub fn login_url(mut self, url: impl Into<String>) -> Self {
        self.login_url = Some(url.into());
        self
    }

    /// Allows `http` base URLs to any host. The token is then readable on the way.
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = PlainHttp::Anywhere;
        self
    }

    /// An access token of the user's own; it is not refreshed. Replaces other credentials.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.credentials = Some(Credentials::AccessToken(AccessToken::new(token)));
        self
    }

    /// An OAuth client (client credentials grant). Tokens are fetched and replaced as those of a
    /// [`token_source`](ClientBuilder::token_source), and a login is retried under the client's
    /// [`retry_policy`](ClientBuilder::retry_policy). Replaces other credentials.
    pub fn client_credentials(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        let (id, secret) = (id.into(), secret.into().into());
        self.credentials = Some(Credentials::Client(ClientCredentials { id, secret }));
        self
    }

    /// Fetches access tokens from a source, such as a vault. Replaces other credentials.
    ///
    /// The client caches the token and shares it among all requests. It calls the source when the first
    /// request needs a token; in the background 5 minutes before the token expires (or a tenth of its
    /// lifetime if that is less), while requests continue with the old one; and when the service refuses
    /// the token (401). A refused call, or a replacement that is refused within 30 s, is the error of
    /// every request for 30 s. Nothing is called before that first request.
    ///
    /// ```
    /// use journey_events::{AccessToken, Client, Region, token_fn};
    ///
    /// # fn run() -> journey_events::Result<Client> {
    /// let source = token_fn(|_refused| async { Ok(AccessToken::new("from the vault")) });
    /// Client::builder().region(Region::EuCentral1).token_source(source).build()
    /// # }
    /// ```
    pub fn token_source(mut self, source: impl TokenSource) -> Self {
        self.credentials = Some(Credentials::Source(Arc::new(source)));
        self
    }

    /// How many requests may be sent; 300 a minute by default.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = limit;
        self
    }

    /// Who grants the permits to send, in place of the rate limit: a quota that several processes or
    /// clients share. See [`Quota`].
    pub fn quota(mut self, quota: impl Quota) -> Self {
        self.quota = Some(Arc::new(quota));
        self
    }

    /// How failed requests are tried again.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Under which name the page size is sent; both by default.
    pub fn page_size_parameter(mut self, parameter: PageSizeParameter) -> Self {
        self.page_size = parameter;
        self
    }

    /// Longest time to connect, name look-up and TLS included: 5 s by default. Zero is an error.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.connect = timeout;
        self
    }

    /// Longest silence while an answer is awaited or read: 15 s by default. Zero is an error.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.read = timeout;
        self
    }

    /// Longest time for one attempt, from sending to the last byte: 30 s by default. Zero is an error.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.attempt = timeout;
        self
    }

    /// How long an idle connection is kept for the next request: 20 s by default. Zero keeps none.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.idle = timeout;
        self
    }

    /// A proxy for all requests, such as `http://proxy.example:3128`. By default the environment's
    /// (`HTTPS_PROXY`, `NO_PROXY`, …), or none where API and login are both on loopback.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.http.proxy = Proxy::Url(url.into().into());
        self
    }

    /// A root certificate (PEM, one or more) to trust in addition to the system's, such as a
    /// company's own.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.root_certificates.push(pem.into());
        self
    }

    /// Sets the HTTP client to build on, for what has no setting here (a client certificate, a resolver,
    /// a user agent). Needs the feature `reqwest`.
    ///
    /// The crate adds what it relies on: its timeouts, gzip and Brotli, no redirects, none of reqwest's
    /// own retries, no `Referer`, and the proxy and root certificates set here. A total timeout of
    /// the builder stays and shortens attempts.
    #[cfg(feature = "reqwest")]
    pub fn http(mut self, builder: HttpBuilder) -> Self {
        self.http.builder = Some(builder);
        self
    }

    /// Checks the settings and makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), naming the setting, what was given (unless it
    /// is a secret) and what is allowed.
    pub fn build(self) -> Result<Client, Error> {
        let Self {
            region,
            base_url,
            login_url,
            plain_http,
            credentials,
            rate_limit,
            quota,
            retry,
            page_size,
            mut http,
        } = self;
        let credentials = credentials.ok_or_else(|| {
            Error::invalid_input(
                "no credentials are set; needed is an access token or client credentials",
            )
        })?;
        check_credentials(&credentials)?;
        let api = base_url
            .clone()
            .or_else(|| region.map(Region::api_url))
            .ok_or_else(|| {
                Error::invalid_input("no place is set; needed is a region or a base URL")
            })?;
        let login = login_url
            .or_else(|| region.map(Region::login_url))
            .unwrap_or(api.clone());
        retry.validate()?;
        check_timeouts(&http)?;
        let limiter = Limiter::new(rate_limit)?;
        let api = checked_url("base URL", &api, plain_http)?;
        let login = checked_url("login URL", &login, plain_http)?;
        let is_inherited = http.builder.is_none() && matches!(http.proxy, Proxy::Inherited);
        if is_inherited && is_loopback(&api) && is_loopback(&login) {
            http.proxy = Proxy::Bypassed;
        }
        Ok(Client::new(Fetcher::new(FetchSettings {
            api,
            login,
            credentials,
            quota: quota.unwrap_or_else(|| Arc::new(limiter)),
            retry,
            attempt_timeout: http.timeouts.attempt,
            page_size,
            transport: Arc::new(Http::new(http)?),
        })))
    }
}

/// What goes into a header must be able to stand there; secrets are not shown.
fn check_credentials(credentials: &Credentials) -> Result<(), Error> {
    let check = |setting: &str, text: &str| {
        let problem = if text.is_empty() {
            "is empty"
        } else if !fits_in_a_header(text) {
            "has a space, a line break or another character that can't stand in a header"
        } else {
            return Ok(());
        };
        let allowed = "allowed are printable ASCII characters without spaces";
        Err(Error::invalid_input(format!(
            "{setting} {problem}; {allowed}"
        )))
    };
    match credentials {
        Credentials::Source(_) => Ok(()),
        Credentials::AccessToken(token) => check("access token", token.expose_secret()),
        Credentials::Client(ClientCredentials { id, secret }) => {
            check("client id", id)?;
            if id.contains(':') {
                return Err(Error::invalid_input(
                    "client id has a colon, which is not allowed",
                ));
            }
            check("client secret", secret.expose_secret())
        }
    }
}

fn check_timeouts(http: &HttpSettings) -> Result<(), Error> {
    for (setting, timeout) in [
        ("connect", http.timeouts.connect),
        ("read", http.timeouts.read),
        ("attempt", http.timeouts.attempt),
    ] {
        if timeout.is_zero() {
            return Err(Error::invalid_input(format!(
                "{setting} timeout is 0; allowed is more than 0"
            )));
        }
    }
    Ok(())
}
