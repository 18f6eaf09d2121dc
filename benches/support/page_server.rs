//! A session's pages, rendered before the first request, from a process of their own: what is measured
//! is the client.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use journey_events::reqwest;
use journey_events_emulator::Emulator;
use tokio::runtime::Runtime;

/// The first argument of a process that is to be the server.
const ROLE: &str = "page-server";

/// The server, as long as this lives.
pub(crate) struct PageServer {
    process: Child,
    pub(crate) base_url: String,
    pub(crate) session: String,
}

impl PageServer {
    /// Starts this program anew as the server of one session. Its `main` has to begin with
    /// [`serve_if_told`].
    pub(crate) fn start(events: u64) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([ROLE, &events.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let (base_url, session) = (line(), line());
        Self {
            process,
            base_url,
            session,
        }
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves until the process that started this one is gone, if this one was started to serve.
pub(crate) fn serve_if_told() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(ROLE) {
        return;
    }
    let events = arguments.next().unwrap().parse().unwrap();
    let (session, pages) = Runtime::new().unwrap().block_on(render(events));
    let pages = Arc::new(pages);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}\n{session}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let pages = Arc::clone(&pages);
            std::thread::spawn(move || answer(&stream.unwrap(), &pages));
        }
    });
    // It ends when the other process does.
    let _ = std::io::stdin().read(&mut [0]);
    std::process::exit(0);
}

/// Whole answers by their cursor; that of the first page is empty.
type Pages = HashMap<String, Vec<u8>>;

async fn render(events: u64) -> (String, Pages) {
    let emulator = Emulator::builder().events(events).start().await.unwrap();
    let session = emulator.sessions()[0].id().to_owned();
    let client = reqwest::Client::new();
    let mut pages = HashMap::new();
    let mut next = Some(format!(
        "/api/v2/journey/sessions/{session}/events?pageSize=200"
    ));
    while let Some(uri) = next {
        let request = client.get(format!("{}{uri}", emulator.base_url()));
        let answer = request.bearer_auth("any").send().await.unwrap();
        let body = answer.bytes().await.unwrap();
        next = super::rivals::next_uri(&body).map(str::to_owned);
        let length = body.len();
        let mut page = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
        .into_bytes();
        page.extend_from_slice(&body);
        pages.insert(cursor(&uri).to_owned(), page);
    }
    (session, pages)
}

fn cursor(uri: &str) -> &str {
    let query = uri.split_once('?').unwrap().1;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after="))
        .unwrap_or_default()
}

fn answer(stream: &TcpStream, pages: &Pages) {
    stream.set_nodelay(true).unwrap();
    let mut requests = BufReader::new(stream).lines();
    while let Some(Ok(line)) = requests.next() {
        let uri = line.split(' ').nth(1).unwrap().to_owned();
        let headers = requests.by_ref().map_while(Result::ok);
        // The head ends with an empty line.
        let _ = headers.take_while(|line| !line.is_empty()).count();
        let mut wire = stream;
        if wire.write_all(&pages[cursor(&uri)]).is_err() {
            return;
        }
    }
}
