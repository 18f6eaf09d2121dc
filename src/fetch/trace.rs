//! Spans of requests, by OpenTelemetry's conventions for HTTP clients.

use tracing::{Instrument, Span, debug_span, field};
use url::Url;

use crate::fetch::failure::{Cause, Failure};

/// An attempt that is about to be sent.
pub(crate) struct Sending<'a> {
    pub(crate) method: &'static str,
    /// The path with a placeholder in place of an id.
    pub(crate) template: &'static str,
    /// Of which only host and port are shown.
    pub(crate) url: &'a Url,
    /// The first attempt is 1.
    pub(crate) attempt: u32,
}

/// Sends a request within its span.
pub(crate) async fn request<T>(
    sending: Sending<'_>,
    request: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let Sending {
        method,
        template,
        url,
        attempt,
    } = sending;
    let span = debug_span!(
        "request",
        otel.name = %format_args!("{method} {template}"),
        otel.kind = "client",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.request.resend_count = (attempt > 1).then(|| attempt - 1),
        http.response.status_code = field::Empty,
        "http.response.header.inin-correlation-id" = field::Empty,
        network.protocol.version = "1.1",
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        url.template = template,
        "error.type" = field::Empty,
    );
    let result = request.instrument(span.clone()).await;
    if let Err(failure) = &result {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", field::display(ErrorType(failure.cause)));
    }
    result
}

/// Adds the head of the response to the current span.
pub(crate) fn responded(status: u16, correlation_id: Option<&str>) {
    let span = Span::current();
    // Not the caller's, if ours is filtered out.
    if span
        .metadata()
        .is_none_or(|span| span.target() != module_path!())
    {
        return;
    }
    span.record("http.response.status_code", status);
    if let Some(id) = correlation_id {
        span.record("http.response.header.inin-correlation-id", id);
    }
}

/// The kind of a failure: a status, or one of a few names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorType(pub(crate) Cause);

impl std::fmt::Display for ErrorType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Cause::Status(status) => return write!(f, "{status}"),
            Cause::TokenRejected => "401",
            Cause::Connect => "connect",
            Cause::ConnectTimeout => "connect_timeout",
            Cause::Certificate => "certificate",
            Cause::Timeout => "timeout",
            Cause::Torn => "connection_lost",
            Cause::Garbled => "not_http",
            Cause::Compression => "compression",
            Cause::TooLarge => "too_large",
            Cause::Request => "invalid_request",
            Cause::EmptyBody => "empty_body",
            Cause::UnexpectedBody => "unexpected_body",
            Cause::Login(_) => "login",
            Cause::Quota(_) => "quota",
        })
    }
}
