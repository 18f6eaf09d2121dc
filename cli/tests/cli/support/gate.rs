//! A service that answers when a test lets it.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Session that fails.
pub(crate) const FAILING: &str = "failing";
/// Why it does.
pub(crate) const REASON: &str = "Größe 大きな店 🏬 is unknown";

/// A service whose requests for events wait to be let through.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) base_url: String,
    open: Arc<Semaphore>,
}

impl Gate {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let open = Arc::new(Semaphore::new(0));
        let gate = Arc::clone(&open);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&gate)));
            }
        });
        Self { base_url, open }
    }

    /// Answers so many requests, those that wait first.
    pub(crate) fn let_through(&self, requests: usize) {
        self.open.add_permits(requests);
    }
}

/// Answers one request: with a session's only event, or that the session is unknown.
async fn serve(connection: TcpStream, gate: Arc<Semaphore>) {
    let mut lines = BufReader::new(connection);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let path = head.split([' ', '?']).nth(1).unwrap();
    let (status, body) = if !path.ends_with("/events") {
        ("404 Not Found", String::new())
    } else if path.contains(FAILING) {
        gate.acquire().await.unwrap().forget();
        let body = format!(r#"{{"message":"{REASON}","code":"not.found","status":404}}"#);
        ("404 Not Found", body)
    } else {
        gate.acquire().await.unwrap().forget();
        let event = super::service::event(path);
        ("200 OK", format!(r#"{{"entities":[{event}]}}"#))
    };
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    // The program may have ended.
    let _ = lines.get_mut().write_all(response.as_bytes()).await;
}
