//! Clients of the stores, from their usual environment variables.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, RetryConfig};

use super::error::failure;
use crate::dataset::location::{BucketUrl, Scheme};
use crate::error::{Error, ErrorKind, Result};
use crate::machine;

/// Returns a client of the store. Nothing is requested yet.
pub(super) fn connect(url: &BucketUrl) -> Result<Arc<dyn ObjectStore>> {
    let built = match url.scheme {
        Scheme::S3 => s3(url)?,
        Scheme::Gs => gs(url)?,
        Scheme::Az => az(url)?,
    };
    built.map_err(|error| failure(url, "use", &url.to_string(), &error))
}

type Built = object_store::Result<Arc<dyn ObjectStore>>;

fn s3(url: &BucketUrl) -> Result<Built> {
    let mut builder = AmazonS3Builder::from_env();
    let endpoints = [AmazonS3ConfigKey::Endpoint, AmazonS3ConfigKey::S3Endpoint];
    let endpoints = endpoints.map(|key| builder.get_config_value(&key));
    let is_local = check_endpoints("AWS_ENDPOINT_URL", &endpoints)?;
    let value = |key| builder.get_config_value(&AmazonS3ConfigKey::Client(key));
    for (key, value) in client(is_local, value)? {
        builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
    }
    let built = builder
        .with_bucket_name(&url.bucket)
        .with_retry(retries())
        .build();
    Ok(built.map(|store| Arc::new(store) as _))
}

fn gs(url: &BucketUrl) -> Result<Built> {
    let mut builder = GoogleCloudStorageBuilder::from_env();
    let endpoint = builder.get_config_value(&GoogleConfigKey::BaseUrl);
    let is_local = check_endpoints("GOOGLE_BASE_URL", &[endpoint])?;
    let value = |key| builder.get_config_value(&GoogleConfigKey::Client(key));
    for (key, value) in client(is_local, value)? {
        builder = builder.with_config(GoogleConfigKey::Client(key), value);
    }
    let built = builder
        .with_bucket_name(&url.bucket)
        .with_retry(retries())
        .build();
    Ok(built.map(|store| Arc::new(store) as _))
}

fn az(url: &BucketUrl) -> Result<Built> {
    let mut builder = MicrosoftAzureBuilder::from_env();
    let endpoint = builder.get_config_value(&AzureConfigKey::Endpoint);
    let is_local = check_endpoints("AZURE_STORAGE_ENDPOINT", &[endpoint])?;
    // Where the emulator is, if it is used: plain HTTP then, whatever else is set.
    let emulator = std::env::var("AZURITE_BLOB_STORAGE_URL").ok();
    check_endpoints("AZURITE_BLOB_STORAGE_URL", &[emulator])?;
    let value = |key| builder.get_config_value(&AzureConfigKey::Client(key));
    for (key, value) in client(is_local, value)? {
        builder = builder.with_config(AzureConfigKey::Client(key), value);
    }
    let built = builder
        .with_container_name(&url.bucket)
        .with_retry(retries())
        .build();
    Ok(built.map(|store| Arc::new(store) as _))
}

/// What the store refuses for now, such as 503 or 500, is repeated for a few seconds, also within a listing; then
/// `requests` repeats it.
fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        },
        max_retries: 10,
        retry_timeout: Duration::from_secs(3),
    }
}

/// How the client connects. Each request has its own timeout, by its length: see `requests`.
///
/// # Errors
///
/// If the environment lets anyone on the network pass for a store that isn't on this machine.
fn client(
    is_local: bool,
    value: impl Fn(ClientConfigKey) -> Option<String>,
) -> Result<Vec<(ClientConfigKey, &'static str)>> {
    let mut settings = vec![
        (ClientConfigKey::Timeout, "1 day"),
        (ClientConfigKey::ConnectTimeout, "5 seconds"),
    ];
    if is_local {
        return Ok(settings);
    }
    if value(ClientConfigKey::AllowInvalidCertificates).as_deref() == Some("true") {
        let message = "the environment allows invalid certificates, by which others could read the events; \
                       next: unset the variable that ends in ALLOW_INVALID_CERTIFICATES";
        return Err(Error::new(ErrorKind::Settings, message));
    }
    // Also for addresses that come from a file or a redirect.
    settings.push((ClientConfigKey::AllowHttp, "false"));
    Ok(settings)
}

/// Returns whether the store is on this machine, by all endpoints that are set. Plain HTTP shows customer data to
/// the network, so it is only for such a store.
fn check_endpoints(variable: &str, endpoints: &[Option<String>]) -> Result<bool> {
    let mut is_local = endpoints.iter().any(Option::is_some);
    for endpoint in endpoints.iter().flatten() {
        let (scheme, rest) = endpoint.split_once("://").unwrap_or(("", endpoint));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let is_loopback = is_loopback(host);
        is_local &= is_loopback;
        if scheme.eq_ignore_ascii_case("http") && !is_loopback {
            let message = format!(
                "the endpoint in {variable} is plain HTTP on another machine, where others could read the \
                 events; next: give one that begins with https://"
            );
            return Err(Error::new(ErrorKind::Settings, message));
        }
    }
    Ok(is_local)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    machine::is_loopback(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_checked_but_on_this_machine() {
        let allows = |_: ClientConfigKey| Some("true".to_owned());
        let error = client(false, allows).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(
            error.to_string().contains("ALLOW_INVALID_CERTIFICATES"),
            "{error}"
        );
        assert!(client(true, allows).is_ok());
        // Whatever names the address, HTTP isn't followed to another machine.
        let settings = client(false, |_| None).unwrap();
        assert!(settings.contains(&(ClientConfigKey::AllowHttp, "false")));
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for allowed in [
            "https://s3.example",
            "http://127.0.0.1:5000",
            "http://[::1]:5000/x",
            "http://localhost",
        ] {
            check_endpoints("X", &[Some(allowed.to_owned())]).unwrap();
        }
        for refused in [
            "http://s3.example",
            "HTTP://10.0.0.1:9000",
            "http://localhost.example",
            "http://127.0.0.1@s3.example",
            "http://127.0.0.1.example/",
        ] {
            let error = check_endpoints("X", &[Some(refused.to_owned())]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Settings, "{refused}");
        }
    }

    #[test]
    fn a_store_is_on_this_machine_if_all_its_endpoints_are() {
        let is_local = |endpoints: &[Option<&str>]| {
            let endpoints: Vec<_> = endpoints
                .iter()
                .map(|endpoint| endpoint.map(str::to_owned))
                .collect();
            check_endpoints("X", &endpoints).unwrap()
        };
        let (here, elsewhere) = (Some("http://127.0.0.1:5000"), Some("https://s3.example"));
        assert!(is_local(&[here]) && is_local(&[None, here]));
        for endpoints in [[None, None], [here, elsewhere], [elsewhere, here]] {
            assert!(!is_local(&endpoints), "{endpoints:?}");
        }
    }
}
