//! The TLS stack, of those that the crate was built with.

use std::error::Error as StdError;

use reqwest::ClientBuilder;

use crate::error::Error;

/// Whether there is one.
pub(crate) const IS_BUILT_IN: bool =
    cfg!(any(feature = "rustls-no-provider", feature = "native-tls"));

/// Chooses the stack for a client that isn't the user's own.
#[cfg(feature = "rustls-no-provider")]
pub(super) fn choose(builder: ClientBuilder) -> Result<ClientBuilder, Error> {
    if cfg!(not(feature = "rustls")) && rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(Error::invalid_input(
            "rustls has no crypto provider, as the feature `rustls-no-provider` leaves it to the program: \
             call rustls::crypto::CryptoProvider::install_default first, or use the feature `rustls`",
        ));
    }
    // reqwest would prefer the system's, which another crate may have turned on.
    Ok(builder.tls_backend_rustls())
}

#[cfg(not(feature = "rustls-no-provider"))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "rustls may have no crypto provider"
)]
pub(super) fn choose(builder: ClientBuilder) -> Result<ClientBuilder, Error> {
    #[cfg(feature = "native-tls")]
    let builder = builder.tls_backend_native();
    Ok(builder)
}

/// Adds root certificates, each a PEM file.
#[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
pub(super) fn trust(
    mut builder: ClientBuilder,
    root_certificates: &[Vec<u8>],
) -> Result<ClientBuilder, Error> {
    for pem in root_certificates {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)
            .ok()
            .filter(|certificates| !certificates.is_empty())
            .ok_or_else(|| {
                Error::invalid_input("root certificate isn't a PEM file with a certificate")
            })?;
        builder = builder.tls_certs_merge(certificates);
    }
    Ok(builder)
}

#[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
pub(super) fn trust(
    builder: ClientBuilder,
    root_certificates: &[Vec<u8>],
) -> Result<ClientBuilder, Error> {
    if root_certificates.is_empty() {
        Ok(builder)
    } else {
        Err(Error::invalid_input(
            "a root certificate needs TLS, which this program was built without: \
             use the feature `rustls` or `native-tls` of journey-events",
        ))
    }
}

/// Whether an error of either stack is that of a certificate.
pub(super) fn is_certificate(error: &(dyn StdError + 'static)) -> bool {
    #[cfg(feature = "rustls-no-provider")]
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    #[cfg(feature = "native-tls")]
    if let Some(error) = error.downcast_ref::<native_tls::Error>() {
        return native::is_certificate(&format!("{error:?}"));
    }
    let _ = error;
    false
}

#[cfg(feature = "native-tls")]
mod native {
    /// What macOS and Windows call them, whose messages may be in any language: a chain without a trusted
    /// root, a bad, expired or not yet valid certificate, or one for another host.
    const CODES: [&str; 17] = [
        "-9807",
        "-9808",
        "-9812",
        "-9813",
        "-9814",
        "-9815",
        "-9843",
        "-67843",
        "-2146893022",
        "-2146893019",
        "-2146893017",
        "-2146893016",
        "-2146762487",
        "-2146762486",
        "-2146762495",
        "-2146762481",
        "-2146762480",
    ];

    /// Whether the `Debug` text of an error of the system's stack is about a certificate: there is no other
    /// sign of it on all systems.
    pub(super) fn is_certificate(error: &str) -> bool {
        let mut words = error.split(|c: char| c != '-' && !c.is_ascii_digit());
        error.contains("certificate verify failed") || words.any(|word| CODES.contains(&word))
    }

    #[cfg(test)]
    mod tests {
        use super::is_certificate;

        #[test]
        fn certificate_errors_of_each_system_are_recognized_and_others_are_not() {
            let certificate = [
                r#"Ssl(Error { code: ErrorCode(1), cause: Some(Ssl(ErrorStack([Error { reason: "certificate verify failed" }]))) })"#,
                r#"Error { code: -9843, message: "the host name did not match" }"#,
                r#"Os { code: -2146893019, kind: Uncategorized, message: "Die Zertifikatkette" }"#,
            ];
            for error in certificate {
                assert!(is_certificate(error), "{error}");
            }
            let other = [
                "Ssl(Error { code: ErrorCode(5), cause: None })",
                r#"Error { code: -9806, message: "connection closed via error" }"#,
                r#"Os { code: -2146893018, kind: Uncategorized, message: "" }"#,
                r#"Error { code: -98070, message: "" }"#,
            ];
            for error in other {
                assert!(!is_certificate(error), "{error}");
            }
        }
    }
}
