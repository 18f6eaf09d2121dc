//! A scripted TCP server: what it does to a connection or a request is written out step by step.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the server does next on a connection.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// The same again and again, until the client has gone.
    Flood(Vec<u8>),
    Pause(Duration),
    /// Nothing more, until the client has gone.
    Silence,
    Close,
    /// Closes so that the client's side sees a reset.
    Reset,
}

/// What a script plays: what the service would, or a fault.
#[derive(Clone, Debug)]
pub(crate) enum Play {
    Healthy(Vec<Step>),
    Fault(Vec<Step>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Counted from 1.
    pub(crate) connection: usize,
    /// Counted from 1 over all connections.
    pub(crate) number: usize,
    /// Request line and headers; a body is read and forgotten.
    pub(crate) head: String,
}

impl Asked {
    /// Which page is asked for: the cursor is its number, and the first page has none.
    pub(crate) fn page(&self) -> usize {
        let target = self.head.split(' ').nth(1).unwrap();
        let cursor = target
            .split(['?', '&'])
            .find_map(|pair| pair.strip_prefix("after="));
        cursor.map_or(0, |cursor| cursor.parse().unwrap())
    }
}

/// What the server has seen so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    pub(crate) asked: Vec<Asked>,
    /// How many faults were played.
    pub(crate) faults: usize,
    /// How many of them before a request was read.
    pub(crate) unread: usize,
    /// Clients that went away while nothing was said to them.
    pub(crate) left: usize,
    /// Bytes that could be sent.
    pub(crate) sent: u64,
}

type Greet = dyn Fn(usize) -> Option<Step> + Send + Sync;
type Answer = dyn Fn(&Asked) -> Play + Send + Sync;

/// A server on loopback that ends with this value.
pub(crate) struct RawServer {
    pub(crate) base_url: String,
    seen: watch::Receiver<Seen>,
    task: JoinHandle<()>,
}

impl RawServer {
    /// Answers every request with what the script says.
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Play + Send + Sync + 'static) -> Self {
        Self::start_with(|_| None, answer).await
    }

    /// Meets connections, counted from 1, with a fault where `greet` says one.
    pub(crate) async fn start_with(
        greet: impl Fn(usize) -> Option<Step> + Send + Sync + 'static,
        answer: impl Fn(&Asked) -> Play + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::start_on(listener, greet, answer)
    }

    pub(crate) fn start_on(
        listener: TcpListener,
        greet: impl Fn(usize) -> Option<Step> + Send + Sync + 'static,
        answer: impl Fn(&Asked) -> Play + Send + Sync + 'static,
    ) -> Self {
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (note, seen) = watch::channel(Seen::default());
        let task = tokio::spawn(accept(listener, Arc::new(greet), Arc::new(answer), note));
        Self {
            base_url,
            seen,
            task,
        }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until so many attempts have arrived: requests, and connections met with a fault.
    pub(crate) async fn saw(&self, attempts: u64) -> Seen {
        self.comes_to(|seen| (seen.asked.len() + seen.unread) as u64 >= attempts)
            .await
    }

    /// What the server has seen once this holds, or when it still does not after a long time.
    pub(crate) async fn comes_to(&self, holds: impl FnMut(&Seen) -> bool) -> Seen {
        let mut seen = self.seen.clone();
        let waited = tokio::time::timeout(Duration::from_secs(10), seen.wait_for(holds)).await;
        drop(waited);
        self.seen()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    greet: Arc<Greet>,
    answer: Arc<Answer>,
    note: watch::Sender<Seen>,
) {
    while let Ok((socket, _)) = listener.accept().await {
        note.send_modify(|seen| seen.connections += 1);
        let connection = note.borrow().connections;
        if let Some(step) = greet(connection) {
            note.send_modify(|seen| {
                seen.faults += 1;
                seen.unread += 1;
            });
            let note = note.clone();
            tokio::spawn(async move { play(socket, vec![step], &note).await });
        } else {
            tokio::spawn(serve(socket, connection, Arc::clone(&answer), note.clone()));
        }
    }
}

async fn serve(
    mut socket: TcpStream,
    connection: usize,
    answer: Arc<Answer>,
    note: watch::Sender<Seen>,
) {
    while let Some(head) = read_head(&mut socket).await {
        let mut asked = None;
        note.send_modify(|seen| {
            let new = Asked {
                connection,
                number: seen.asked.len() + 1,
                head,
            };
            seen.asked.push(new.clone());
            asked = Some(new);
        });
        let steps = match answer(&asked.unwrap()) {
            Play::Healthy(steps) => steps,
            Play::Fault(steps) => {
                note.send_modify(|seen| seen.faults += 1);
                steps
            }
        };
        match play(socket, steps, &note).await {
            Some(open) => socket = open,
            None => return,
        }
    }
}

/// Request line and headers; `None` once the client has gone.
async fn read_head(socket: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    socket.read_exact(&mut body).await.ok()?;
    Some(head)
}

/// Plays the steps; the socket, if they leave it open and the client does, too.
async fn play(
    mut socket: TcpStream,
    steps: Vec<Step>,
    note: &watch::Sender<Seen>,
) -> Option<TcpStream> {
    let sent = |bytes: &[u8]| note.send_modify(|seen| seen.sent += bytes.len() as u64);
    for step in steps {
        match step {
            Step::Send(bytes) => {
                socket.write_all(&bytes).await.ok()?;
                sent(&bytes);
            }
            Step::Flood(bytes) => loop {
                socket.write_all(&bytes).await.ok()?;
                sent(&bytes);
            },
            Step::Pause(time) => tokio::time::sleep(time).await,
            Step::Silence => {
                let mut ignored = [0; 1024];
                while matches!(socket.read(&mut ignored).await, Ok(1..)) {}
                note.send_modify(|seen| seen.left += 1);
                return None;
            }
            Step::Close => {
                let _ = socket.shutdown().await;
                return None;
            }
            Step::Reset => {
                socket.set_zero_linger().unwrap();
                return None;
            }
        }
    }
    Some(socket)
}

/// A whole answer of status 200 with this body.
pub(crate) fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    answer("200 OK", "content-type: application/json\r\n", body)
}

/// A whole answer; `headers` are whole lines.
pub(crate) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}
