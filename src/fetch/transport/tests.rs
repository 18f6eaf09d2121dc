//! Timeouts of an attempt: under a paused clock, and once over a real socket.

#![allow(
    clippy::disallowed_methods,
    reason = "a thread that sleeps is the point of the test over a socket"
)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use ::http::{HeaderMap, StatusCode};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, advance, sleep};

use super::body::Body;
use super::http::Http;
use super::message::Connection;
use super::settings::HttpSettings;
use super::*;

const PAGE_DEADLINE: Duration = Duration::from_secs(5 * 60);

/// Receives something after each of these times, and the complete response with the last.
#[derive(Clone, Debug)]
struct Receives(Vec<Duration>);

impl Receives {
    fn after(seconds: &[u64]) -> Self {
        Self(seconds.iter().copied().map(Duration::from_secs).collect())
    }
}

impl Transport for Receives {
    fn send<'a>(
        &'a self,
        _: Request<'a>,
        signs: &'a Signs,
    ) -> BoxFuture<'a, Result<Response, Failure>> {
        Box::pin(async move {
            for time in &self.0 {
                sleep(*time).await;
                signs.arrived();
            }
            Ok(Response {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: Body::default(),
            })
        })
    }
}

/// Makes one attempt with the default timeouts: 15 s of silence, 30 s in all.
async fn run(transport: &dyn Transport, deadline: &Deadline) -> Result<StatusCode, Cause> {
    run_within(transport, &Timeouts::default(), deadline, "http://unused/").await
}

async fn run_within(
    transport: &dyn Transport,
    timeouts: &Timeouts,
    deadline: &Deadline,
    url: &str,
) -> Result<StatusCode, Cause> {
    let request = Request::Get {
        url: url.parse().unwrap(),
        token: &"token".into(),
        connection: Connection::Pooled,
        likely_size: 0,
    };
    let response = attempt(transport, request, timeouts, deadline).await;
    match response {
        Ok(response) => Ok(response.status),
        Err(failure) => Err(failure.cause),
    }
}

/// Starts an attempt, then lets the clock jump by each of these times: the runtime stands still.
async fn run_with_stalls(
    transport: Receives,
    stalls: &[Duration],
    deadline: &Deadline,
) -> Result<StatusCode, Cause> {
    let deadline = deadline.clone();
    let attempt: JoinHandle<_> = tokio::spawn(async move { run(&transport, &deadline).await });
    for stall in stalls {
        yield_now().await;
        advance(*stall).await;
    }
    attempt.await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn silence_and_duration_are_limited_separately() {
    for (receives, result, seconds) in [
        (&[14][..], Ok(StatusCode::OK), 14),
        (&[16], Err(Cause::Timeout), 15),
        (&[14, 14], Ok(StatusCode::OK), 28),
        (&[10, 16], Err(Cause::Timeout), 25),
        (&[14, 14, 14], Err(Cause::Timeout), 30),
    ] {
        let start = Instant::now();
        let deadline = Deadline::new(PAGE_DEADLINE);
        let transport = Receives::after(receives);
        assert_eq!(run(&transport, &deadline).await, result, "{receives:?}");
        assert_eq!(start.elapsed().as_secs(), seconds, "{receives:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn row_70_the_longest_timeouts_never_overflow() {
    let timeouts = Timeouts {
        read: Duration::MAX,
        attempt: Duration::MAX,
        ..Timeouts::default()
    };
    let deadline = Deadline::new(Duration::MAX);
    let transport = Receives::after(&[3_600, 3_600]);
    let result = run_within(&transport, &timeouts.clamped(), &deadline, "http://unused/").await;
    assert_eq!(result, Ok(StatusCode::OK));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_at_the_deadline_of_the_page() {
    let deadline = Deadline::new(Duration::from_secs(7));
    let start = Instant::now();
    let result = run(&Receives::after(&[8]), &deadline).await;
    assert_eq!(result, Err(Cause::Timeout));
    assert_eq!(start.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_response_that_arrives_with_the_timeout_is_used() {
    for deadline in [Duration::from_secs(15), PAGE_DEADLINE] {
        let result = run(&Receives::after(&[15]), &Deadline::new(deadline)).await;
        assert_eq!(result, Ok(StatusCode::OK));
    }
}

#[tokio::test(start_paused = true)]
async fn row_64_a_stalled_runtime_rearms_the_timers_once_and_stops_the_deadline() {
    let deadline = Deadline::new(PAGE_DEADLINE);
    let minute = Duration::from_secs(60);
    let receives = Receives::after(&[61, 10]);
    let start = Instant::now();
    let result = run_with_stalls(receives, &[minute], &deadline).await;
    assert_eq!(result, Ok(StatusCode::OK));
    assert_eq!(start.elapsed().as_secs(), 71);
    // 15 s of silence were due, the rest is the stall.
    assert_eq!(deadline.time_left().as_secs(), 300 - 71 + 45);

    let result = run_with_stalls(Receives::after(&[125]), &[minute, minute], &deadline).await;
    assert_eq!(result, Err(Cause::Timeout), "a second stall");
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_is_late_by_a_second_or_less_is_a_timeout() {
    for (late_ms, result) in [(1_000, Err(Cause::Timeout)), (1_001, Ok(StatusCode::OK))] {
        let stall = Duration::from_millis(15_000 + late_ms);
        let deadline = Deadline::new(PAGE_DEADLINE);
        let transport = Receives::after(&[20]);
        assert_eq!(
            run_with_stalls(transport, &[stall], &deadline).await,
            result
        );
    }
}

/// The response arrives while the thread sleeps, between two calls of `block_on`.
#[test]
fn row_64_a_response_that_arrives_while_the_thread_sleeps_is_used() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let accepted = Arc::clone(&connections);
    let ((send_read, read), (respond, response)) = (mpsc::channel(), mpsc::channel());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            accepted.fetch_add(1, Ordering::Relaxed);
            assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
            send_read.send(()).unwrap();
            let response: String = response.recv().unwrap();
            socket.write_all(response.as_bytes()).unwrap();
        }
    });
    let timeouts = Timeouts {
        read: Duration::from_millis(100),
        attempt: Duration::from_millis(200),
        stall: Duration::from_millis(20),
        ..Timeouts::default()
    };
    let transport = Http::new(HttpSettings {
        timeouts,
        ..HttpSettings::default()
    })
    .unwrap();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    let deadline = runtime.block_on(async { Deadline::new(PAGE_DEADLINE) });
    let mut attempt = Box::pin(run_within(&transport, &timeouts, &deadline, &url));
    runtime.block_on(async {
        while read.try_recv().is_err() {
            assert!(futures::poll!(&mut attempt).is_pending());
            yield_now().await;
        }
    });
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
    respond.send(format!("{head}{{}}")).unwrap();
    thread::sleep(Duration::from_millis(400));
    assert_eq!(runtime.block_on(attempt), Ok(StatusCode::OK));
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

/// Accepts connections and says nothing, so that TLS is never set up. Returns its URL and how many there
/// were.
fn silent_server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let accepted = Arc::clone(&connections);
    thread::spawn(move || {
        let sockets = listener.incoming().map(|socket| {
            accepted.fetch_add(1, Ordering::Relaxed);
            socket.unwrap()
        });
        // Kept open.
        let _: Vec<_> = sockets.collect();
    });
    (url, connections)
}

#[test]
fn row_64_a_runtime_that_stands_still_while_connecting_connects_once_more() {
    // Without a stall here, one of the machine isn't taken for it.
    let (short, long) = (Duration::from_millis(100), Duration::from_secs(60));
    for (stall, stall_ms, expected) in [(long, 0, 1), (short, 400, 2)] {
        let timeouts = Timeouts {
            connect: short,
            stall,
            ..Timeouts::default()
        };
        let (url, connections) = silent_server();
        let settings = HttpSettings {
            timeouts,
            ..HttpSettings::default()
        };
        let transport = Http::new(settings).unwrap();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().unwrap();
        let deadline = runtime.block_on(async { Deadline::new(PAGE_DEADLINE) });
        let mut attempt = Box::pin(run_within(&transport, &timeouts, &deadline, &url));
        runtime.block_on(async {
            while connections.load(Ordering::Relaxed) == 0 {
                assert!(futures::poll!(&mut attempt).is_pending());
                yield_now().await;
            }
        });
        thread::sleep(Duration::from_millis(stall_ms));
        assert_eq!(runtime.block_on(attempt), Err(Cause::ConnectTimeout));
        assert_eq!(connections.load(Ordering::Relaxed), expected);
    }
}

/// Answers the requests on one connection, one response each. Returns its URL.
fn scripted_server(responses: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        for response in responses {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                socket.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            socket.write_all(response.as_bytes()).unwrap();
        }
    });
    url
}

#[tokio::test]
async fn a_page_is_read_into_the_buffer_of_an_earlier_one_or_into_one_of_the_likely_size() {
    let with_length = |length| {
        let body = "x".repeat(length);
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
    };
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
    let responses = vec![
        with_length(70_000),
        with_length(60_000),
        with_length(80_000),
        chunked.to_owned(),
    ];
    let url = scripted_server(responses);
    let transport = Http::new(HttpSettings::default()).unwrap();
    let (timeouts, deadline) = (Timeouts::default(), Deadline::new(PAGE_DEADLINE));
    let get = async |likely_size| {
        let request = Request::Get {
            url: url.parse().unwrap(),
            token: &"token".into(),
            connection: Connection::Pooled,
            likely_size,
        };
        let response = attempt(&transport, request, &timeouts, &deadline).await;
        response.map_err(|failure| failure.cause).unwrap().body
    };
    for (length, capacity) in [(70_000, 70_000), (60_000, 70_000), (80_000, 80_000)] {
        let body = get(0).await;
        assert_eq!((body.len(), body.capacity()), (length, capacity));
    }
    let body = get(90_000).await;
    assert_eq!((body.len(), body.capacity()), (1, 90_000));
}

#[tokio::test]
async fn the_buffer_of_a_token_is_not_used_again() {
    let token = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ntoken";
    let url = scripted_server(vec![token.to_owned()]);
    let transport = Http::new(HttpSettings::default()).unwrap();
    let (timeouts, deadline) = (Timeouts::default(), Deadline::new(PAGE_DEADLINE));
    let request = Request::Token {
        url: url.parse().unwrap(),
        client_id: "id",
        client_secret: &"secret".into(),
        connection: Connection::Pooled,
    };
    let response = attempt(&transport, request, &timeouts, &deadline).await;
    drop(response.map_err(|failure| failure.cause).unwrap());
    let query = Request::Query {
        url: url.parse().unwrap(),
        body: String::new(),
        token: &"token".into(),
        connection: Connection::Pooled,
    };
    assert_eq!(transport.body(&query).capacity(), 0);
}
