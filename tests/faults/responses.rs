//! Rows 5 to 19: responses that are truncated, stall, or violate HTTP.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use journey_events::{ClientBuilder, ErrorKind};

use crate::support::raw::{Step, ok, response};
use crate::support::walks::{assert_fails, assert_harmless, assert_recovers, assert_retried_once};

/// Long enough for a healthy response, and short enough to keep these tests fast.
const TIMEOUT: Duration = Duration::from_millis(250);

fn defaults(settings: ClientBuilder) -> ClientBuilder {
    settings
}

fn send(text: impl AsRef<[u8]>) -> Step {
    Step::Send(text.as_ref().to_vec())
}

fn gzip(page: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(page.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn gzip_response(body: &[u8]) -> Step {
    send(response("200 OK", "content-encoding: gzip\r\n", body))
}

fn brotli(page: &str) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    encoder.write_all(page.as_bytes()).unwrap();
    encoder.into_inner()
}

fn brotli_response(body: &[u8]) -> Step {
    send(response("200 OK", "content-encoding: br\r\n", body))
}

#[tokio::test]
async fn row_05_a_response_cut_inside_the_status_line_is_retried() {
    assert_recovers(defaults, |_| vec![send("HTTP/1.1 20"), Step::Close]).await;
}

#[tokio::test]
async fn row_06_a_response_cut_inside_the_headers_is_retried() {
    assert_recovers(defaults, |_| {
        vec![send("HTTP/1.1 200 OK\r\ncontent-le"), Step::Close]
    })
    .await;
}

#[tokio::test]
async fn row_07_a_body_shorter_than_its_content_length_is_retried() {
    assert_recovers(defaults, |page| vec![short_body(page), Step::Close]).await;
}

#[tokio::test]
async fn row_08_a_body_cut_short_by_a_reset_is_retried() {
    assert_recovers(defaults, |page| vec![short_body(page), Step::Reset]).await;
}

fn short_body(page: &str) -> Step {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    send(format!("{head}{}", &page[..10]))
}

#[tokio::test]
async fn row_09_a_chunked_body_cut_short_is_retried() {
    for end in [
        "",
        "5\r\n",
        "5\r\nab",
        "5\r\nabcde",
        "5\r\nabcde\r\n",
        "0\r\n",
    ] {
        assert_recovers(defaults, move |page| {
            let first = format!("a\r\n{}\r\n", &page[..10]);
            vec![chunked(&format!("{first}{end}")), Step::Close]
        })
        .await;
    }
}

#[tokio::test]
async fn row_10_a_malformed_chunk_size_is_retried_once() {
    assert_retried_once(ErrorKind::Transport, |_| {
        vec![chunked("zz\r\n{}\r\n0\r\n\r\n"), Step::Close]
    })
    .await;
}

fn chunked(chunks: &str) -> Step {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    send(format!("{head}{chunks}"))
}

#[tokio::test]
async fn row_11_a_body_without_a_length_that_ends_inside_the_json_is_retried() {
    for kept in [0, 1, 20, 60] {
        assert_recovers(defaults, move |page| {
            let head = "HTTP/1.1 200 OK\r\n\r\n";
            vec![send(format!("{head}{}", &page[..kept])), Step::Close]
        })
        .await;
    }
}

#[tokio::test]
async fn row_12_a_body_that_stalls_is_retried_after_the_read_timeout() {
    let settings = |settings: ClientBuilder| settings.read_timeout(TIMEOUT);
    assert_recovers(settings, |page| vec![short_body(page), Step::Silence]).await;
}

#[tokio::test]
async fn row_13_a_body_that_drips_is_retried_after_the_attempt_timeout() {
    let settings = |settings: ClientBuilder| settings.attempt_timeout(TIMEOUT);
    assert_recovers(settings, |_| {
        let mut steps = vec![send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")];
        for _ in 0..1_000 {
            steps.extend([send(" "), Step::Pause(TIMEOUT / 10)]);
        }
        steps
    })
    .await;
}

#[tokio::test]
async fn row_14_a_missing_response_is_retried_after_the_read_timeout() {
    let settings = |settings: ClientBuilder| settings.read_timeout(TIMEOUT);
    assert_recovers(settings, |_| vec![Step::Silence]).await;
}

#[tokio::test]
async fn row_15_a_response_that_is_not_http_is_retried_once() {
    assert_retried_once(ErrorKind::Transport, |_| {
        vec![send("220 mail.example ESMTP\r\n\r\n"), Step::Close]
    })
    .await;
    assert_retried_once(ErrorKind::Transport, |page| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\n";
        vec![send(format!("{head}{page}")), Step::Close]
    })
    .await;
}

#[tokio::test]
async fn row_16_oversized_headers_are_retried_once() {
    assert_retried_once(ErrorKind::Transport, |page| {
        let headers = "x-padding: y\r\n".repeat(200);
        vec![send(response("200 OK", &headers, page)), Step::Close]
    })
    .await;
    assert_retried_once(ErrorKind::Transport, |page| {
        let header = format!("x: {}\r\n", "y".repeat(1 << 20));
        vec![send(response("200 OK", &header, page)), Step::Close]
    })
    .await;
}

#[tokio::test]
async fn row_17_informational_responses_are_skipped() {
    assert_harmless(|page| {
        let hint = "HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n";
        vec![send(hint.repeat(50)), send(ok(page))]
    })
    .await;
}

#[tokio::test]
async fn row_18_corrupt_gzip_is_an_error() {
    let corruptions: [fn(&mut Vec<u8>); 4] = [
        // Magic number.
        |body| body[0] = 0xff,
        // Invalid block type.
        |body| body[10] = 0xff,
        // Checksum.
        |body| {
            let index = body.len() - 6;
            body[index] ^= 0xff;
        },
        |body| *body = b"<html>not compressed at all</html>".to_vec(),
    ];
    for corrupt in corruptions {
        let error = assert_fails(ErrorKind::UnexpectedResponse, 1, move |page| {
            let mut body = gzip(page);
            corrupt(&mut body);
            vec![gzip_response(&body)]
        })
        .await;
        assert!(error.to_string().contains("decompressed"), "{error}");
    }
}

#[tokio::test]
async fn row_18_corrupt_brotli_is_an_error() {
    let error = assert_fails(ErrorKind::UnexpectedResponse, 1, |_| {
        vec![brotli_response(b"<html>not compressed at all</html>")]
    })
    .await;
    assert!(error.to_string().contains("decompressed"), "{error}");
}

#[tokio::test]
async fn row_19_brotli_cut_short_is_retried() {
    for kept in [1, 5, 20, 60] {
        assert_recovers(defaults, move |page| {
            vec![brotli_response(&brotli(page)[..kept])]
        })
        .await;
    }
    assert_recovers(defaults, |page| {
        let body = brotli(page);
        vec![brotli_response(&body[..body.len() - 1])]
    })
    .await;
    assert_harmless(|page| vec![brotli_response(&brotli(page))]).await;
}

#[tokio::test]
async fn row_19_gzip_cut_short_is_retried() {
    // Inside the header, the data and the checksum.
    for kept in [5, 20, 60] {
        assert_recovers(defaults, move |page| {
            vec![gzip_response(&gzip(page)[..kept])]
        })
        .await;
    }
    assert_recovers(defaults, |page| {
        let body = gzip(page);
        vec![gzip_response(&body[..body.len() - 3])]
    })
    .await;
    assert_harmless(|page| vec![gzip_response(&gzip(page))]).await;
}
