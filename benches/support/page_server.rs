//! Serves a session's pages, rendered in advance, from a separate process, so that only the client is
//! measured.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use journey_events_emulator::Emulator;
use tokio::runtime::Runtime;

/// First argument of the server process.
const ROLE: &str = "page-server";
/// Number of distinct events; larger sessions repeat them.
const DISTINCT: u64 = 20_000;

/// The session served for every id. All pages are full: `events` is a multiple of `page`.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    pub(crate) events: u64,
    pub(crate) page: u64,
    pub(crate) latency: Duration,
    pub(crate) encoding: Encoding,
}

/// Compression of bodies, at the levels that servers use for dynamic content.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Brotli,
}

impl Encoding {
    pub(crate) const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Brotli];

    /// The value of `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    fn encode(self, body: &[u8]) -> Vec<u8> {
        match self {
            Self::Identity => body.to_vec(),
            Self::Gzip => {
                let level = flate2::Compression::default();
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(body).unwrap();
                encoder.finish().unwrap()
            }
            Self::Brotli => {
                let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
                encoder.write_all(body).unwrap();
                encoder.into_inner()
            }
        }
    }
}

impl Session {
    /// Pages of 200 events, sent without delay.
    pub(crate) fn with_events(events: u64) -> Self {
        Self {
            events,
            page: 200,
            latency: Duration::ZERO,
            encoding: Encoding::Identity,
        }
    }

    /// Pages of 200 events, each sent after `latency`.
    pub(crate) fn with_latency(events: u64, latency: Duration) -> Self {
        Self {
            latency,
            ..Self::with_events(events)
        }
    }
}

/// The server process, killed on drop.
pub(crate) struct PageServer {
    process: Child,
    pub(crate) base_url: String,
}

impl PageServer {
    /// Starts this program as the server. Its `main` must begin with [`serve_if_requested`].
    pub(crate) fn start(session: Session) -> Self {
        let latency = session.latency.as_millis();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg(ROLE)
            .args([session.events, session.page].map(|number| number.to_string()))
            .args([&latency.to_string(), session.encoding.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let base_url = lines.next().unwrap().unwrap();
        Self { process, base_url }
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// If this process was started as the server, serves until the process that started it exits.
pub(crate) fn serve_if_requested() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(ROLE) {
        return;
    }
    let mut number = || arguments.next().unwrap().parse().unwrap();
    let (events, page) = (number(), number());
    let latency = Duration::from_millis(number());
    let encoding = arguments.next().unwrap();
    let matches = |candidate: &Encoding| candidate.name() == encoding;
    let session = Session {
        events,
        page,
        latency,
        encoding: Encoding::ALL.into_iter().find(matches).unwrap(),
    };
    let pages = Arc::new(Pages {
        session,
        encoded: Mutex::default(),
        prefixes: Runtime::new().unwrap().block_on(render(session)),
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let pages = Arc::clone(&pages);
            std::thread::spawn(move || pages.serve(&stream.unwrap()));
        }
    });
    // stdin closes when the parent process exits.
    let _ = std::io::stdin().read(&mut [0]);
    std::process::exit(0);
}

/// Renders the emulator's pages up to the end of their `entities`.
async fn render(session: Session) -> Vec<Vec<u8>> {
    let events = session.events.min(DISTINCT);
    let emulator = Emulator::builder().events(events).start().await.unwrap();
    let id = emulator.sessions()[0].id();
    let client = reqwest::Client::new();
    let mut pages = Vec::new();
    let page = session.page;
    let mut next = Some(format!(
        "/api/v2/journey/sessions/{id}/events?pageSize={page}"
    ));
    while let Some(uri) = next {
        let request = client.get(format!("{}{uri}", emulator.base_url()));
        let response = request.bearer_auth("any").send().await.unwrap();
        let mut body = Vec::from(response.bytes().await.unwrap());
        next = super::baselines::next_uri(&body).map(str::to_owned);
        let end = body.iter().rposition(|byte| *byte == b']').unwrap();
        body.truncate(end + 1);
        pages.push(body);
    }
    pages
}

struct Pages {
    session: Session,
    /// Compressed bodies by page number.
    encoded: Mutex<HashMap<u64, Arc<Vec<u8>>>>,
    prefixes: Vec<Vec<u8>>,
}

impl Pages {
    #[expect(clippy::disallowed_methods, reason = "the latency is real time")]
    fn serve(&self, stream: &TcpStream) {
        stream.set_nodelay(true).unwrap();
        let mut requests = BufReader::new(stream).lines();
        while let Some(Ok(line)) = requests.next() {
            let uri = line.split(' ').nth(1).unwrap();
            let (path, query) = uri.split_once('?').unwrap();
            let mut parameters = query.split('&');
            let after = parameters.find_map(|pair| pair.strip_prefix("after="));
            let number = after.map_or(0, |cursor| cursor.parse().unwrap());
            let headers = requests.by_ref().map_while(Result::ok);
            // The header section ends with an empty line.
            let _ = headers.take_while(|line| !line.is_empty()).count();
            std::thread::sleep(self.session.latency);
            if self.write(stream, path, number).is_err() {
                return;
            }
        }
    }

    fn write(&self, mut wire: &TcpStream, path: &str, number: u64) -> std::io::Result<()> {
        let next = number + 1;
        let link = if next * self.session.page < self.session.events {
            format!(r#","nextUri":"{path}?pageSize=200&after={next}"}}"#)
        } else {
            format!(r#","selfUri":"{path}"}}"#)
        };
        let index = usize::try_from(number).unwrap() % self.prefixes.len();
        let prefix = &self.prefixes[index];
        let encoding = self.session.encoding;
        if encoding == Encoding::Identity {
            let length = prefix.len() + link.len();
            return wire
                .write_all(&[&head(encoding, length), &prefix[..], link.as_bytes()].concat());
        }
        let mut encoded = self.encoded.lock().unwrap();
        let encode = || Arc::new(encoding.encode(&[prefix, link.as_bytes()].concat()));
        let body = Arc::clone(encoded.entry(number).or_insert_with(encode));
        drop(encoded);
        wire.write_all(&[&head(encoding, body.len())[..], &body].concat())
    }
}

fn head(encoding: Encoding, length: usize) -> Vec<u8> {
    let encoding = encoding.name();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: {encoding}\r\n\
         content-length: {length}\r\n\r\n"
    );
    head.into_bytes()
}
