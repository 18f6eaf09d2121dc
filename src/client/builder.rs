//! The settings of a client, and what is built from them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::Client;
use crate::client::base_url::{PlainHttp, checked_url, route};
use crate::client::checks::{check_credentials, checked_timeouts};
use crate::error::Error;
use crate::fetch::auth::credentials::{ClientCredentials, Credentials};
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
use crate::fetch::transport::settings::HttpSettings;
use crate::fetch::{FetchSettings, Fetcher};
use crate::region::Region;

/// Settings of a [`Client`], which [`build`](ClientBuilder::build) checks.
///
/// Required are an endpoint ([`region`](ClientBuilder::region) or [`base_url`](ClientBuilder::base_url))
/// and credentials ([`access_token`](ClientBuilder::access_token), [`client_credentials`](ClientBuilder::client_credentials)
/// or [`token_source`](ClientBuilder::token_source)). Durations over a year count as a year.
/// `Debug` shows no credentials.
///
/// ```
/// use std::time::Duration;
/// use journey_events::{Client, RateLimit, Region};
///
/// let client = Client::builder()
///     .region(Region::EuCentral1)
///     .client_credentials("id", "secret")
///     .rate_limit(RateLimit::per_minute(150))
///     .attempt_timeout(Duration::from_secs(60))
///     .build()?;
/// # Ok::<(), journey_events::Error>(())
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing before build"]
pub struct ClientBuilder {
    pub(super) region: Option<Region>,
    pub(super) base_url: Option<String>,
    pub(super) login_url: Option<String>,
    pub(super) plain_http: PlainHttp,
    pub(super) credentials: Option<Credentials>,
    rate_limit: RateLimit,
    quota: Option<Arc<dyn Quota>>,
    retry: RetryPolicy,
    page_size: PageSizeParameter,
    pub(super) http: HttpSettings,
}

impl fmt::Debug for ClientBuilder {
    /// URLs and the proxy may contain passwords until `build` has checked them, and are left out.
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
    /// Starts a builder with default settings.
    ///
    /// ```
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder().region(Region::EuCentral1).access_token("token").build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// Sets the organization's region, which determines the API and login hosts.
    ///
    /// ```
    /// use journey_events::{Client, Region};
    ///
    /// let region: Region = "eu-central-1".parse()?; // or Region::EuCentral1
    /// let client = Client::builder().region(region).access_token("token").build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Sets the API's base URL in place of the region's, such as that of a gateway or an emulator.
    /// `https`, or `http` to a loopback address.
    ///
    /// A path is kept as a prefix: with `https://gateway.example:8443/genesys`, requests go to
    /// `https://gateway.example:8443/genesys/api/v2/…`.
    ///
    /// ```
    /// use journey_events::Client;
    ///
    /// let client = Client::builder()
    ///     .base_url("https://gateway.example:8443/genesys")
    ///     .access_token("token")
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the login service's base URL, to which `/oauth/token` is added. By default the region's, or
    /// the API's base URL if no region is set.
    ///
    /// ```
    /// use journey_events::Client;
    ///
    /// let client = Client::builder()
    ///     .base_url("https://gateway.example/api-proxy")
    ///     .login_url("https://gateway.example/login-proxy")
    ///     .client_credentials("id", "secret")
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn login_url(mut self, url: impl Into<String>) -> Self {
        self.login_url = Some(url.into());
        self
    }

    /// Allows `http` base URLs to any host. Anyone on the network path can then read the token.
    ///
    /// ```
    /// use journey_events::Client;
    ///
    /// let builder = || Client::builder().base_url("http://emulator:8080").access_token("any");
    /// assert!(builder().build().is_err());
    /// assert!(builder().allow_plain_http().build().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = PlainHttp::Anywhere;
        self
    }

    /// Sets an access token, which isn't refreshed. Replaces other credentials.
    ///
    /// ```
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder().region(Region::UsEast1).access_token("token").build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.credentials = Some(Credentials::AccessToken(AccessToken::new(token)));
        self
    }

    /// Sets an OAuth client (client credentials grant). Its tokens are fetched, refreshed and replaced as
    /// those of a [`token_source`](ClientBuilder::token_source), and a login is retried under the client's
    /// [`retry_policy`](ClientBuilder::retry_policy). Replaces other credentials.
    ///
    /// ```
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::UsEast1)
    ///     .client_credentials("id", "secret")
    ///     .build()?; // logs in when the first request needs a token
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// Sets how many requests may be sent: 300 per minute by default.
    ///
    /// ```
    /// use journey_events::{Client, RateLimit, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .rate_limit(RateLimit::per_minute(150)) // half, since another program uses the same OAuth client
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = limit;
        self
    }

    /// Sets who grants the permits to send, in place of the rate limit: a quota that several processes or
    /// clients share. See [`Quota`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use journey_events::{Client, Quota, Region};
    ///
    /// /// Two clients, such as for two regions of a gateway, that count together.
    /// fn clients(shared: Arc<dyn Quota>) -> journey_events::Result<[Client; 2]> {
    ///     let client = |region| {
    ///         Client::builder().region(region).access_token("token").quota(Arc::clone(&shared)).build()
    ///     };
    ///     Ok([client(Region::EuWest1)?, client(Region::EuWest2)?])
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn quota(mut self, quota: impl Quota) -> Self {
        self.quota = Some(Arc::new(quota));
        self
    }

    /// Sets how failed requests are retried.
    ///
    /// ```
    /// use journey_events::{Client, Region, RetryPolicy};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .retry_policy(RetryPolicy::default().max_attempts(10))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the name of the parameter that carries the page size: both by default.
    ///
    /// ```
    /// use journey_events::{Client, PageSizeParameter, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .page_size_parameter(PageSizeParameter::PageSize) // a gateway refuses `limit`
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn page_size_parameter(mut self, parameter: PageSizeParameter) -> Self {
        self.page_size = parameter;
        self
    }

    /// Sets the longest time to connect, including DNS and TLS: 5 s by default, at most 25 s (longer counts
    /// as that). Zero is an error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .connect_timeout(Duration::from_secs(10)) // a slow VPN
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.connect = timeout;
        self
    }

    /// Sets the longest silence before and within a response: 15 s by default. Zero is an error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .read_timeout(Duration::from_secs(30))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.read = timeout;
        self
    }

    /// Sets the longest time for one attempt, from sending to the last byte: 30 s by default. Zero is an
    /// error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .attempt_timeout(Duration::from_secs(120)) // full pages over a slow line
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.attempt = timeout;
        self
    }

    /// Sets how long idle connections are kept: 20 s by default. Zero keeps none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .idle_timeout(Duration::ZERO) // a firewall that drops idle connections
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.idle = timeout;
        self
    }

    /// Sets a proxy, such as `http://proxy.example:3128`. By default the environment's is used
    /// (`HTTPS_PROXY`, `NO_PROXY`, …), and with the feature `system-proxy` that of macOS or Windows.
    ///
    /// Requests to a loopback address never go through a proxy.
    ///
    /// ```
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .proxy("http://proxy.example:3128")
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.http.proxy = Some(url.into().into());
        self
    }

    /// Adds a root certificate (PEM, one or more) to trust in addition to the system's. Needs TLS: one of the
    /// features `rustls`, `rustls-no-provider` and `native-tls`.
    ///
    /// ```no_run
    /// use journey_events::{Client, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .root_certificate(std::fs::read("/etc/ssl/company-ca.pem")?)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.root_certificates.push(pem.into());
        self
    }

    /// Sets the HTTP client to build on, for settings that this builder doesn't have (a client
    /// certificate, a resolver, a user agent). Needs the feature `reqwest`.
    ///
    /// The function is called for each HTTP client that is needed: for the API and for the login, with
    /// and without idle connections. The crate then sets what it relies on: HTTP/1.1, the compression it was
    /// built with, the connect and idle timeouts, no redirects, no retries by reqwest, no `Referer`, no proxy for a
    /// loopback address, and the proxy and root certificates set here. A total or read timeout of the
    /// function's builder also applies, and so does its TLS: reqwest's default is the system's if any crate turns
    /// on its `native-tls`. With the feature `rustls-no-provider`, install a provider before `build`: without one,
    /// reqwest panics unless the function's builder has a TLS configuration of its own.
    ///
    /// ```
    /// use journey_events::{Client, Region, reqwest};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuCentral1)
    ///     .access_token("token")
    ///     .http(|| reqwest::Client::builder().user_agent("my-app/1.0"))
    ///     .build()?;
    /// # Ok::<(), journey_events::Error>(())
    /// ```
    #[cfg(feature = "reqwest")]
    pub fn http(mut self, builder: impl Fn() -> HttpBuilder + Send + Sync + 'static) -> Self {
        self.http.builder = Some(Arc::new(builder));
        self
    }

    /// Checks the settings and builds the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), naming the setting, its value (unless it is a
    /// secret) and what is expected.
    ///
    /// ```
    /// use journey_events::{Client, ErrorKind, Region};
    ///
    /// let error = Client::builder().region(Region::EuCentral1).build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// assert_eq!(error.to_string(), "no credentials configured: set an access token or client credentials");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
                "no credentials configured: set an access token or client credentials",
            )
        })?;
        check_credentials(&credentials)?;
        let api = base_url
            .clone()
            .or_else(|| region.map(Region::api_url))
            .ok_or_else(|| {
                Error::invalid_input("no endpoint configured: set a region or a base URL")
            })?;
        let login = login_url
            .or_else(|| region.map(Region::login_url))
            .unwrap_or(api.clone());
        let retry = retry.checked()?;
        http.timeouts = checked_timeouts(http.timeouts)?;
        let limiter = Limiter::new(rate_limit)?;
        let api = checked_url("base URL", &api, plain_http)?;
        let login = checked_url("login URL", &login, plain_http)?;
        (http.api, http.login) = (route(&api), route(&login));
        Ok(Client::new(Fetcher::new(FetchSettings {
            api,
            login,
            credentials,
            quota: quota.unwrap_or_else(|| Arc::new(limiter)),
            retry,
            timeouts: http.timeouts,
            page_size,
            transport: Arc::new(Http::new(http)?),
        })))
    }
}
