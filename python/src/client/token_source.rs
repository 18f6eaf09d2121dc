//! Tokens from a function of Python.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use journey_events::{AccessToken, Error, ErrorKind, TokenSource, token_fn};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::argument::wrong_type;

/// What the function may return.
const ALLOWED: &str = "expected the token, or a tuple of the token and its lifetime in seconds";

/// Makes a source of a function that is called, on a thread of Python, whenever a token is needed.
pub(super) fn token_source(call: &Bound<'_, PyAny>) -> PyResult<impl TokenSource + use<>> {
    if !call.is_callable() {
        return Err(wrong_type("token_source", call, "expected a function"));
    }
    let call = Arc::new(call.clone().unbind());
    Ok(token_fn(move |_refused| {
        let call = Arc::clone(&call);
        async move {
            let (done, called) = oneshot::channel();
            let started =
                spawn_blocking(move || Python::try_attach(|py| start(py, &call, done))).await;
            let ended = || Error::new(ErrorKind::Runtime, "the interpreter is exiting");
            started.map_err(|_| ended())?.ok_or_else(ended)??;
            called.await.map_err(|_| ended())?
        }
    }))
}

type Token = Result<AccessToken, Error>;

/// Starts a thread that calls the function.
fn start(py: Python<'_>, call: &Py<PyAny>, done: oneshot::Sender<Token>) -> Result<(), Error> {
    let done = Mutex::new(Some(done));
    let done = move |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
        let token = token(arguments);
        let done = done.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Fails if the request was given up.
        let _ = done.map(|done| done.send(token));
    };
    let started = PyCFunction::new_closure(py, None, None, done).and_then(|done| {
        let module = py.import("journey_events._thread")?;
        module.call_method1("call", (call, done))
    });
    let failed = |error| Error::new(ErrorKind::Runtime, format!("token_source: {error}"));
    started.map(drop).map_err(failed)
}

/// Reads what the function returned, or raised.
fn token(arguments: &Bound<'_, PyTuple>) -> Token {
    let py = arguments.py();
    // Without its text, which may have a secret in it, as what was returned may.
    let raised = |error: PyErr| {
        let name = error.get_type(py).name().map(|name| name.to_string());
        let name = name.unwrap_or_default();
        Error::new(ErrorKind::Login, format!("token_source raised {name}"))
    };
    let called = arguments.extract::<(Bound<'_, PyAny>, Option<Bound<'_, PyAny>>)>();
    match called.map_err(raised)? {
        (_, Some(error)) => Err(raised(PyErr::from_value(error))),
        (token, None) => read(&token).ok_or_else(|| {
            let text = format!("token_source returned something else; {ALLOWED}");
            Error::new(ErrorKind::Login, text)
        }),
    }
}

fn read(token: &Bound<'_, PyAny>) -> Option<AccessToken> {
    if let Ok(text) = token.extract::<String>() {
        return Some(AccessToken::new(text));
    }
    let (text, seconds) = token.extract::<(String, f64)>().ok()?;
    let lifetime = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    Some(AccessToken::new(text).expires_in(lifetime))
}
