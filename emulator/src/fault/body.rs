//! Response bodies that end or pause halfway, or never begin.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, Response};
use futures::stream::{self, StreamExt as _};
use tokio::time::sleep;

use super::kind::Kind;

/// Time for the first half of a cut body to be sent: when a body fails, the server drops what it
/// has buffered.
const FLUSH: Duration = Duration::from_millis(5);

/// Applies a fault of the connection; of any other kind, the response stays as it is.
pub(crate) async fn break_body(response: Response<Body>, kind: Kind) -> Response<Body> {
    let (pause, rest) = match kind {
        Kind::Cut => (FLUSH, Rest::Lost),
        Kind::Stall(pause) => (pause, Rest::Sent),
        Kind::Drop => return dropped(response),
        _ => return response,
    };
    let (mut parts, body) = response.into_parts();
    // All bodies here are in memory, so reading one can't fail.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let length = HeaderValue::from(whole.len());
    parts.headers.insert(CONTENT_LENGTH, length);
    let half = whole.len() / 2;
    let first = stream::iter([Ok(whole.slice(..half))]);
    let second = stream::once(async move {
        sleep(pause).await;
        match rest {
            Rest::Sent => Ok(whole.slice(half..)),
            Rest::Lost => Err(closed()),
        }
    });
    Response::from_parts(parts, Body::from_stream(first.chain(second)))
}

/// What happens to the second half.
#[derive(Debug, Clone, Copy)]
enum Rest {
    Sent,
    Lost,
}

/// A body that fails before the server has sent the headers.
fn dropped(response: Response<Body>) -> Response<Body> {
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(1));
    let failed = stream::iter([Err::<Bytes, _>(closed())]);
    Response::from_parts(parts, Body::from_stream(failed))
}

/// Makes the server close the connection, short of the announced length.
fn closed() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_of_any_length_can_be_broken() {
        let whole = vec![b'x'; 65 * 1024 * 1024];
        let response =
            break_body(Response::new(Body::from(whole.clone())), Kind::Stall(FLUSH)).await;
        assert_eq!(response.headers()[CONTENT_LENGTH], whole.len().to_string());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(body, whole);
    }
}
