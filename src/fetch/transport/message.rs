//! A request and its response.

use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use url::Url;

use crate::fetch::transport::body::Body;

/// One request.
#[derive(Debug)]
pub(crate) enum Request<'a> {
    /// `GET` with an access token.
    Get {
        url: Url,
        token: &'a SecretString,
        connection: Connection,
        /// How large the body is likely to be, after decompression.
        likely_size: usize,
    },
    /// `POST` of a query in JSON with an access token. It changes nothing, so it may be repeated.
    Query {
        url: Url,
        body: String,
        token: &'a SecretString,
        connection: Connection,
    },
    /// `POST` for an access token.
    Token {
        url: Url,
        client_id: &'a str,
        client_secret: &'a SecretString,
        connection: Connection,
    },
}

/// Which connection a request may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Connection {
    /// An idle one if there is one.
    #[default]
    Pooled,
    /// A new one: idle connections may all be as dead as the one that an earlier attempt used.
    New,
}

/// One response, read to its end.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}
