//! A build without TLS.

#![cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use journey_events::{Client, ErrorKind, Region};

#[test]
fn https_and_root_certificates_are_errors_that_name_the_features() {
    let settings = || Client::builder().access_token("token");
    let loopback = || settings().base_url("http://127.0.0.1:1");
    loopback().build().unwrap();
    for refused in [
        settings().region(Region::EuCentral1),
        settings().base_url("https://127.0.0.1:1"),
        loopback().root_certificate("-----BEGIN CERTIFICATE-----"),
    ] {
        let error = refused.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("`native-tls`"), "{error}");
    }
}
