//! TLS against a server whose certificate is made here: what is trusted, and what is not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use journey_events::{Client, ClientBuilder, Error, ErrorKind, RateLimit, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

const PAGE: &str = r#"{"entities":[{"id":"a","eventType":"t"}],"selfUri":"/x"}"#;

/// A server on loopback with a certificate for `name`; its base URL and the certificate.
async fn server(name: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close",
        PAGE.len()
    );
    let answer = format!("{head}\r\n\r\n{PAGE}");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            // A client that does not trust the certificate ends the handshake.
            let Ok(mut stream) = acceptor.accept(socket).await else {
                continue;
            };
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok() {
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (format!("https://localhost:{port}"), made.cert.pem())
}

fn builder(base_url: String) -> ClientBuilder {
    Client::builder()
        .base_url(base_url)
        .access_token("t")
        .rate_limit(RateLimit::unlimited())
        .retry(RetryPolicy::default().base_delay(Duration::from_millis(1)))
}

async fn count(builder: ClientBuilder) -> Result<usize, Error> {
    let events = builder.build()?.session_events("s").stream();
    Ok(events.try_collect::<Vec<_>>().await?.len())
}

#[tokio::test]
async fn a_root_certificate_of_the_users_own_is_trusted() {
    let (base_url, certificate) = server("localhost").await;
    assert_eq!(
        count(builder(base_url).root_certificate(certificate))
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_an_error_after_one_attempt() {
    let (base_url, _) = server("localhost").await;
    let error = count(builder(base_url)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Certificate, 1),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_certificate_of_another_host_is_an_error_after_one_attempt() {
    let (base_url, certificate) = server("other.example").await;
    let error = count(builder(base_url).root_certificate(certificate))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Certificate, 1),
        "{error:?}"
    );
}
