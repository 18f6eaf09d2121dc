//! Bodies that end or stop half-way.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, Response};
use http_body::{Body as HttpBody, Frame};
use tokio::time::{Sleep, sleep};

/// The largest body that is broken; a page has less.
const LARGEST: usize = 64 * 1024 * 1024;

/// So long the first half of a cut body has to leave: what the server still holds when a body fails, it
/// does not send.
const LEAVE: Duration = Duration::from_millis(5);

/// What comes behind the first half, after a while: the second one, or nothing.
struct Rest {
    time: Pin<Box<Sleep>>,
    second: Option<Bytes>,
}

/// A body of which the first half comes at once.
struct Broken {
    first: Option<Bytes>,
    rest: Option<Rest>,
}

/// The answer with a body that ends half-way, or stops there for so long.
pub(crate) async fn broken(answer: Response<Body>, stall: Option<Duration>) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    // Bodies of this service are made in memory, and can't fail.
    let whole = to_bytes(body, LARGEST).await.unwrap_or_default();
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.len() / 2;
    let rest = Rest {
        time: Box::pin(sleep(stall.unwrap_or(LEAVE))),
        second: stall.map(|_| whole.slice(half..)),
    };
    let body = Broken {
        first: Some(whole.slice(..half)),
        rest: Some(rest),
    };
    Response::from_parts(parts, Body::new(body))
}

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        ready!(rest.time.as_mut().poll(cx));
        let second = rest.second.take();
        self.rest = None;
        Poll::Ready(Some(match second {
            Some(second) => Ok(Frame::data(second)),
            // The server ends the connection: the body can't have the length that was announced.
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }))
    }
}
