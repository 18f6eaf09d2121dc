//! A request and its response.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use url::Url;

/// One request.
#[derive(Debug)]
pub(crate) enum Request<'a> {
    /// `GET` with an access token.
    Get { url: Url, token: &'a SecretString },
    /// `POST` for an access token.
    Token {
        url: Url,
        client_id: &'a str,
        client_secret: &'a SecretString,
    },
}

/// One response, read to its end.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}
