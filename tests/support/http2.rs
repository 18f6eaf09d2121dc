//! A scripted HTTP/2 server over TLS: it answers a request, or refuses it with HTTP/2's own means.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::tls::identity;

/// What is done to a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Page(String),
    /// Resets this request's stream alone.
    ResetStream(Reason),
    /// Sends GOAWAY, so that the request that was read gets no answer, and closes.
    GoAway(Reason),
    /// Answers, and announces with GOAWAY that the connection takes no further request.
    PageThenGoAway(String),
}

/// A request as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Counted from 1.
    pub(crate) connection: usize,
    /// Counted from 1 over all connections.
    pub(crate) number: usize,
    /// The cursor is the page's number, and the first page has none.
    pub(crate) page: usize,
}

type Script = dyn Fn(Asked) -> Act + Send + Sync;

/// A server on loopback that ends with this value.
pub(crate) struct Http2Server {
    pub(crate) base_url: String,
    pub(crate) certificate: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Http2Server {
    pub(crate) async fn start(script: impl Fn(Asked) -> Act + Send + Sync + 'static) -> Self {
        let identity = identity("localhost", &["h2"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let task = tokio::spawn(accept(
            listener,
            identity.acceptor,
            Arc::new(script),
            Arc::clone(&asked),
        ));
        Self {
            base_url,
            certificate: identity.certificate,
            asked,
            task,
        }
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
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
    asked: Arc<Mutex<Vec<Asked>>>,
) {
    for connection in 1.. {
        let (socket, _) = listener.accept().await.unwrap();
        let (acceptor, script, asked) = (acceptor.clone(), Arc::clone(&script), Arc::clone(&asked));
        tokio::spawn(async move { serve(socket, connection, &acceptor, &*script, &asked).await });
    }
}

async fn serve(
    socket: TcpStream,
    connection: usize,
    acceptor: &TlsAcceptor,
    script: &Script,
    all: &Mutex<Vec<Asked>>,
) {
    let Ok(stream) = acceptor.accept(socket).await else {
        return;
    };
    let mut http2 = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = http2.accept().await {
        let asked = {
            let mut all = all.lock().unwrap();
            let asked = Asked {
                connection,
                number: all.len() + 1,
                page: page_of(&request),
            };
            all.push(asked);
            asked
        };
        match script(asked) {
            Act::Page(page) => send_whole(&mut respond, page),
            Act::ResetStream(reason) => respond.send_reset(reason),
            Act::GoAway(reason) => http2.abrupt_shutdown(reason),
            Act::PageThenGoAway(page) => {
                send_whole(&mut respond, page);
                http2.graceful_shutdown();
            }
        }
    }
}

fn send_whole(respond: &mut SendResponse<Bytes>, page: String) {
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
