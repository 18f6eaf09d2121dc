//! Starting, stopping.

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
async fn it_listens_on_loopback_at_the_port_that_was_asked_for() {
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
async fn a_shutdown_frees_the_port_though_a_client_keeps_its_connection() {
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
async fn a_connection_that_never_asks_does_not_hold_up_a_shutdown() {
    let emulator = started(1).await;
    let idle = TcpStream::connect(address(&emulator)).await.unwrap();
    // An answer to another connection shows that the idle one was accepted.
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
async fn a_request_under_way_is_answered_before_the_shutdown_ends() {
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
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[tokio::test]
async fn dropping_it_frees_the_port() {
    let emulator = started(1).await;
    let address = address(&emulator);
    drop(emulator);
    // The server hears of it in its own time.
    for _ in 0..10_000 {
        if TcpStream::connect(&address).await.is_err() {
            return;
        }
        yield_now().await;
    }
    panic!("still listening");
}
