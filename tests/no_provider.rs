//! A build with `rustls-no-provider`, in a program that installs none.

#![cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use journey_events::{Client, ErrorKind, Region};

/// The only test here, since a provider is installed for the whole process.
#[test]
fn without_a_crypto_provider_build_says_how_to_install_one() {
    let settings = || {
        Client::builder()
            .region(Region::EuCentral1)
            .access_token("token")
    };
    let error = settings().build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("install_default"), "{error}");

    tokio_rustls::rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .unwrap();
    settings().build().unwrap();
}
