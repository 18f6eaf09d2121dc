//! Error responses: the service's JSON body and its headers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::guard::Refused;
use super::query::InvalidValue;
use super::response;
use crate::admission::{OverQuota, Refusal};
use crate::data::InvalidCursor;
use crate::error::ChangeError;
use crate::fault::Endpoint;

/// Why a request fails.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Refused(Refusal),
    NotFound,
    MethodNotAllowed,
    InvalidCursor,
    InvalidValue(InvalidValue),
    /// A token request that is refused.
    Login {
        status: StatusCode,
        error: &'static str,
        description: &'static str,
    },
    /// What a web page may not send.
    Guarded(Refused),
    /// A change of the emulator that is refused.
    Change(ChangeError),
    /// The body of a request that controls the emulator.
    TooLarge,
    /// The fault of an error's body, with status 200.
    ErrorBody,
    /// The fault of a status.
    Fault {
        endpoint: Endpoint,
        status: u16,
        retry_after: Option<u64>,
    },
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<InvalidValue> for Problem {
    fn from(value: InvalidValue) -> Self {
        Self::InvalidValue(value)
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}

impl From<InvalidCursor> for Problem {
    fn from(InvalidCursor: InvalidCursor) -> Self {
        Self::InvalidCursor
    }
}

impl Problem {
    /// Returns the error response; the correlation id becomes its `contextId`.
    pub(crate) fn response(&self, correlation_id: &str) -> Response {
        let mut response = match *self {
            Self::Fault { status: 502, .. } => response::bad_gateway(),
            Self::Fault { status, .. } if status < 400 => response::empty(self.parts().0),
            Self::Login { .. }
            | Self::Fault {
                endpoint: Endpoint::Token,
                status: 400 | 401 | 403,
                ..
            } => self.login_error(),
            _ => self.error_body(correlation_id),
        };
        if *self == Self::ErrorBody {
            *response.status_mut() = StatusCode::OK;
        }
        let retry_after = match self {
            Self::Refused(Refusal::OverQuota(over)) => Some(over.seconds),
            Self::Fault { retry_after, .. } => *retry_after,
            _ => None,
        };
        if let Some(seconds) = retry_after {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }

    /// A refused login has the body of OAuth.
    fn login_error(&self) -> Response {
        let (status, error, description) = self.parts();
        let body = json!({
            "error": error,
            "description": description,
            "error_description": description,
        });
        response::json(status, body.to_string())
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
        response::json(status, body.to_string())
    }

    fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::Refused(Refusal::MissingToken) => (
                StatusCode::UNAUTHORIZED,
                "authentication.required",
                "No authentication bearer token specified in authorization header.".to_owned(),
            ),
            Self::Refused(Refusal::InvalidToken) => known(401),
            Self::Refused(Refusal::OverQuota(over)) => over_quota(over.seconds),
            Self::NotFound => known(404),
            Self::MethodNotAllowed => known(405),
            Self::InvalidCursor => (
                StatusCode::BAD_REQUEST,
                "bad.request",
                "The cursor is not valid.".to_owned(),
            ),
            Self::InvalidValue(InvalidValue {
                parameter,
                value,
                allowed,
            }) => (
                StatusCode::BAD_REQUEST,
                "invalid.value",
                format!(
                    "Value [{value}] is not valid for field type [{parameter}]. \
                     Allowed values are: {allowed}"
                ),
            ),
            Self::Login {
                status,
                error,
                description,
            } => (*status, error, (*description).to_owned()),
            Self::Guarded(refused) => guarded(refused),
            Self::Change(error) if error.is_unknown_id() => {
                (StatusCode::NOT_FOUND, "not.found", error.to_string())
            }
            Self::Change(error) => (StatusCode::BAD_REQUEST, "bad.request", error.to_string()),
            Self::TooLarge => known(413),
            Self::ErrorBody => known(500),
            Self::Fault {
                endpoint: Endpoint::Token,
                status: status @ (400 | 401 | 403),
                ..
            } => login_fault(*status),
            Self::Fault {
                status: 429,
                retry_after,
                ..
            } => over_quota(retry_after.unwrap_or_default()),
            Self::Fault { status, .. } => known(*status),
        }
    }

    fn details(&self) -> Option<Value> {
        match self {
            Self::InvalidValue(InvalidValue {
                parameter,
                value,
                allowed,
            }) => Some(json!({
                "messageWithParams": "Value [{value}] is not valid for field type [{field}]. \
                                      Allowed values are: {allowed}",
                "messageParams": {
                    "value": value,
                    "field": parameter,
                    "allowed": allowed,
                },
            })),
            Self::Refused(Refusal::OverQuota(OverQuota { requests, .. })) => Some(json!({
                "limit": {
                    "key": "client.credentials.token.rate.per.minute",
                    "namespace": "platform.api",
                    "value": requests,
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

/// Returns the service's code and message for a status, where they are known.
fn known(status: u16) -> (StatusCode, &'static str, String) {
    let (code, message) = match status {
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
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, code, message.to_owned())
}

fn guarded(refused: &Refused) -> (StatusCode, &'static str, String) {
    match refused {
        Refused::Host(host) => (
            StatusCode::MISDIRECTED_REQUEST,
            "host.not.allowed",
            format!(
                "Host [{host}] is not allowed. Allowed are localhost, IP addresses and the names given \
                 with --allow-host (in Rust: EmulatorBuilder::allow_host)"
            ),
        ),
        Refused::Origin => (
            StatusCode::FORBIDDEN,
            "origin.not.allowed",
            "A request with an Origin may not change the emulator: web pages can't control it."
                .to_owned(),
        ),
        Refused::NotJson => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported.media.type",
            "The content type must be application/json.".to_owned(),
        ),
    }
}

/// What a login that a fault refuses with this status says.
fn login_fault(status: u16) -> (StatusCode, &'static str, String) {
    let (status, error) = match status {
        400 => (StatusCode::BAD_REQUEST, "invalid_request"),
        401 => (StatusCode::UNAUTHORIZED, "invalid_client"),
        _ => (StatusCode::FORBIDDEN, "access_denied"),
    };
    (
        status,
        error,
        "the emulator was asked for this fault".to_owned(),
    )
}
