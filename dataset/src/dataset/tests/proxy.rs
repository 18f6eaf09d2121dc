//! A proxy in front of PostgreSQL that loses what a network loses.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::ledgers;
use crate::postgres::PostgresUrl;

/// A proxy in front of PostgreSQL.
pub(super) struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Of how many COMMITs to come the reply is lost.
    lost_replies: AtomicU32,
    /// Whether every second COMMIT's reply is lost.
    loses_every_other: AtomicBool,
    commits: AtomicU32,
    losses: AtomicU32,
    is_down: AtomicBool,
    is_silent: AtomicBool,
    /// Whether a COMMIT without a reply reaches the server only some time after the connection has ended.
    is_late: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
}

impl State {
    fn loses_this_reply(&self) -> bool {
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        let ordered = self
            .lost_replies
            .try_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        let loses =
            ordered || self.loses_every_other.load(Ordering::SeqCst) && number.is_multiple_of(2);
        self.losses.fetch_add(u32::from(loses), Ordering::SeqCst);
        loses
    }
}

impl Proxy {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<State>::default();
        let accepting = Arc::clone(&state);
        let server = server();
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.is_down.load(Ordering::SeqCst) {
                    continue;
                }
                let (client, state) = (client.unwrap(), Arc::clone(&accepting));
                let server = TcpStream::connect(&server).unwrap();
                let keep = |stream: &TcpStream| {
                    let kept = stream.try_clone().unwrap();
                    state.connections.lock().unwrap().push(kept);
                };
                keep(&client);
                keep(&server);
                thread::spawn(move || forward(client, server, &state));
            }
        });
        Self { port, state }
    }

    /// The database behind it.
    pub(super) fn url(&self) -> PostgresUrl {
        let url = ledgers::url().unwrap().to_string();
        url.replace(&server(), &format!("127.0.0.1:{}", self.port))
            .parse()
            .unwrap()
    }

    /// The replies to so many COMMITs to come are lost: the server has them, then the connection ends.
    pub(super) fn lose_replies(&self, number: u32) {
        self.state.lost_replies.store(number, Ordering::SeqCst);
    }

    /// The same, and the server has each COMMIT half a second after the client lost its connection.
    pub(super) fn lose_late_replies(&self, number: u32) {
        self.state.is_late.store(true, Ordering::SeqCst);
        self.lose_replies(number);
    }

    pub(super) fn lose_every_other_reply(&self) {
        self.state.loses_every_other.store(true, Ordering::SeqCst);
    }

    pub(super) fn losses(&self) -> u32 {
        self.state.losses.load(Ordering::SeqCst)
    }

    /// Cuts all connections, and refuses new ones until `is_down` is over.
    pub(super) fn set_down(&self, is_down: bool) {
        self.state.is_down.store(is_down, Ordering::SeqCst);
        for connection in self.state.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Delivers nothing any more, and cuts nothing.
    pub(super) fn silence(&self) {
        self.state.is_silent.store(true, Ordering::SeqCst);
    }
}

/// `host:port` of the test server.
fn server() -> String {
    let url = ledgers::url().unwrap().to_string();
    let (_, place) = url.split_once('@').unwrap();
    place.split_once('/').unwrap().0.to_owned()
}

fn forward(mut client: TcpStream, mut server: TcpStream, state: &Arc<State>) {
    let is_cut = Arc::new(AtomicBool::new(false));
    let (mut to_client, mut from_server) =
        (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (replies_cut, replies_state) = (Arc::clone(&is_cut), Arc::clone(state));
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from_server.read(&mut buffer) {
            if replies_state.is_silent.load(Ordering::SeqCst) {
                continue;
            }
            // The server has answered: what it answers is recorded.
            if replies_cut.load(Ordering::SeqCst) || to_client.write_all(&buffer[..length]).is_err()
            {
                break;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
        let _ = from_server.shutdown(Shutdown::Both);
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let sent = &buffer[..length];
        if sent.windows(7).any(|text| text == b"COMMIT\0") && state.loses_this_reply() {
            is_cut.store(true, Ordering::SeqCst);
            if state.is_late.load(Ordering::SeqCst) {
                let _ = client.shutdown(Shutdown::Both);
                super::postgres::pause(500);
            }
        }
        if server.write_all(sent).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}
