//! A proxy that delays every message and loses some.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// 200 ms ± 100 ms per round trip, half of it in each direction.
const DELAY_MS: std::ops::RangeInclusive<u64> = 50..=150;
/// One message in this many is lost: 2%.
const LOSS_INTERVAL: u64 = 50;

/// A proxy on loopback that stops when dropped.
pub(crate) struct LossyProxy {
    pub(crate) base_url: String,
    losses: Arc<Mutex<Losses>>,
    task: JoinHandle<()>,
}

/// Seeded, so that every run loses the same share of messages.
struct Losses {
    rng: fastrand::Rng,
    lost_requests: u64,
    lost_responses: u64,
}

enum Direction {
    Request,
    Response,
}

impl LossyProxy {
    pub(crate) async fn start(server: &str) -> Self {
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let losses = Arc::new(Mutex::new(Losses {
            rng: fastrand::Rng::with_seed(7),
            lost_requests: 0,
            lost_responses: 0,
        }));
        let task = tokio::spawn({
            let losses = Arc::clone(&losses);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let server = TcpStream::connect(&server).await.unwrap();
                    let losses = Arc::clone(&losses);
                    tokio::spawn(async move { relay(client, server, &losses).await });
                }
            }
        });
        Self {
            base_url,
            losses,
            task,
        }
    }

    /// Messages lost so far. Each takes its connection with it.
    pub(crate) fn lost(&self) -> u64 {
        let losses = self.losses.lock().unwrap();
        losses.lost_requests + losses.lost_responses
    }

    /// Lost messages that never reached the server.
    pub(crate) fn lost_requests(&self) -> u64 {
        self.losses.lock().unwrap().lost_requests
    }
}

impl Drop for LossyProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Relays one request at a time; each message is small enough for a single read.
async fn relay(mut client: TcpStream, mut server: TcpStream, losses: &Mutex<Losses>) -> Option<()> {
    loop {
        forward(&mut client, &mut server, Direction::Request, losses).await?;
        forward(&mut server, &mut client, Direction::Response, losses).await?;
    }
}

/// Forwards one message. Returns `None` if it was lost or a side has disconnected.
async fn forward(
    from: &mut TcpStream,
    to: &mut TcpStream,
    direction: Direction,
    losses: &Mutex<Losses>,
) -> Option<()> {
    let mut message = vec![0; 64 * 1024];
    let length = from
        .read(&mut message)
        .await
        .ok()
        .filter(|length| *length > 0)?;
    let (is_lost, delay) = {
        let mut losses = losses.lock().unwrap();
        let is_lost = losses.rng.u64(0..LOSS_INTERVAL) == 0;
        match direction {
            Direction::Request => losses.lost_requests += u64::from(is_lost),
            Direction::Response => losses.lost_responses += u64::from(is_lost),
        }
        (is_lost, Duration::from_millis(losses.rng.u64(DELAY_MS)))
    };
    tokio::time::sleep(delay).await;
    if is_lost {
        return None;
    }
    to.write_all(&message[..length]).await.ok()
}
