//! Start and shutdown.

use std::time::Duration;

use journey_events_emulator::Emulator;
use reqwest::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::client::{events, events_uri, started};

fn address(emulator: &Emulator) -> String {
    emulator.base_url().trim_start_matches("http://").to_owned()
}

#[tokio::test]
async fn it_listens_on_loopback_at_the_requested_port() {
    let emulator = started(1).await;
    assert!(emulator.base_url().starts_with("http://127.0.0.1:"));
    let port: u16 = address(&emulator)
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    emulator.shutdown().await;
    let again = Emulator::builder().port(port).start().await.unwrap();
    assert_eq!(again.base_url(), format!("http://127.0.0.1:{port}"));
}

#[tokio::test]
async fn a_shutdown_frees_the_port_despite_a_kept_connection() {
    let emulator = started(1).await;
    let (client, address) = (Client::new(), address(&emulator));
    let url = format!("{}{}", emulator.base_url(), events_uri(&emulator, 0, ""));
    let page = client.get(&url).bearer_auth("any").send().await.unwrap();
    page.bytes().await.unwrap();
    let start = Instant::now();
    emulator.shutdown().await;
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn an_idle_connection_does_not_delay_a_shutdown() {
    let emulator = started(1).await;
    let idle = TcpStream::connect(address(&emulator)).await.unwrap();
    // A response on a later connection shows that the idle one was accepted.
    assert_eq!(events(&emulator, "").await.status, 200);
    let start = Instant::now();
    emulator.shutdown().await;
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    drop(idle);
}

#[tokio::test]
async fn a_shutdown_waits_for_requests_in_progress() {
    let latency = Duration::from_millis(200);
    let emulator = Emulator::builder().latency(latency).start().await.unwrap();
    let mut connection = TcpStream::connect(address(&emulator)).await.unwrap();
    let uri = events_uri(&emulator, 0, "");
    let request = format!("GET {uri} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    while emulator.requests() == 0 {
        yield_now().await;
    }
    let start = Instant::now();
    emulator.shutdown().await;
    assert!(start.elapsed() > latency / 2, "{:?}", start.elapsed());
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");
}

#[tokio::test]
async fn dropping_the_emulator_frees_the_port() {
    let emulator = started(1).await;
    let address = address(&emulator);
    drop(emulator);
    // The server stops asynchronously.
    for _ in 0..10_000 {
        if TcpStream::connect(&address).await.is_err() {
            return;
        }
        yield_now().await;
    }
    panic!("still listening");
}
