//! Clients of the stores, from their usual environment variables.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, RetryConfig};

use super::error::failure;
use crate::dataset::location::{BucketUrl, Scheme};
use crate::error::{Error, ErrorKind, Result};

/// Returns a client of the store. Nothing is requested yet.
pub(super) fn connect(url: &BucketUrl) -> Result<Arc<dyn ObjectStore>> {
    let built = match url.scheme {
        Scheme::S3 => s3(url)?,
        Scheme::Gs => gs(url),
        Scheme::Az => az(url)?,
    };
    built.map_err(|error| failure(url, "use", &url.to_string(), &error))
}

type Built = object_store::Result<Arc<dyn ObjectStore>>;

fn s3(url: &BucketUrl) -> Result<Built> {
    let mut builder = AmazonS3Builder::from_env();
    for endpoint in [AmazonS3ConfigKey::Endpoint, AmazonS3ConfigKey::S3Endpoint] {
        refuse_plain_http("AWS_ENDPOINT_URL", builder.get_config_value(&endpoint))?;
    }
    for (key, value) in timeouts() {
        builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
    }
    let built = builder
        .with_bucket_name(&url.bucket)
        .with_retry(retries())
        .build();
    Ok(built.map(|store| Arc::new(store) as _))
}

fn gs(url: &BucketUrl) -> Built {
    let mut builder = GoogleCloudStorageBuilder::from_env();
    for (key, value) in timeouts() {
        builder = builder.with_config(object_store::gcp::GoogleConfigKey::Client(key), value);
    }
    let built = builder
        .with_bucket_name(&url.bucket)
        .with_retry(retries())
        .build();
    built.map(|store| Arc::new(store) as _)
}

fn az(url: &BucketUrl) -> Result<Built> {
    let mut builder = MicrosoftAzureBuilder::from_env();
    let endpoint = builder.get_config_value(&AzureConfigKey::Endpoint);
    refuse_plain_http("AZURE_STORAGE_ENDPOINT", endpoint)?;
    for (key, value) in timeouts() {
        builder = builder.with_config(AzureConfigKey::Client(key), value);
    }
    let built = builder
        .with_container_name(&url.bucket)
        .with_retry(retries())
        .build();
    Ok(built.map(|store| Arc::new(store) as _))
}

/// What the store refuses for now, such as 503 or 500, is repeated for 20 s.
fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            base: 2.0,
        },
        max_retries: 10,
        retry_timeout: Duration::from_secs(20),
    }
}

/// Each request has its own timeout, by its length: see `requests`.
fn timeouts() -> [(ClientConfigKey, &'static str); 2] {
    [
        (ClientConfigKey::Timeout, "1 day"),
        (ClientConfigKey::ConnectTimeout, "5 seconds"),
    ]
}

/// Plain HTTP shows customer data to the network: only for a server on this machine.
fn refuse_plain_http(variable: &str, endpoint: Option<String>) -> Result<()> {
    let Some(endpoint) = endpoint else {
        return Ok(());
    };
    let Some((scheme, rest)) = endpoint.split_once("://") else {
        return Ok(());
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if !scheme.eq_ignore_ascii_case("http") || is_loopback(host) {
        return Ok(());
    }
    let message = format!(
        "the endpoint in {variable} is plain HTTP on another machine, where others could read the events; \
         next: give one that begins with https://"
    );
    Err(Error::new(ErrorKind::Settings, message))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for allowed in [
            "https://s3.example",
            "http://127.0.0.1:5000",
            "http://[::1]:5000/x",
            "http://localhost",
        ] {
            refuse_plain_http("X", Some(allowed.to_owned())).unwrap();
        }
        for refused in [
            "http://s3.example",
            "HTTP://10.0.0.1:9000",
            "http://localhost.example",
            "http://127.0.0.1@s3.example",
            "http://127.0.0.1.example/",
        ] {
            let error = refuse_plain_http("X", Some(refused.to_owned())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Settings, "{refused}");
        }
    }
}
