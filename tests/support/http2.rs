//! A scripted HTTP/2 server over TLS that answers a request, resets its stream, or sends GOAWAY.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::tls::identity;

/// How the server reacts to a request.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Page(String),
    /// Resets only this request's stream.
    ResetStream(Reason),
    /// Sends GOAWAY instead of a response, and closes the connection.
    GoAway(Reason),
    /// Responds, then sends GOAWAY so that the connection accepts no further requests.
    PageThenGoAway(String),
}

/// A request as the server received it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedRequest {
    /// Counted from 1.
    pub(crate) connection: usize,
    /// Counted from 1 across all connections.
    pub(crate) number: usize,
    /// The cursor is the page number; the first page has none.
    pub(crate) page: usize,
}

type Script = dyn Fn(ReceivedRequest) -> Action + Send + Sync;

/// A server on loopback that stops when dropped.
pub(crate) struct Http2Server {
    pub(crate) base_url: String,
    pub(crate) certificate: String,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    task: JoinHandle<()>,
}

impl Http2Server {
    pub(crate) async fn start(
        script: impl Fn(ReceivedRequest) -> Action + Send + Sync + 'static,
    ) -> Self {
        let identity = identity("localhost", &["h2"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let requests = Arc::<Mutex<Vec<ReceivedRequest>>>::default();
        let task = tokio::spawn(accept(
            listener,
            identity.acceptor,
            Arc::new(script),
            Arc::clone(&requests),
        ));
        Self {
            base_url,
            certificate: identity.certificate,
            requests,
            task,
        }
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Http2Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    script: Arc<Script>,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
) {
    for connection in 1.. {
        let (socket, _) = listener.accept().await.unwrap();
        let (acceptor, script) = (acceptor.clone(), Arc::clone(&script));
        let requests = Arc::clone(&requests);
        tokio::spawn(
            async move { serve(socket, connection, &acceptor, &*script, &requests).await },
        );
    }
}

async fn serve(
    socket: TcpStream,
    connection: usize,
    acceptor: &TlsAcceptor,
    script: &Script,
    requests: &Mutex<Vec<ReceivedRequest>>,
) {
    let Ok(stream) = acceptor.accept(socket).await else {
        return;
    };
    let mut http2 = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = http2.accept().await {
        let received = {
            let mut requests = requests.lock().unwrap();
            let received = ReceivedRequest {
                connection,
                number: requests.len() + 1,
                page: page_of(&request),
            };
            requests.push(received);
            received
        };
        match script(received) {
            Action::Page(page) => send_page(&mut respond, page),
            Action::ResetStream(reason) => respond.send_reset(reason),
            Action::GoAway(reason) => http2.abrupt_shutdown(reason),
            Action::PageThenGoAway(page) => {
                send_page(&mut respond, page);
                http2.graceful_shutdown();
            }
        }
    }
}

fn send_page(respond: &mut SendResponse<Bytes>, page: String) {
    let mut body = respond.send_response(Response::new(()), false).unwrap();
    body.send_data(Bytes::from(page), true).unwrap();
}

fn page_of(request: &Request<RecvStream>) -> usize {
    let query = request.uri().query().unwrap();
    let cursor = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after="));
    cursor.map_or(0, |cursor| cursor.parse().unwrap())
}
