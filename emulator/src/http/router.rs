//! Paths, methods, and what all responses have in common.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, FromRequestParts, MatchedPath, Path, RawQuery, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use super::problem::{Problem, json_response};
use super::service::Service;
use crate::fault::{Fault, Kind, break_body};

const CORRELATION_ID: HeaderName = HeaderName::from_static("inin-correlation-id");

const CONVERSATION_QUERY: &str = "/api/v2/analytics/conversations/details/query";

/// The id of the response to a request.
#[derive(Debug, Clone)]
struct CorrelationId(String);

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/api/v2/journey/sessions/{session_id}/events", get(events))
        .route("/api/v2/journey/sessions/{session_id}", get(session))
        .route(
            "/api/v2/externalcontacts/contacts/{contact_id}/journey/sessions",
            get(contact_sessions),
        )
        .route(
            "/api/v2/analytics/conversations/{conversation_id}/details",
            get(conversation),
        )
        .route(CONVERSATION_QUERY, post(conversations))
        .route("/oauth/token", post(token))
        .route("/emulator/requests", get(recorded).delete(forget))
        .fallback(async |Extension(CorrelationId(id))| Problem::NotFound.response(&id))
        .method_not_allowed_fallback(async |Extension(CorrelationId(id))| {
            Problem::MethodNotAllowed.response(&id)
        })
        // Benchmarks should measure the client, so speed matters more than size.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), around))
        .with_state(service)
}

/// The id in a path; empty if it isn't UTF-8, which no session or contact has.
struct PathId(String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let id = Path::from_request_parts(parts, state).await;
        Ok(Self(id.map_or_else(|_| String::new(), |Path(id)| id)))
    }
}

/// Gives each request and its response a correlation id. Requests to the service, but not those
/// below `/emulator/`, are also recorded, given a fault and delayed by the latency.
async fn around(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let id = service.correlation_id();
    let value = HeaderValue::from_str(&id);
    request.extensions_mut().insert(CorrelationId(id.clone()));
    let mut response = if request.uri().path().starts_with("/emulator/") {
        next.run(request).await
    } else {
        service_response(&service, &id, request, next).await
    };
    if let Ok(value) = value {
        response.headers_mut().insert(CORRELATION_ID, value);
    }
    response
}

async fn service_response(service: &Service, id: &str, request: Request, next: Next) -> Response {
    let is_counted = is_counted(&request);
    let fault = is_counted.then(|| service.next_fault()).flatten();
    let (parts, body) = request.into_parts();
    let number = service.recording.add(&parts, fault);
    let response = faulty_response(id, Request::from_parts(parts, body), fault, next).await;
    if !service.latency.is_zero() {
        tokio::time::sleep(service.latency).await;
    }
    let status = response.status();
    if is_counted && status == StatusCode::TOO_MANY_REQUESTS {
        service.throttled.fetch_add(1, Ordering::Relaxed);
    }
    service.recording.set_status(number, status.as_u16());
    response
}

/// Whether it is a request for events, sessions or conversations.
fn is_counted(request: &Request) -> bool {
    let path = request.extensions().get().map(MatchedPath::as_str);
    match path {
        Some(CONVERSATION_QUERY) => request.method() == Method::POST,
        Some(path) => request.method() == Method::GET && path.starts_with("/api/"),
        None => false,
    }
}

async fn faulty_response(id: &str, request: Request, fault: Option<Fault>, next: Next) -> Response {
    match fault.map(|fault| (fault.kind, fault.retry_after)) {
        None => next.run(request).await,
        Some((Kind::Status(status), retry_after)) => Problem::Fault {
            status,
            retry_after,
        }
        .response(id),
        Some((Kind::Cut, _)) => break_body(next.run(request).await, None).await,
        Some((Kind::Stall(time), _)) => break_body(next.run(request).await, Some(time)).await,
    }
}

async fn events(
    State(service): State<Arc<Service>>,
    Extension(CorrelationId(id)): Extension<CorrelationId>,
    PathId(session): PathId,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    service
        .events(&session, &query.unwrap_or_default(), &headers)
        .unwrap_or_else(|problem| problem.response(&id))
}

async fn session(
    State(service): State<Arc<Service>>,
    Extension(CorrelationId(id)): Extension<CorrelationId>,
    PathId(session): PathId,
    headers: HeaderMap,
) -> Response {
    service
        .session(&session, &headers)
        .unwrap_or_else(|problem| problem.response(&id))
}

async fn contact_sessions(
    State(service): State<Arc<Service>>,
    Extension(CorrelationId(id)): Extension<CorrelationId>,
    PathId(contact): PathId,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    service
        .contact_sessions(&contact, &query.unwrap_or_default(), &headers)
        .unwrap_or_else(|problem| problem.response(&id))
}

async fn conversation(
    State(service): State<Arc<Service>>,
    Extension(CorrelationId(id)): Extension<CorrelationId>,
    PathId(conversation): PathId,
    headers: HeaderMap,
) -> Response {
    service
        .conversation(&conversation, &headers)
        .unwrap_or_else(|problem| problem.response(&id))
}

async fn conversations(
    State(service): State<Arc<Service>>,
    Extension(CorrelationId(id)): Extension<CorrelationId>,
    headers: HeaderMap,
    query: Result<Bytes, BytesRejection>,
) -> Response {
    // An unreadable body isn't JSON either.
    service
        .conversations(&query.unwrap_or_default(), &headers)
        .unwrap_or_else(|problem| problem.response(&id))
}

async fn token(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    form: Result<Bytes, BytesRejection>,
) -> Response {
    // An unreadable body is an empty form, without a grant type.
    service.token(&headers, &form.unwrap_or_default())
}

async fn recorded(State(service): State<Arc<Service>>) -> Response {
    json_response(StatusCode::OK, service.recording.to_json())
}

async fn forget(State(service): State<Arc<Service>>) -> StatusCode {
    service.forget_recorded();
    StatusCode::NO_CONTENT
}
