//! Row 20 and attack 8: however much a server sends, only so much of it is held.

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
use journey_events::{Client, Error, ErrorKind, RateLimit, RetryPolicy};
use peak_alloc::PeakAlloc;
use support::raw::{Play, RawServer, Step};
use tokio::sync::Mutex;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The heap is the process's, so what is measured runs alone.
static ALONE: Mutex<()> = Mutex::const_new(());

const MIB: usize = 1 << 20;
/// The largest page read, after decompression.
const CAP: usize = 32 * MIB;

/// Walks a session whose only answer is made of these steps; the error, the most memory that was held
/// beyond what was there before, and the bytes that the server could send.
async fn walk(steps: Vec<Step>) -> (Error, usize, u64) {
    let steps = Arc::new(steps);
    let server = RawServer::start(move |_| Play::Fault(steps.to_vec())).await;
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
    assert_eq!(server.seen().faults, 1);
    (error, held, server.seen().sent)
}

fn head(status: &str, headers: &str) -> Step {
    Step::Send(format!("HTTP/1.1 {status}\r\n{headers}\r\n").into_bytes())
}

/// Gzip of `mib` MiB of spaces in a JSON object, in a few hundred bytes a MiB: every MiB is compressed
/// to the same bytes, since each ends on a byte's border and looks back to nothing in front of it.
fn bomb(mib: usize) -> Vec<u8> {
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

/// The same as Brotli, in a few bytes a MiB: from the second on, every MiB is a copy of what is in front
/// of it.
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
async fn row_20_a_brotli_bomb_is_too_large_and_held_no_further_than_the_cap() {
    let _alone = ALONE.lock().await;
    let bomb = brotli_bomb(512);
    assert!(bomb.len() < MIB, "{} bytes on the wire", bomb.len());
    let headers = format!("content-encoding: br\r\ncontent-length: {}\r\n", bomb.len());
    let (error, held, _) = walk(vec![head("200 OK", &headers), Step::Send(bomb)]).await;
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
    assert!(held < CAP + 16 * MIB, "{held} bytes held");
    assert!(held > CAP / 2, "the bomb went off: {held} bytes held");
}

#[tokio::test]
async fn row_20_a_gzip_bomb_is_too_large_and_held_no_further_than_the_cap() {
    let _alone = ALONE.lock().await;
    let bomb = bomb(512);
    assert!(bomb.len() < MIB, "{} bytes on the wire", bomb.len());
    let headers = format!(
        "content-encoding: gzip\r\ncontent-length: {}\r\n",
        bomb.len()
    );
    let (error, held, _) = walk(vec![head("200 OK", &headers), Step::Send(bomb)]).await;
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
    assert!(held < CAP + 16 * MIB, "{held} bytes held");
    assert!(held > CAP / 2, "the bomb went off: {held} bytes held");
}

#[tokio::test]
async fn attack_08_a_page_without_end_is_too_large_and_read_no_further_than_the_cap() {
    let _alone = ALONE.lock().await;
    for first in ["{", r#"{"entities":["#] {
        let flood = vec![
            head("200 OK", ""),
            Step::Send(first.into()),
            Step::Flood(vec![b' '; MIB]),
        ];
        let (error, held, sent) = walk(flood).await;
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
        assert!(held < CAP + 16 * MIB, "{held} bytes held");
        let in_sockets = 16 * MIB as u64;
        assert!(sent < CAP as u64 + in_sockets, "{sent} bytes sent");
    }
}

#[tokio::test]
async fn attack_08_a_refusal_without_end_is_read_no_further_than_64_kib() {
    let _alone = ALONE.lock().await;
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
        Step::Send(bomb(512)),
        Step::Close,
    ];
    let (error, held, _) = walk(steps).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(held < 4 * MIB, "{held} bytes held");
}

#[tokio::test]
async fn attack_08_a_page_of_tiny_events_is_too_large() {
    let _alone = ALONE.lock().await;
    for event in [r#"{"eventType":""},"#, "0,"] {
        let count = (CAP - 20) / event.len();
        let page = format!(r#"{{"entities":[{}0]}}"#, event.repeat(count));
        let steps = vec![
            head("200 OK", "connection: close\r\n"),
            Step::Send(page.into()),
            Step::Close,
        ];
        let (error, held, _) = walk(steps).await;
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
        // The page is sent from this process, too.
        assert!(held < 2 * CAP + 16 * MIB, "{held} bytes held");
    }
}
