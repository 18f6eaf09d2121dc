//! Which certificates are accepted.

use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::postgres::connect::{Durability, connect};
use crate::postgres::failure::{Failed, Failure};

/// Starts a server that agrees to TLS with a certificate for `db.test`, reads what follows and hangs up. Writes
/// the certificate to a file. Returns the port, and what it read last.
async fn server(ca: &Path) -> (u16, tokio::sync::mpsc::UnboundedReceiver<Vec<u8>>) {
    let generated = rcgen::generate_simple_self_signed(["db.test".to_owned()]).unwrap();
    std::fs::write(ca, generated.cert.pem()).unwrap();
    let key = PrivatePkcs8KeyDer::from(generated.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![generated.cert.der().clone()], key.into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 8];
            stream.read_exact(&mut request).await.unwrap();
            assert_eq!(
                request[4..],
                80_877_103_u32.to_be_bytes(),
                "a request for TLS"
            );
            stream.write_all(b"S").await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut startup = vec![0; 4_096];
            let read = stream.read(&mut startup).await.unwrap_or_default();
            startup.truncate(read);
            sender.send(startup).unwrap();
        }
    });
    (port, receiver)
}

async fn failed(url: &str) -> Failed {
    let url = url.parse().unwrap();
    connect(&url, Durability::Durable).await.err().unwrap()
}

#[tokio::test]
async fn only_a_trusted_certificate_with_the_right_name_gets_to_see_anything() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let (port, mut seen) = server(&ca).await;
    let ca = ca.display();
    let url =
        |host: &str, rest: &str| format!("postgres://me@{host}:{port}/d?hostaddr=127.0.0.1{rest}");
    for mode in ["verify-full", "require"] {
        // Not one of the system's.
        let untrusted = failed(&url("db.test", &format!("&sslmode={mode}"))).await;
        assert_eq!(untrusted.failure, Failure::Refused, "{}", untrusted.cause());
        let rest = format!("&sslmode={mode}&sslrootcert={ca}");
        let other = failed(&url("other.test", &rest)).await;
        assert_eq!(other.failure, Failure::Refused, "{}", other.cause());
        assert!(other.cause().contains("certificate"), "{}", other.cause());
        assert!(seen.try_recv().is_err(), "nothing was sent to it");
        // The right one hangs up.
        let right = failed(&url("db.test", &rest)).await;
        assert_eq!(right.failure, Failure::Unreachable, "{}", right.cause());
        let startup = seen.recv().await.unwrap();
        assert!(startup.windows(2).any(|part| part == b"me"), "{startup:?}");
    }
    // A file of certificates means TLS on this machine too.
    let named = failed(&url("db.test", &format!("&sslrootcert={ca}"))).await;
    assert_eq!(named.failure, Failure::Unreachable, "{}", named.cause());
    assert!(!seen.recv().await.unwrap().is_empty());
}
