//! Invalid settings are refused before anything is sent, with errors that name them and show no secret.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{self, BoxFuture, pending};
use journey_events::{
    AccessToken, Activity, Client, ClientBuilder, Error, ErrorKind, Permit, Quota, RateLimit,
    Region, RetryPolicy, TokenSource,
};

const SECRET: &str = "canary\r\nx: y";

fn good() -> ClientBuilder {
    Client::builder()
        .region(Region::EuCentral1)
        .access_token("t")
}

#[tokio::test]
async fn an_invalid_setting_is_refused_with_its_name() {
    for (builder, named) in vec![
        (Client::builder().access_token("t"), "region or a base URL"),
        (
            Client::builder().region(Region::EuWest1),
            "access token or client credentials",
        ),
        (good().access_token(""), "access token is empty"),
        (
            good().access_token(SECRET),
            "access token contains a space, a line break",
        ),
        (good().access_token("tök"), "access token contains"),
        (
            good().client_credentials("id", SECRET),
            "client secret contains",
        ),
        (
            good().client_credentials("i:d", "s"),
            "client id contains a colon",
        ),
        (good().client_credentials("i\0d", "s"), "client id contains"),
        (
            good().base_url("api.example"),
            "base URL \"api.example\" isn't a valid URL",
        ),
        (good().base_url("ftp://api.example"), "unsupported scheme"),
        (good().base_url("http://api.example"), "unencrypted"),
        (
            good().base_url("https://user:canary@api.example"),
            "user name or password",
        ),
        (
            good().base_url("https://api.example?x=canary"),
            "query or fragment",
        ),
        (good().login_url("http://login.example"), "login URL"),
        (
            good().rate_limit(RateLimit::per_minute(0)),
            "per_minute is 0",
        ),
        (
            good().retry_policy(RetryPolicy::default().max_attempts(0)),
            "max_attempts is 0",
        ),
        (
            good().retry_policy(RetryPolicy::default().page_deadline(Duration::ZERO)),
            "page_deadline is 0",
        ),
        (
            good().connect_timeout(Duration::ZERO),
            "connect timeout is 0",
        ),
        (good().read_timeout(Duration::ZERO), "read timeout is 0"),
        (
            good().attempt_timeout(Duration::ZERO),
            "attempt timeout is 0",
        ),
        (good().proxy("::"), "proxy isn't a valid URL"),
        (
            good().root_certificate("not a certificate"),
            "root certificate isn't a PEM file",
        ),
    ] {
        let error = builder.build().unwrap_err();
        let text = format!("{error} {error:?}");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(text.contains(named), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn valid_settings_are_accepted() {
    for builder in [
        good(),
        good().base_url("https://gateway.example:8443/genesys/"),
        good().base_url("http://127.0.0.1:8080"),
        good().base_url("http://[::1]:8080"),
        good().base_url("http://localhost"),
        good().base_url("http://api.example").allow_plain_http(),
        good().login_url("https://login.example/prefix"),
        good()
            .client_credentials("id", "secret")
            .retry_policy(RetryPolicy::never()),
        good()
            .rate_limit(RateLimit::unlimited())
            .idle_timeout(Duration::ZERO),
    ] {
        builder.build().unwrap();
    }
}

/// A token source whose own `Debug` isn't careful.
#[derive(Debug)]
struct Vault {
    secret: &'static str,
}

impl TokenSource for Vault {
    fn token<'a>(
        &'a self,
        _: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, journey_events::Result<AccessToken>> {
        future::ok(AccessToken::new(self.secret)).boxed()
    }
}

/// A quota with seven permits left, none of which it grants.
#[derive(Debug)]
struct Stingy;

impl Quota for Stingy {
    fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
        Box::pin(pending())
    }

    fn pause(&self, _: Duration) {}

    fn activity(&self) -> Activity {
        let mut activity = Activity::default();
        activity.permits_left = Some(7);
        activity
    }
}

#[tokio::test]
async fn a_quota_replaces_the_rate_limit_and_can_be_shared() {
    let shared: Arc<dyn Quota> = Arc::new(Stingy);
    for builder in [
        good().quota(Stingy).rate_limit(RateLimit::per_minute(3)),
        good().quota(Arc::clone(&shared)),
        good().quota(shared),
    ] {
        let client = builder.build().unwrap();
        assert_eq!(client.activity().permits_left, Some(7));
    }
}

#[cfg(feature = "reqwest")]
#[test]
fn debug_output_leaves_out_default_headers() {
    use journey_events::reqwest::Client;
    use journey_events::reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

    // Not marked as sensitive, as most are.
    let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("canary"))]);
    let builder = good().http(move || Client::builder().default_headers(headers.clone()));
    assert!(!format!("{builder:?}").contains("canary"));
    let client = builder.build().unwrap();
    let text = format!("{client:?} {:?}", client.session_events("s").stream());
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn debug_output_contains_no_secret() {
    let invalid = good().base_url("https://user:canary@api.example");
    assert!(!format!("{invalid:?}").contains("canary"));
    for builder in [
        good().access_token("canary"),
        good().client_credentials("id", "canary"),
        good().token_source(Vault { secret: "canary" }),
        good().proxy("http://user:canary@proxy.example:3128"),
    ] {
        let text = format!("{builder:?}");
        assert!(!text.contains("canary"), "{text}");
        let client = builder.build().unwrap();
        let text = format!(
            "{client:?} {:?}",
            client.session_events("s").after("canary").stream()
        );
        assert!(!text.contains("canary"), "{text}");
    }
}
