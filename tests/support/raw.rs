//! A scripted TCP server: each test lists the steps to run on a connection or a request.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the server does on a connection.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Sends the same bytes repeatedly until the client disconnects.
    Flood(Vec<u8>),
    Pause(Duration),
    /// Sends nothing more and waits for the client to disconnect.
    Silence,
    Close,
    /// Closes with a TCP reset.
    Reset,
}

/// A scripted reply: what the real service would send, or a fault.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Healthy(Vec<Step>),
    Fault(Vec<Step>),
}

/// A request as the server received it.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedRequest {
    /// Counted from 1.
    pub(crate) connection: usize,
    /// Counted from 1 across all connections.
    pub(crate) number: usize,
    /// Request line and headers; the body is discarded.
    pub(crate) head: String,
}

impl ReceivedRequest {
    /// The requested page. The cursor is the page number; the first page has none.
    pub(crate) fn page(&self) -> usize {
        let target = self.head.split(' ').nth(1).unwrap();
        let cursor = target
            .split(['?', '&'])
            .find_map(|pair| pair.strip_prefix("after="));
        cursor.map_or(0, |cursor| cursor.parse().unwrap())
    }
}

/// What the server has observed so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed {
    pub(crate) connections: usize,
    pub(crate) requests: Vec<ReceivedRequest>,
    /// Faults injected.
    pub(crate) faults: usize,
    /// Faults injected before a request was read.
    pub(crate) faults_before_request: usize,
    /// Clients that disconnected during [`Step::Silence`].
    pub(crate) disconnects: usize,
    /// Bytes the client accepted.
    pub(crate) bytes_sent: u64,
}

type OnConnect = dyn Fn(usize) -> Option<Step> + Send + Sync;
type OnRequest = dyn Fn(&ReceivedRequest) -> Reply + Send + Sync;

/// A server on loopback that stops when dropped.
pub(crate) struct RawServer {
    pub(crate) base_url: String,
    observed: watch::Receiver<Observed>,
    task: JoinHandle<()>,
}

impl RawServer {
    /// Answers every request as scripted.
    pub(crate) async fn start(
        on_request: impl Fn(&ReceivedRequest) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(|_| None, on_request).await
    }

    /// Like [`Self::start`], but runs a fault on those connections, counted from 1, for which
    /// `on_connect` returns one.
    pub(crate) async fn start_with(
        on_connect: impl Fn(usize) -> Option<Step> + Send + Sync + 'static,
        on_request: impl Fn(&ReceivedRequest) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::start_on(listener, on_connect, on_request)
    }

    pub(crate) fn start_on(
        listener: TcpListener,
        on_connect: impl Fn(usize) -> Option<Step> + Send + Sync + 'static,
        on_request: impl Fn(&ReceivedRequest) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (recorder, observed) = watch::channel(Observed::default());
        let task = tokio::spawn(accept(
            listener,
            Arc::new(on_connect),
            Arc::new(on_request),
            recorder,
        ));
        Self {
            base_url,
            observed,
            task,
        }
    }

    pub(crate) fn observed(&self) -> Observed {
        self.observed.borrow().clone()
    }

    /// Waits for this many attempts: requests, and connections that got a fault on accept.
    pub(crate) async fn wait_for_attempts(&self, attempts: u64) -> Observed {
        self.wait_until(|observed| {
            (observed.requests.len() + observed.faults_before_request) as u64 >= attempts
        })
        .await
    }

    /// Waits until the condition holds, at most 10 s, and returns what the server has observed.
    pub(crate) async fn wait_until(&self, condition: impl FnMut(&Observed) -> bool) -> Observed {
        let mut observed = self.observed.clone();
        let waited =
            tokio::time::timeout(Duration::from_secs(10), observed.wait_for(condition)).await;
        drop(waited);
        self.observed()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    on_connect: Arc<OnConnect>,
    on_request: Arc<OnRequest>,
    recorder: watch::Sender<Observed>,
) {
    while let Ok((socket, _)) = listener.accept().await {
        recorder.send_modify(|observed| observed.connections += 1);
        let connection = recorder.borrow().connections;
        if let Some(step) = on_connect(connection) {
            recorder.send_modify(|observed| {
                observed.faults += 1;
                observed.faults_before_request += 1;
            });
            let recorder = recorder.clone();
            tokio::spawn(async move { run_steps(socket, vec![step], &recorder).await });
        } else {
            tokio::spawn(serve(
                socket,
                connection,
                Arc::clone(&on_request),
                recorder.clone(),
            ));
        }
    }
}

async fn serve(
    mut socket: TcpStream,
    connection: usize,
    on_request: Arc<OnRequest>,
    recorder: watch::Sender<Observed>,
) {
    while let Some(head) = read_head(&mut socket).await {
        let mut received = None;
        recorder.send_modify(|observed| {
            let request = ReceivedRequest {
                connection,
                number: observed.requests.len() + 1,
                head,
            };
            observed.requests.push(request.clone());
            received = Some(request);
        });
        let steps = match on_request(&received.unwrap()) {
            Reply::Healthy(steps) => steps,
            Reply::Fault(steps) => {
                recorder.send_modify(|observed| observed.faults += 1);
                steps
            }
        };
        match run_steps(socket, steps, &recorder).await {
            Some(open) => socket = open,
            None => return,
        }
    }
}

/// Reads the request line and headers. Returns `None` once the client has disconnected.
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

/// Runs the steps. Returns the socket if neither they nor the client closed it.
async fn run_steps(
    mut socket: TcpStream,
    steps: Vec<Step>,
    recorder: &watch::Sender<Observed>,
) -> Option<TcpStream> {
    let sent =
        |bytes: &[u8]| recorder.send_modify(|observed| observed.bytes_sent += bytes.len() as u64);
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
                recorder.send_modify(|observed| observed.disconnects += 1);
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

/// A complete 200 response with this body.
pub(crate) fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    response("200 OK", "content-type: application/json\r\n", body)
}

/// A complete response; every header line ends in CRLF.
pub(crate) fn response(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}
