//! A proxy in front of a server: every message takes its time, and some are lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// 200 ms ± 100 ms a round trip, half of it each way.
const WAY_MS: std::ops::RangeInclusive<u64> = 50..=150;
/// One message of so many is lost: 2 %.
const LOSS: u64 = 50;

/// A proxy on loopback that ends with this value.
pub(crate) struct LossyProxy {
    pub(crate) base_url: String,
    dice: Arc<Mutex<Dice>>,
    task: JoinHandle<()>,
}

/// Seeded, so that of so many messages the same number is lost in every run.
struct Dice {
    rng: fastrand::Rng,
    lost_requests: u64,
    lost_answers: u64,
}

enum Way {
    Request,
    Answer,
}

impl LossyProxy {
    pub(crate) async fn start(server: &str) -> Self {
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let dice = Arc::new(Mutex::new(Dice {
            rng: fastrand::Rng::with_seed(7),
            lost_requests: 0,
            lost_answers: 0,
        }));
        let task = tokio::spawn({
            let dice = Arc::clone(&dice);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let server = TcpStream::connect(&server).await.unwrap();
                    let dice = Arc::clone(&dice);
                    tokio::spawn(async move { relay(client, server, &dice).await });
                }
            }
        });
        Self {
            base_url,
            dice,
            task,
        }
    }

    /// Messages lost so far, each with its connection.
    pub(crate) fn lost(&self) -> u64 {
        let dice = self.dice.lock().unwrap();
        dice.lost_requests + dice.lost_answers
    }

    /// Those of them that did not reach the server.
    pub(crate) fn lost_requests(&self) -> u64 {
        self.dice.lock().unwrap().lost_requests
    }
}

impl Drop for LossyProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request at a time, as HTTP/1.1 has it: each message is small enough to be one read.
async fn relay(mut client: TcpStream, mut server: TcpStream, dice: &Mutex<Dice>) -> Option<()> {
    loop {
        pass(&mut client, &mut server, Way::Request, dice).await?;
        pass(&mut server, &mut client, Way::Answer, dice).await?;
    }
}

/// Passes one message on; `None` if it is lost or nobody is there any more.
async fn pass(
    from: &mut TcpStream,
    to: &mut TcpStream,
    way: Way,
    dice: &Mutex<Dice>,
) -> Option<()> {
    let mut message = vec![0; 64 * 1024];
    let length = from
        .read(&mut message)
        .await
        .ok()
        .filter(|length| *length > 0)?;
    let (is_lost, delay) = {
        let mut dice = dice.lock().unwrap();
        let is_lost = dice.rng.u64(0..LOSS) == 0;
        match way {
            Way::Request => dice.lost_requests += u64::from(is_lost),
            Way::Answer => dice.lost_answers += u64::from(is_lost),
        }
        (is_lost, Duration::from_millis(dice.rng.u64(WAY_MS)))
    };
    tokio::time::sleep(delay).await;
    if is_lost {
        return None;
    }
    to.write_all(&message[..length]).await.ok()
}
