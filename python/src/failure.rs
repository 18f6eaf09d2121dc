//! Errors of the library as exceptions of Python.

use std::error::Error as StdError;
use std::fmt::Write as _;

use journey_events::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::checkpoint::Checkpoint;
use crate::exception::{invalid, of_kind};

/// Returns the exception for an error.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).unwrap_or_else(|failed| failed)
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let details = PyDict::new(py);
    details.set_item("status", error.status())?;
    details.set_item("code", error.code())?;
    details.set_item("service_message", error.service_message())?;
    details.set_item("correlation_id", error.correlation_id())?;
    let retry_after = error.retry_after();
    details.set_item("retry_after", retry_after.map(|wait| wait.as_secs_f64()))?;
    details.set_item("attempts", error.attempts())?;
    details.set_item("is_transient", error.is_transient())?;
    details.set_item("concerns_client", error.concerns_client())?;
    let checkpoint = error.checkpoint().cloned().map(Checkpoint::new);
    details.set_item("checkpoint", checkpoint)?;
    of_kind(py, &kind(error.kind()), &with_causes(error), &details)
}

/// The error of a walk that its user closed.
pub(crate) fn closed(py: Python<'_>) -> PyErr {
    invalid(
        py,
        "the walk was closed; make another one, with resume=checkpoint",
    )
}

/// The error of a walk whose latest events are in an unfinished batch.
pub(crate) fn withheld(py: Python<'_>) -> PyErr {
    invalid(
        py,
        "a read of record batches was interrupted and holds events of this walk; continue with its reader, or make \
         another walk, with resume=checkpoint",
    )
}

/// The kind's name as Python writes names: `RateLimited` is `rate_limited`.
fn kind(kind: ErrorKind) -> String {
    snake_case(&format!("{kind:?}"))
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Returns the exception for an error of a dataset.
pub(crate) fn of_dataset(py: Python<'_>, error: &journey_events_dataset::Error) -> PyErr {
    use journey_events_dataset::ErrorKind;
    // For the command, these are invalid arguments: exit status 2.
    let kind = match error.kind() {
        ErrorKind::NoDataset
        | ErrorKind::DatasetExists
        | ErrorKind::Settings
        | ErrorKind::MissingFeature => "dataset_settings",
        _ => "dataset",
    };
    let details = PyDict::new(py);
    let reason = snake_case(&format!("{:?}", error.kind()));
    let made = details.set_item("reason", reason);
    made.and_then(|()| of_kind(py, kind, &with_causes(error), &details))
        .unwrap_or_else(|failed| failed)
}

/// Returns the exception of a run or a dataset that isn't complete.
pub(crate) fn incomplete(text: &str, report: &Bound<'_, PyAny>) -> PyErr {
    let py = report.py();
    let details = PyDict::new(py);
    let made = details.set_item("report", report);
    made.and_then(|()| of_kind(py, "incomplete", text, &details))
        .unwrap_or_else(|failed| failed)
}

/// The error and what is behind it.
pub(crate) fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
