//! Tokens from a function of Python.

use std::sync::Arc;
use std::time::Duration;

use journey_events::{AccessToken, Error, ErrorKind, TokenSource, token_fn};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use tokio::task::spawn_blocking;

use crate::argument::wrong_type;

/// What the function may return.
const ALLOWED: &str = "expected the token, or a tuple of the token and its lifetime in seconds";

/// Makes a source of a function that is called, on a thread of the runtime, whenever a token is needed.
pub(super) fn token_source(call: &Bound<'_, PyAny>) -> PyResult<impl TokenSource + use<>> {
    if !call.is_callable() {
        return Err(wrong_type("token_source", call, "expected a function"));
    }
    let call = Arc::new(call.clone().unbind());
    Ok(token_fn(move |_refused| {
        let call = Arc::clone(&call);
        async move {
            let called = spawn_blocking(move || Python::try_attach(|py| token(py, &call)));
            let ended = || Error::new(ErrorKind::Runtime, "the interpreter is exiting");
            called.await.map_err(|_| ended())?.ok_or_else(ended)?
        }
    }))
}

fn token(py: Python<'_>, call: &Py<PyAny>) -> Result<AccessToken, Error> {
    let called = call.call0(py).and_then(|token| read(token.bind(py)));
    // Without its text, which may have a secret in it.
    called.map_err(|error| {
        let name = error.get_type(py).name().map(|name| name.to_string());
        let name = name.unwrap_or_default();
        Error::new(ErrorKind::Login, format!("token_source raised {name}"))
    })
}

fn read(token: &Bound<'_, PyAny>) -> PyResult<AccessToken> {
    if let Ok(text) = token.extract::<String>() {
        return Ok(AccessToken::new(text));
    }
    let pair = token.extract::<(String, f64)>();
    let (text, seconds) = pair.map_err(|_| PyTypeError::new_err(ALLOWED))?;
    let lifetime = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    Ok(AccessToken::new(text).expires_in(lifetime))
}
