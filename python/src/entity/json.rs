//! JSON as objects of Python.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Parses JSON as `json.loads` does.
pub(crate) fn parsed<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    LOADS.import(py, "json", "loads")?.call1((json,))
}
