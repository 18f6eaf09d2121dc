//! TLS servers with certificates made in the test.

use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// A certificate that signs itself, and a server's side of TLS with it.
pub(crate) struct Identity {
    /// What a client has to trust, as PEM.
    pub(crate) certificate: String,
    pub(crate) acceptor: TlsAcceptor,
}

/// For the host `name`; the server speaks the protocols given (`h2`, `http/1.1`).
pub(crate) fn identity(name: &str, protocols: &[&str]) -> Identity {
    let made: CertifiedKey<KeyPair> =
        rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    Identity {
        certificate: made.cert.pem(),
        acceptor: TlsAcceptor::from(Arc::new(config)),
    }
}
