//! Rows 5 to 19: answers that break off, stall, or are not what HTTP allows.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use journey_events::{ClientBuilder, ErrorKind};

use crate::support::raw::{Step, answer, ok};
use crate::support::walks::{fails, is_cured, is_harmless, is_tried_once_more};

/// Long for an answer that comes, and short for one that does not.
const PATIENCE: Duration = Duration::from_millis(250);

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

fn gzip_answer(body: &[u8]) -> Step {
    send(answer("200 OK", "content-encoding: gzip\r\n", body))
}

fn brotli(page: &str) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    encoder.write_all(page.as_bytes()).unwrap();
    encoder.into_inner()
}

fn brotli_answer(body: &[u8]) -> Step {
    send(answer("200 OK", "content-encoding: br\r\n", body))
}

#[tokio::test]
async fn row_05_an_answer_cut_inside_the_status_line_is_retried() {
    is_cured(defaults, |_| vec![send("HTTP/1.1 20"), Step::Close]).await;
}

#[tokio::test]
async fn row_06_an_answer_cut_inside_the_headers_is_retried() {
    is_cured(defaults, |_| {
        vec![send("HTTP/1.1 200 OK\r\ncontent-le"), Step::Close]
    })
    .await;
}

#[tokio::test]
async fn row_07_a_body_shorter_than_its_content_length_is_retried() {
    is_cured(defaults, |page| vec![short_body(page), Step::Close]).await;
}

#[tokio::test]
async fn row_08_a_body_that_a_reset_cuts_short_is_retried() {
    is_cured(defaults, |page| vec![short_body(page), Step::Reset]).await;
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
        is_cured(defaults, move |page| {
            let first = format!("a\r\n{}\r\n", &page[..10]);
            vec![chunked(&format!("{first}{end}")), Step::Close]
        })
        .await;
    }
}

#[tokio::test]
async fn row_10_a_malformed_chunk_size_is_tried_once_more() {
    is_tried_once_more(ErrorKind::Transport, |_| {
        vec![chunked("zz\r\n{}\r\n0\r\n\r\n"), Step::Close]
    })
    .await;
}

fn chunked(chunks: &str) -> Step {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    send(format!("{head}{chunks}"))
}

#[tokio::test]
async fn row_11_a_body_without_length_that_ends_inside_the_json_is_retried() {
    for kept in [0, 1, 20, 60] {
        is_cured(defaults, move |page| {
            let head = "HTTP/1.1 200 OK\r\n\r\n";
            vec![send(format!("{head}{}", &page[..kept])), Step::Close]
        })
        .await;
    }
}

#[tokio::test]
async fn row_12_a_body_that_stalls_is_retried_after_the_read_timeout() {
    let settings = |settings: ClientBuilder| settings.read_timeout(PATIENCE);
    is_cured(settings, |page| vec![short_body(page), Step::Silence]).await;
}

#[tokio::test]
async fn row_13_a_body_that_drips_is_retried_after_the_attempt_timeout() {
    let settings = |settings: ClientBuilder| settings.attempt_timeout(PATIENCE);
    is_cured(settings, |_| {
        let mut steps = vec![send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")];
        for _ in 0..1_000 {
            steps.extend([send(" "), Step::Pause(PATIENCE / 10)]);
        }
        steps
    })
    .await;
}

#[tokio::test]
async fn row_14_no_answer_at_all_is_retried() {
    let settings = |settings: ClientBuilder| settings.read_timeout(PATIENCE);
    is_cured(settings, |_| vec![Step::Silence]).await;
}

#[tokio::test]
async fn row_15_an_answer_that_is_not_http_is_tried_once_more() {
    is_tried_once_more(ErrorKind::Transport, |_| {
        vec![send("220 mail.example ESMTP\r\n\r\n"), Step::Close]
    })
    .await;
    is_tried_once_more(ErrorKind::Transport, |page| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\n";
        vec![send(format!("{head}{page}")), Step::Close]
    })
    .await;
}

#[tokio::test]
async fn row_16_headers_beyond_bounds_are_tried_once_more() {
    is_tried_once_more(ErrorKind::Transport, |page| {
        let headers = "x-padding: y\r\n".repeat(200);
        vec![send(answer("200 OK", &headers, page)), Step::Close]
    })
    .await;
    is_tried_once_more(ErrorKind::Transport, |page| {
        let header = format!("x: {}\r\n", "y".repeat(1 << 20));
        vec![send(answer("200 OK", &header, page)), Step::Close]
    })
    .await;
}

#[tokio::test]
async fn row_17_informational_answers_are_passed_over() {
    is_harmless(|page| {
        let hint = "HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n";
        vec![send(hint.repeat(50)), send(ok(page))]
    })
    .await;
}

#[tokio::test]
async fn row_18_corrupt_gzip_is_an_error() {
    let damages: [fn(&mut Vec<u8>); 4] = [
        // The mark that it is gzip.
        |body| body[0] = 0xff,
        // A kind of block that there is not.
        |body| body[10] = 0xff,
        // Its checksum.
        |body| {
            let place = body.len() - 6;
            body[place] ^= 0xff;
        },
        |body| *body = b"<html>not compressed at all</html>".to_vec(),
    ];
    for damage in damages {
        let error = fails(ErrorKind::UnexpectedAnswer, 1, move |page| {
            let mut body = gzip(page);
            damage(&mut body);
            vec![gzip_answer(&body)]
        })
        .await;
        assert!(error.to_string().contains("compression"), "{error}");
    }
}

#[tokio::test]
async fn row_18_corrupt_brotli_is_an_error() {
    let error = fails(ErrorKind::UnexpectedAnswer, 1, |_| {
        vec![brotli_answer(b"<html>not compressed at all</html>")]
    })
    .await;
    assert!(error.to_string().contains("compression"), "{error}");
}

#[tokio::test]
async fn row_19_brotli_cut_short_is_retried() {
    for kept in [1, 5, 20, 60] {
        is_cured(defaults, move |page| {
            vec![brotli_answer(&brotli(page)[..kept])]
        })
        .await;
    }
    is_cured(defaults, |page| {
        let body = brotli(page);
        vec![brotli_answer(&body[..body.len() - 1])]
    })
    .await;
    is_harmless(|page| vec![brotli_answer(&brotli(page))]).await;
}

#[tokio::test]
async fn row_19_gzip_cut_short_is_retried() {
    // Inside the header, the data and the checksum.
    for kept in [5, 20, 60] {
        is_cured(defaults, move |page| vec![gzip_answer(&gzip(page)[..kept])]).await;
    }
    is_cured(defaults, |page| {
        let body = gzip(page);
        vec![gzip_answer(&body[..body.len() - 3])]
    })
    .await;
    is_harmless(|page| vec![gzip_answer(&gzip(page))]).await;
}
