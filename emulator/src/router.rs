//! Paths and methods, and what every answer has.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Extension, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::time::Instant;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::broken_body::broken;
use crate::fault::{Fault, Kind};
use crate::problem::{Problem, json_answer};
use crate::service::Service;

const CORRELATION_ID: HeaderName = HeaderName::from_static("inin-correlation-id");

/// The id of the answer to a request.
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
        .route("/oauth/token", post(token))
        .route("/emulator/requests", get(recorded).delete(forget))
        .fallback(async |Extension(CorrelationId(id))| Problem::UnknownPath.answer(&id))
        .method_not_allowed_fallback(async |Extension(CorrelationId(id))| {
            Problem::WrongMethod.answer(&id)
        })
        // The emulator isn't to be what a benchmark measures: size matters less than time here.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), around))
        .with_state(service)
}

/// Records the request, lets faults strike, waits the latency, gives the answer its correlation id.
async fn around(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/emulator/") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let is_strikable = parts.uri.path().starts_with("/api/");
    let fault = is_strikable.then(|| service.next_fault()).flatten();
    let number = service.recording.came(&parts, fault);
    let request = Request::from_parts(parts, body);
    let answer = answered(&service, request, fault, next).await;
    service.recording.answered(number, answer.status().as_u16());
    answer
}

async fn answered(
    service: &Service,
    mut request: Request,
    fault: Option<Fault>,
    next: Next,
) -> Response {
    let id = service.correlation_id();
    let value = HeaderValue::from_str(&id);
    request.extensions_mut().insert(CorrelationId(id.clone()));
    let mut answer = match fault.map(|fault| (fault.kind, fault.retry_after)) {
        None => next.run(request).await,
        Some((Kind::Status(status), retry_after)) => Problem::Requested {
            status,
            retry_after,
        }
        .answer(&id),
        Some((Kind::Cut, _)) => broken(next.run(request).await, None).await,
        Some((Kind::Stall(time), _)) => broken(next.run(request).await, Some(time)).await,
    };
    if !service.latency.is_zero() {
        tokio::time::sleep(service.latency).await;
    }
    if let Ok(value) = value {
        answer.headers_mut().insert(CORRELATION_ID, value);
    }
    answer
}

async fn events(
    State(service): State<Arc<Service>>,
    Extension(CorrelationId(id)): Extension<CorrelationId>,
    session: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let session = session.as_ref().ok().map(|Path(session)| session.as_str());
    service
        .events(session, &query.unwrap_or_default(), &headers)
        .unwrap_or_else(|problem| problem.answer(&id))
}

async fn session(
    State(service): State<Arc<Service>>,
    Extension(CorrelationId(id)): Extension<CorrelationId>,
    session: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let session = session.as_ref().ok().map(|Path(session)| session.as_str());
    service
        .about(session, &headers)
        .unwrap_or_else(|problem| problem.answer(&id))
}

async fn contact_sessions(
    State(service): State<Arc<Service>>,
    Extension(CorrelationId(id)): Extension<CorrelationId>,
    contact: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let contact = contact.as_ref().ok().map(|Path(contact)| contact.as_str());
    service
        .sessions_of(contact, &query.unwrap_or_default(), &headers)
        .unwrap_or_else(|problem| problem.answer(&id))
}

async fn recorded(State(service): State<Arc<Service>>) -> Response {
    json_answer(StatusCode::OK, service.recording.to_json())
}

async fn forget(State(service): State<Arc<Service>>) -> StatusCode {
    service.recording.clear();
    StatusCode::NO_CONTENT
}

async fn token(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    form: Result<Bytes, BytesRejection>,
) -> Response {
    // A body that can't be read is one without a grant.
    let (status, body) = service
        .oauth
        .token(&headers, &form.unwrap_or_default(), Instant::now());
    json_answer(status, body.to_string())
}
