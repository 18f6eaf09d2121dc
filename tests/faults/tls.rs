//! Rows 25 and 26: certificates that must not be trusted.

use journey_events::{ClientBuilder, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::support::raw::ok;
use crate::support::session::{SESSION, all_ids, session_json};
use crate::support::tls::{Identity, identity};
use crate::support::walks::{WalkResult, builder, resume, walk};

const SIZES: [usize; 1] = [3];

struct Server {
    base_url: String,
    certificate: String,
    handshakes: watch::Receiver<u32>,
}

/// A server on loopback with a certificate for `name` that answers one request per connection.
async fn server(name: &str) -> Server {
    let Identity {
        certificate,
        acceptor,
    } = identity(name, &["http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let (counter, handshakes) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            counter.send_modify(|handshakes| *handshakes += 1);
            // A client that doesn't trust the certificate aborts the handshake.
            let Ok(mut stream) = acceptor.accept(socket).await else {
                continue;
            };
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok() {
                let _ = stream.write_all(&ok(session_json(&SIZES, 0))).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    Server {
        base_url,
        certificate,
        handshakes,
    }
}

/// Asserts that the walk fails after exactly one attempt.
async fn assert_not_trusted(server: &Server, settings: ClientBuilder) -> journey_events::Error {
    let client = settings.build().unwrap();
    let WalkResult { ids, error } = walk(client.session_events(SESSION)).await;
    let error = error.unwrap();
    assert!(ids.is_empty());
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Certificate, 1),
        "{error:?}"
    );
    assert_eq!(client.stats().attempts, 1);
    assert_eq!(*server.handshakes.borrow(), 1);
    error
}

#[tokio::test]
async fn row_25_an_untrusted_certificate_is_an_error_after_exactly_one_attempt() {
    let server = server("localhost").await;
    let error = assert_not_trusted(&server, builder(&server.base_url)).await;

    let trusting = builder(&server.base_url).root_certificate(server.certificate.as_str());
    let ids = resume(&trusting.build().unwrap(), error.checkpoint().unwrap()).await;
    assert_eq!(ids, all_ids(&SIZES));
}

#[tokio::test]
async fn row_26_a_certificate_for_another_host_is_an_error_after_exactly_one_attempt() {
    let server = server("other.example").await;
    let settings = builder(&server.base_url).root_certificate(server.certificate.as_str());
    assert_not_trusted(&server, settings).await;
}
