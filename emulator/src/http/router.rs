//! From a request to its handler, and what all responses have in common.

use std::sync::Arc;

use axum::RequestExt as _;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Extension, Path, Request, State as Shared};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use super::control;
use super::guard::{check_change, check_host};
use super::problem::Problem;
use super::route::{CONTROL, ROUTES, Route};
use super::service::{self, Received};
use crate::fault::{Fault, Kind, break_body};
use crate::state::State;

const CORRELATION_ID: HeaderName = HeaderName::from_static("inin-correlation-id");

/// Longest body of a request to the service.
const MAX_QUERY: usize = 2 << 20;

/// Longest body of a request that controls the emulator: it may have events.
const MAX_CHANGE: usize = 256 << 20;

/// The id of the response to a request.
#[derive(Debug, Clone)]
struct CorrelationId(String);

pub(crate) fn router(state: Arc<State>) -> Router {
    let mut router = Router::new();
    for (route, method, path) in ROUTES {
        // Each has a filter, which a test checks by requesting them all.
        let filter = MethodFilter::try_from(method).unwrap_or(MethodFilter::TRACE);
        let handler = async move |Shared(state), request| handle(state, route, request).await;
        router = router.route(path, on(filter, handler));
    }
    router
        .fallback(async |Extension(CorrelationId(id))| Problem::NotFound.response(&id))
        .method_not_allowed_fallback(async |Extension(CorrelationId(id))| {
            Problem::MethodNotAllowed.response(&id)
        })
        // Benchmarks should measure the client, so speed matters more than size.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), around))
        .with_state(state)
}

/// Gives each request and its response a correlation id and refuses what a web page may send.
/// Requests to the service are recorded, given the fault of a connection and delayed.
async fn around(Shared(state): Shared<Arc<State>>, mut request: Request, next: Next) -> Response {
    let id = state.correlation_id();
    let value = HeaderValue::from_str(&id);
    request.extensions_mut().insert(CorrelationId(id.clone()));
    let is_control = request.uri().path().starts_with(CONTROL);
    let allowed = &state.settings.allowed_hosts;
    let checked = check_host(request.uri(), request.headers(), allowed);
    let refused = checked
        .err()
        .map(|refused| Problem::Guarded(refused).response(&id));
    let mut response = match (is_control, refused) {
        (true, Some(refused)) => refused,
        (true, None) => next.run(request).await,
        (false, refused) => recorded(&state, request, refused, next).await,
    };
    if let Ok(value) = value {
        response.headers_mut().insert(CORRELATION_ID, value);
    }
    response
}

async fn recorded(
    state: &State,
    request: Request,
    refused: Option<Response>,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let number = state.recording.add(&parts, || state.started.elapsed());
    let request = Request::from_parts(parts, body);
    let mut response = match refused {
        Some(refused) => refused,
        None => next.run(request).await,
    };
    let fault = response.extensions_mut().remove::<Fault>();
    let (latency, kind) = (
        state.settings.latency,
        fault.as_ref().map(|fault| fault.kind),
    );
    state.recording.set_fault(number, fault);
    if let Some(kind) = kind {
        response = break_body(response, kind).await;
    }
    let delay = match kind {
        Some(Kind::Slow(time)) => latency + time,
        _ => latency,
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    // A connection that is dropped has no status.
    if kind != Some(Kind::Drop) {
        state
            .recording
            .set_status(number, response.status().as_u16());
    }
    response
}

async fn handle(state: Arc<State>, route: Route, mut request: Request) -> Response {
    let Extension(CorrelationId(correlation_id)) = match request.extract_parts().await {
        Ok(id) => id,
        Err(_) => Extension(CorrelationId(String::new())),
    };
    // Empty if it isn't UTF-8, which no id is.
    let id = request.extract_parts::<Path<String>>().await;
    let id = id.map_or_else(|_| String::new(), |Path(id)| id);
    let (parts, body) = request.into_parts();
    match route {
        Route::Service(call) => {
            // An unreadable body is empty, which neither a query nor a form may be.
            let body = to_bytes(body, MAX_QUERY).await.unwrap_or_default();
            let received = Received {
                call,
                id: &id,
                query: parts.uri.query().unwrap_or_default(),
                headers: &parts.headers,
                body: &body,
            };
            let (mut response, fault) = service::respond(&state, received, &correlation_id);
            if let Some(fault) = fault {
                response.extensions_mut().insert(fault);
            }
            response
        }
        Route::Control(control) => {
            let response = match check_change(&parts.method, &parts.headers) {
                // Its body isn't read: it may be large.
                Err(refused) => Err(Problem::Guarded(refused)),
                Ok(()) => match to_bytes(body, MAX_CHANGE).await {
                    Ok(body) => control::respond(&state, control, &id, &body),
                    Err(_) => Err(Problem::TooLarge),
                },
            };
            response.unwrap_or_else(|problem| problem.response(&correlation_id))
        }
    }
}
