//! Row 20 and attack 8: memory stays bounded however much a server sends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/mod.rs"]
mod support;

use std::io::Write;
use std::sync::Arc;

use flate2::write::DeflateEncoder;
use flate2::{Compression, FlushCompress};
use futures::TryStreamExt;
use journey_events::{Client, Error, ErrorKind, Event, RateLimit, RetryPolicy};
use peak_alloc::PeakAlloc;
use support::raw::{RawServer, Reply, Step};
use tokio::sync::Mutex;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The heap is measured per process, so these tests run one at a time.
static EXCLUSIVE: Mutex<()> = Mutex::const_new(());

const MIB: usize = 1 << 20;
/// Largest page that the client reads, after decompression.
const MAX_PAGE: usize = 32 * MIB;

/// Walks a session whose only response consists of these steps. Returns the error, the peak memory above
/// the level before the walk, and the bytes that the client accepted.
async fn walk(steps: Vec<Step>) -> (Error, usize, u64) {
    let steps = Arc::new(steps);
    let server = RawServer::start(move |_| Reply::Fault(steps.to_vec())).await;
    let client = Client::builder()
        .base_url(&server.base_url)
        .access_token("t")
        .rate_limit(RateLimit::unlimited())
        .retry_policy(RetryPolicy::never())
        .build()
        .unwrap();
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let events = client.session_events("s").stream();
    let error = events.try_collect::<Vec<_>>().await.unwrap_err();
    let held = HEAP.peak_usage() - before;
    assert_eq!(server.observed().faults, 1);
    (error, held, server.observed().bytes_sent)
}

fn head(status: &str, headers: &str) -> Step {
    Step::Send(format!("HTTP/1.1 {status}\r\n{headers}\r\n").into_bytes())
}

/// Gzip of `mib` MiB of spaces in a JSON object, in a few hundred bytes per MiB. A full flush aligns each
/// MiB to a byte and resets the dictionary, so all of them compress to the same bytes.
fn gzip_bomb(mib: usize) -> Vec<u8> {
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut start = DeflateEncoder::new(Vec::new(), Compression::best());
    start.write_all(b"{").unwrap();
    start.flush().unwrap();
    gzip.extend(start.get_ref());
    let mut block = Vec::with_capacity(MIB);
    let mut deflate = flate2::Compress::new(Compression::best(), false);
    deflate
        .compress_vec(&vec![b' '; MIB], &mut block, FlushCompress::Full)
        .unwrap();
    assert_eq!(deflate.total_in(), MIB as u64);
    gzip.extend(block.repeat(mib));
    gzip
}

/// The same in Brotli, in a few bytes per MiB: from the second on, every MiB is a copy of the one before
/// it.
fn brotli_bomb(mib: usize) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), MIB, 5, 22);
    let mut ends = Vec::new();
    encoder.write_all(b"{").unwrap();
    for _ in 0..3 {
        encoder.write_all(&vec![b' '; MIB]).unwrap();
        encoder.flush().unwrap();
        ends.push(encoder.get_ref().len());
    }
    let brotli = encoder.into_inner();
    let (second, third) = (&brotli[ends[0]..ends[1]], &brotli[ends[1]..ends[2]]);
    assert_eq!(second, third);
    [&brotli[..ends[0]], &second.repeat(mib)].concat()
}

#[tokio::test]
async fn row_20_a_brotli_bomb_is_too_large_and_buffered_only_up_to_the_cap() {
    let _guard = EXCLUSIVE.lock().await;
    let bomb = brotli_bomb(512);
    assert!(bomb.len() < MIB, "{} bytes on the wire", bomb.len());
    let headers = format!("content-encoding: br\r\ncontent-length: {}\r\n", bomb.len());
    let (error, held, _) = walk(vec![head("200 OK", &headers), Step::Send(bomb)]).await;
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
    assert!(held < MAX_PAGE + 16 * MIB, "{held} bytes held");
    assert!(
        held > MAX_PAGE / 2,
        "the body was decompressed: {held} bytes held"
    );
}

#[tokio::test]
async fn row_20_a_gzip_bomb_is_too_large_and_buffered_only_up_to_the_cap() {
    let _guard = EXCLUSIVE.lock().await;
    let bomb = gzip_bomb(512);
    assert!(bomb.len() < MIB, "{} bytes on the wire", bomb.len());
    let headers = format!(
        "content-encoding: gzip\r\ncontent-length: {}\r\n",
        bomb.len()
    );
    let (error, held, _) = walk(vec![head("200 OK", &headers), Step::Send(bomb)]).await;
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
    assert!(held < MAX_PAGE + 16 * MIB, "{held} bytes held");
    assert!(
        held > MAX_PAGE / 2,
        "the body was decompressed: {held} bytes held"
    );
}

#[tokio::test]
async fn attack_08_an_endless_page_is_too_large_and_read_only_up_to_the_cap() {
    let _guard = EXCLUSIVE.lock().await;
    for first in ["{", r#"{"entities":["#] {
        let flood = vec![
            head("200 OK", ""),
            Step::Send(first.into()),
            Step::Flood(vec![b' '; MIB]),
        ];
        let (error, held, sent) = walk(flood).await;
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
        assert!(held < MAX_PAGE + 16 * MIB, "{held} bytes held");
        let socket_buffers = 16 * MIB as u64;
        assert!(sent < MAX_PAGE as u64 + socket_buffers, "{sent} bytes sent");
    }
}

#[tokio::test]
async fn attack_08_an_endless_error_response_is_read_only_up_to_64_kib() {
    let _guard = EXCLUSIVE.lock().await;
    for status in ["403 Forbidden", "503 Service Unavailable", "302 Found"] {
        let flood = vec![head(status, ""), Step::Flood(vec![b'x'; MIB])];
        let (error, held, sent) = walk(flood).await;
        assert_eq!(error.status().unwrap().to_string(), status[..3]);
        assert!(held < 4 * MIB, "{held} bytes held");
        assert!(sent < 16 * MIB as u64, "{sent} bytes sent");
    }
    let headers = "content-encoding: gzip\r\nconnection: close\r\n";
    let steps = vec![
        head("404 Not Found", headers),
        Step::Send(gzip_bomb(512)),
        Step::Close,
    ];
    let (error, held, _) = walk(steps).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(held < 4 * MIB, "{held} bytes held");
}

#[tokio::test]
async fn attack_08_a_page_of_tiny_events_is_too_large() {
    let _guard = EXCLUSIVE.lock().await;
    for event in [r#"{"eventType":""},"#, "0,"] {
        let count = (MAX_PAGE - 20) / event.len();
        let page = format!(r#"{{"entities":[{}0]}}"#, event.repeat(count));
        let steps = vec![
            head("200 OK", "connection: close\r\n"),
            Step::Send(page.into()),
            Step::Close,
        ];
        let (error, held, _) = walk(steps).await;
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
        // The server, with its copy of the page, runs in this process too.
        assert!(held < 2 * MAX_PAGE + 16 * MIB, "{held} bytes held");
    }
}

#[tokio::test]
async fn an_event_keeps_its_text_and_little_else() {
    const COUNT: usize = 200;
    let _guard = EXCLUSIVE.lock().await;
    let title = "x".repeat(2000);
    let event = format!(
        r#"{{"id":"e","eventType":"com.genesys.journey.WebEvent","createdDate":"2026-03-01T09:15:30Z","customerId":"caf\u00e9","webEvent":{{"page":{{"title":"{title}"}}}}}}"#
    );
    let page = format!(r#"{{"entities":[{}]}}"#, vec![&*event; COUNT].join(","));
    let steps = vec![
        head("200 OK", "connection: close\r\n"),
        Step::Send(page.into()),
        Step::Close,
    ];
    let server = RawServer::start(move |_| Reply::Fault(steps.clone())).await;
    let client = Client::builder()
        .base_url(&server.base_url)
        .access_token("t")
        .rate_limit(RateLimit::unlimited())
        .build()
        .unwrap();
    let events: Vec<_> = client
        .session_events("s")
        .stream()
        .try_collect()
        .await
        .unwrap();
    drop((client, server));
    assert_eq!(events.len(), COUNT);
    let mut few = events;
    let all = HEAP.current_usage();
    few.truncate(COUNT / 2);
    let held = (all - HEAP.current_usage()) / (COUNT / 2);
    // The text of one field is decoded, `café`.
    assert_eq!(held, event.len() + 5);
    assert!(size_of::<Event>() <= 112, "{}", size_of::<Event>());
}
