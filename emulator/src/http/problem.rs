//! Answers that are no page: the service's error body, and its headers.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::admission::quota::OverQuota;
use crate::http::query::{InvalidValue, LARGEST_PAGE};

/// What went wrong with a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    NoToken,
    BadToken,
    UnknownSession,
    UnknownContact,
    UnknownPath,
    WrongMethod,
    BadCursor,
    InvalidValue(InvalidValue),
    OverQuota(OverQuota),
    /// A fault that was asked for.
    Requested {
        status: u16,
        retry_after: Option<u64>,
    },
}

impl Problem {
    /// The answer; its `contextId` is the answer's correlation id.
    pub(crate) fn answer(&self, correlation_id: &str) -> Response {
        let mut answer = match self {
            Self::Requested { status: 502, .. } => bad_gateway(),
            _ => self.error_body(correlation_id),
        };
        let retry_after = match self {
            Self::OverQuota(over) => Some(over.seconds),
            Self::Requested { retry_after, .. } => *retry_after,
            _ => None,
        };
        if let Some(seconds) = retry_after {
            let seconds = HeaderValue::from(seconds);
            answer.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        answer
    }

    fn error_body(&self, correlation_id: &str) -> Response {
        let (status, code, message) = self.parts();
        let mut body = json!({
            "message": message,
            "code": code,
            "status": status.as_u16(),
            "contextId": correlation_id,
            "details": [],
            "errors": [],
        });
        if let (Value::Object(members), Some(Value::Object(more))) = (&mut body, self.details()) {
            members.extend(more);
        }
        json_answer(status, body.to_string())
    }

    fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                "authentication.required",
                "No authentication bearer token specified in authorization header.".to_owned(),
            ),
            Self::BadToken => (
                StatusCode::UNAUTHORIZED,
                "bad.credentials",
                "Invalid login credentials.".to_owned(),
            ),
            Self::UnknownSession | Self::UnknownContact | Self::UnknownPath => (
                StatusCode::NOT_FOUND,
                "not.found",
                "The requested resource was not found.".to_owned(),
            ),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method.not.allowed",
                "The method is not allowed for the requested resource.".to_owned(),
            ),
            Self::BadCursor => (
                StatusCode::BAD_REQUEST,
                "bad.request",
                "The cursor is not valid.".to_owned(),
            ),
            Self::InvalidValue(InvalidValue { parameter, value }) => (
                StatusCode::BAD_REQUEST,
                "invalid.value",
                format!(
                    "Value [{value}] is not valid for field type [{parameter}]. \
                     Allowed values are: 1 to {LARGEST_PAGE}"
                ),
            ),
            Self::OverQuota(OverQuota { seconds, .. }) => over_quota(*seconds),
            Self::Requested {
                status: 429,
                retry_after,
            } => over_quota(retry_after.unwrap_or_default()),
            Self::Requested { status, .. } => {
                let (code, message) = known_words(*status);
                let status = StatusCode::from_u16(*status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, code, message.to_owned())
            }
        }
    }

    fn details(&self) -> Option<Value> {
        match self {
            Self::InvalidValue(InvalidValue { parameter, value }) => Some(json!({
                "messageWithParams": "Value [{value}] is not valid for field type [{field}]. \
                                      Allowed values are: {allowed}",
                "messageParams": {
                    "value": value,
                    "field": parameter,
                    "allowed": format!("1 to {LARGEST_PAGE}"),
                },
            })),
            Self::OverQuota(over) => Some(json!({
                "limit": {
                    "key": "client.credentials.token.rate.per.minute",
                    "namespace": "platform.api",
                    "value": over.requests,
                },
            })),
            _ => None,
        }
    }
}

fn over_quota(seconds: u64) -> (StatusCode, &'static str, String) {
    (
        StatusCode::TOO_MANY_REQUESTS,
        "too.many.requests.retry.after",
        format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"),
    )
}

/// Code and message that the service has with a status, as far as they are known.
fn known_words(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("bad.request", "The request is not valid."),
        401 => ("bad.credentials", "Invalid login credentials."),
        403 => (
            "missing.any.permissions",
            "Missing one of: journey:event:view",
        ),
        404 => ("not.found", "The requested resource was not found."),
        405 => (
            "method.not.allowed",
            "The method is not allowed for the requested resource.",
        ),
        408 | 504 => ("request.timeout", "The request timed out."),
        413 => (
            "request.entity.too.large",
            "The request entity is too large.",
        ),
        415 => ("unsupported.media.type", "The media type is not supported."),
        500 => ("internal.server.error", "Unexpected condition"),
        503 => ("service.unavailable", "Service Unavailable"),
        _ => ("fault.requested", "The emulator was asked for this fault."),
    }
}

/// What a proxy in front of the service says when it can't reach it.
fn bad_gateway() -> Response {
    let page = "<html><head><title>502 Bad Gateway</title></head>\
                <body><h1>502 Bad Gateway</h1></body></html>\n";
    let mut answer = Response::new(Body::from(page));
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    let html = HeaderValue::from_static("text/html");
    answer.headers_mut().insert(header::CONTENT_TYPE, html);
    answer
}

/// An answer with a JSON body.
pub(crate) fn json_answer(status: StatusCode, json: String) -> Response {
    let mut answer = Response::new(Body::from(json));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}
