//! What a dataset contains.

use journey_events_dataset::Status;
use pyo3::prelude::*;

use super::place::Place;
use crate::entity::json::to_python;
use crate::failure;
use crate::runtime::Driver;

/// Returns what a dataset contains, and what is wrong with it: what `journey-events status --json` prints.
///
/// >>> import journey_events
/// >>> journey_events.status(dataset)["totals"]["events"]
/// 300
///
/// Nothing is requested and nothing is changed. Raises IncompleteError with the same report if published files are
/// missing or changed, and DatasetSettingsError if there is no dataset.
#[pyfunction]
#[pyo3(signature = (dataset, *, ledger=None))]
pub(crate) fn status<'py>(
    dataset: &Bound<'py, PyAny>,
    ledger: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = dataset.py();
    let place = Place::of(dataset, ledger)?;
    let driver = Driver::get()?;
    let looked = driver.blocking(py, move || place.open()?.status())?;
    let status: Status = looked.map_err(|error| failure::of_dataset(py, &error))?;
    let report = to_python(py, &status)?;
    if !status.is_complete() {
        let text = format!(
            "{} published files are missing and {} have changed; next: restore them, or load everything into a new \
             dataset",
            status.missing_files.len(),
            status.changed_files.len()
        );
        return Err(failure::incomplete(&text, &report));
    }
    Ok(report)
}
