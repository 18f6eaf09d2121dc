//! Whether a connection is encrypted, and whom it trusts.

use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Error, ErrorKind, Result};
use crate::machine;
use crate::postgres::parameters::Parameters;

/// How a connection is protected. Nothing in between is offered: encryption without verification looks safe
/// and isn't.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// None, since the server is on this machine.
    None,
    /// The certificate and its name are verified.
    Verified(Roots),
}

/// Which root certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    System,
    File(String),
}

impl Tls {
    /// Decides by `sslmode`, `sslrootcert` and where the servers are.
    pub(crate) fn of(parameters: &Parameters) -> Result<Self> {
        let roots = match parameters.get("sslrootcert") {
            None | Some("system") => Roots::System,
            Some(file) => Roots::File(file.to_owned()),
        };
        let is_local = parameters.addresses().all(is_local);
        match parameters.get("sslmode") {
            // A file of certificates is named for a reason.
            Some("prefer") | None if is_local && roots == Roots::System => Ok(Self::None),
            Some("verify-full" | "require" | "prefer") | None => Ok(Self::Verified(roots)),
            Some("disable") if is_local => Ok(Self::None),
            Some("disable") => Err(Error::new(
                ErrorKind::Settings,
                "`sslmode=disable` would send everything in the clear to a server on another machine; \
                 next: remove it, and name the server's root certificate with `sslrootcert=FILE` if it \
                 isn't one of the system's",
            )),
            Some(_) => Err(Error::new(
                ErrorKind::Settings,
                "this `sslmode` isn't supported; next: use `verify-full` (the default), `require`, \
                 `prefer` or `disable`",
            )),
        }
    }
}

impl Roots {
    /// Prepares TLS connections.
    pub(crate) fn connector(&self) -> Result<MakeRustlsConnect> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?;
        let mut config = match self {
            Self::System => builder
                .with_platform_verifier()
                .map_err(unusable)?
                .with_no_client_auth(),
            Self::File(file) => builder
                .with_root_certificates(read_roots(Path::new(file))?)
                .with_no_client_auth(),
        };
        // As libpq does; `sslnegotiation=direct` needs it.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }
}

fn read_roots(file: &Path) -> Result<RootCertStore> {
    let wrong = |cause: &str| {
        let file = file.display();
        let message = format!(
            "the root certificates in `{file}` (sslrootcert) {cause}; next: name a file of certificates (PEM)"
        );
        Error::new(ErrorKind::Settings, message)
    };
    let pem = std::fs::read(file).map_err(|error| wrong("can't be read").with_source(error))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate =
            certificate.map_err(|error| wrong("aren't valid PEM").with_source(error))?;
        let added = roots.add(certificate);
        added.map_err(|error| wrong("can't be used").with_source(error))?;
    }
    if roots.is_empty() {
        return Err(wrong("are none"));
    }
    Ok(roots)
}

fn unusable(error: rustls::Error) -> Error {
    let message = "TLS can't be prepared with the system's root certificates; \
                   next: install them (such as the package ca-certificates), or set sslrootcert";
    Error::new(ErrorKind::DatabaseRefused, message).with_source(error)
}

/// Whether an address is a socket's folder, or one of this machine's own.
fn is_local(address: &str) -> bool {
    address.starts_with('/') || machine::is_loopback(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(pairs: &[(&str, &str)]) -> Result<Tls> {
        let mut parameters = Parameters::default();
        for (name, value) in pairs {
            parameters.add(name, (*value).to_owned()).unwrap();
        }
        Tls::of(&parameters)
    }

    #[test]
    fn a_server_elsewhere_is_verified_whatever_the_mode() {
        for host in [
            "db.example.com",
            "10.0.0.1",
            "localhost.example.com",
            "127.0.0.1,db",
            "128.0.0.1",
        ] {
            assert_eq!(
                tls(&[("host", host)]).unwrap(),
                Tls::Verified(Roots::System)
            );
            for mode in ["verify-full", "require", "prefer"] {
                let found = tls(&[("host", host), ("sslmode", mode)]).unwrap();
                assert_eq!(found, Tls::Verified(Roots::System), "{host} {mode}");
            }
            let error = tls(&[("host", host), ("sslmode", "disable")]).unwrap_err();
            assert!(error.to_string().contains("sslrootcert=FILE"), "{error}");
        }
        // A name says nothing if the address is given.
        let elsewhere = [("host", "localhost"), ("hostaddr", "10.0.0.1")];
        assert_eq!(tls(&elsewhere).unwrap(), Tls::Verified(Roots::System));
    }

    #[test]
    fn a_server_on_this_machine_needs_no_tls_and_gets_it_on_request() {
        for host in [
            "127.0.0.1",
            "127.1.2.3",
            "::1",
            "localhost",
            "/run/postgresql",
            "::ffff:127.0.0.1",
        ] {
            for mode in ["", "prefer", "disable"] {
                assert_eq!(
                    tls(&[("host", host), ("sslmode", mode)]).unwrap(),
                    Tls::None
                );
            }
            for mode in ["require", "verify-full"] {
                let found = tls(&[("host", host), ("sslmode", mode)]).unwrap();
                assert_eq!(found, Tls::Verified(Roots::System));
            }
            let file = tls(&[("host", host), ("sslrootcert", "ca.pem")]).unwrap();
            assert_eq!(file, Tls::Verified(Roots::File("ca.pem".to_owned())));
        }
    }

    #[test]
    fn modes_that_verify_less_are_refused() {
        for mode in ["allow", "verify-ca", "none"] {
            let error = tls(&[("host", "db"), ("sslmode", mode)]).unwrap_err();
            assert!(error.to_string().contains("verify-full"), "{error}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        for text in [
            None,
            Some("no certificates"),
            Some("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"),
        ] {
            if let Some(text) = text {
                std::fs::write(&file, text).unwrap();
            }
            let roots = Roots::File(file.to_str().unwrap().to_owned());
            let error = roots.connector().err().unwrap().to_string();
            assert!(
                error.contains("ca.pem") && error.contains("next:"),
                "{error}"
            );
        }
    }
}
