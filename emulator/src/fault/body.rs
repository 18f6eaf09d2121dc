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

/// So long the first half of a cut body has to leave: what the server still holds when a body fails, it
/// does not send.
const LEAVE: Duration = Duration::from_millis(5);

/// A body of which the first half comes at once, and what is behind it after a while.
struct Broken {
    first: Option<Bytes>,
    /// From the first half to what comes behind it.
    time: Duration,
    /// Runs from when the first half was given out until that time has passed.
    timer: Option<Pin<Box<Sleep>>>,
    /// Nothing, if the body ends half-way.
    second: Option<Bytes>,
}

/// The answer with a body that ends half-way, or stops there for so long.
pub(crate) async fn broken(answer: Response<Body>, stall: Option<Duration>) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    // Bodies of this service are made in memory, and can't fail.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.len() / 2;
    let body = Broken {
        first: Some(whole.slice(..half)),
        time: stall.unwrap_or(LEAVE),
        timer: None,
        second: stall.map(|_| whole.slice(half..)),
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
            self.timer = Some(Box::pin(sleep(self.time)));
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some(timer) = &mut self.timer else {
            return Poll::Ready(None);
        };
        ready!(timer.as_mut().poll(cx));
        self.timer = None;
        Poll::Ready(Some(match self.second.take() {
            Some(second) => Ok(Frame::data(second)),
            // The server ends the connection: the body can't have the length that was announced.
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_of_any_length_is_broken() {
        let whole = vec![b'x'; 65 * 1024 * 1024];
        let answer = broken(Response::new(Body::from(whole.clone())), Some(LEAVE)).await;
        assert_eq!(answer.headers()[CONTENT_LENGTH], whole.len().to_string());
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        assert_eq!(body, whole);
    }
}
