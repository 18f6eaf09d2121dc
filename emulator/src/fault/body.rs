//! Response bodies that end or pause halfway.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, Response};
use http_body::{Body as HttpBody, Frame};
use tokio::time::{Sleep, sleep};

/// Time for the first half of a cut body to be sent: when a body fails, the server drops what it
/// has buffered.
const FLUSH: Duration = Duration::from_millis(5);

/// A body whose first half is sent at once, and the rest after a pause.
struct Broken {
    first: Option<Bytes>,
    pause: Duration,
    /// Runs from when the first half was yielded.
    timer: Option<Pin<Box<Sleep>>>,
    /// `None` if the body ends halfway.
    second: Option<Bytes>,
}

/// Makes a response's body pause halfway, or end there if `stall` is `None`.
pub(crate) async fn break_body(
    response: Response<Body>,
    stall: Option<Duration>,
) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    // All bodies here are in memory, so reading one can't fail.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.len() / 2;
    let body = Broken {
        first: Some(whole.slice(..half)),
        pause: stall.unwrap_or(FLUSH),
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
            self.timer = Some(Box::pin(sleep(self.pause)));
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some(timer) = &mut self.timer else {
            return Poll::Ready(None);
        };
        ready!(timer.as_mut().poll(cx));
        self.timer = None;
        Poll::Ready(Some(match self.second.take() {
            Some(second) => Ok(Frame::data(second)),
            // Makes the server close the connection, short of the announced length.
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_of_any_length_can_be_broken() {
        let whole = vec![b'x'; 65 * 1024 * 1024];
        let response = break_body(Response::new(Body::from(whole.clone())), Some(FLUSH)).await;
        assert_eq!(response.headers()[CONTENT_LENGTH], whole.len().to_string());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(body, whole);
    }
}
