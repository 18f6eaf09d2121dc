//! The exceptions of the package.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The module that has the classes.
const MODULE: &str = "journey_events._errors";

/// Makes the exception of a kind.
pub(crate) fn of_kind(
    py: Python<'_>,
    kind: &str,
    text: &str,
    details: &Bound<'_, PyDict>,
) -> PyResult<PyErr> {
    let module = py.import(MODULE)?;
    let exception = module.call_method1("of_kind", (kind, text, details))?;
    Ok(PyErr::from_value(exception))
}

/// Makes the exception of an argument or a call that is refused before anything is sent.
pub(crate) fn invalid(py: Python<'_>, text: &str) -> PyErr {
    of_kind(py, "invalid_input", text, &PyDict::new(py)).unwrap_or_else(|failed| failed)
}
