//! The class of record batches.

use std::sync::Arc;

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use journey_events_dataset::format::{Format, Layout};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::reader::Reader;
use super::rows::schema;
use super::shared::{Batches, second_reader};
use crate::argument::{number_from, texts};
use crate::checkpoint::Checkpoint;
use crate::exception::invalid;
use crate::failure;
use crate::stream::shared::Shared;

/// Rows of a batch, unless others are asked for: with all columns, about 20 MB.
const ROWS: u32 = 8_192;

/// The events of a walk as record batches.
#[pyclass(frozen, module = "journey_events")]
#[derive(Debug)]
pub(crate) struct RecordBatches(Arc<Batches>);

impl RecordBatches {
    /// Checks the columns.
    pub(crate) fn new(
        walk: Arc<Shared>,
        session: String,
        columns: Option<&Bound<'_, PyAny>>,
        batch_size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut layout = Layout::new(Format::Parquet).without_synced_at();
        if let Some(names) = columns {
            let columns = layout.with_columns(texts("columns", names)?);
            layout = columns.map_err(|error| invalid(names.py(), &format!("columns: {error}")))?;
        }
        let rows = match batch_size {
            Some(size) => number_from(1, "batch_size", size)?,
            None => ROWS,
        };
        Ok(Self(Arc::new(Batches::new(
            walk,
            session,
            layout,
            rows as usize,
        ))))
    }
}

#[pymethods]
impl RecordBatches {
    /// Returns the batches through the Arrow C stream interface.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // Consumers cast what they need otherwise.
        let _ = requested_schema;
        self.0.walk.get()?;
        if self.0.is_claimed() {
            return Err(second_reader(py));
        }
        let stream = FFI_ArrowArrayStream::new(Box::new(Reader::new(Arc::clone(&self.0))));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    /// Returns the schema through the Arrow C data interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(&*schema(&self.0.layout));
        let schema = schema.map_err(|error| PyValueError::new_err(error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// The names of the columns, in order.
    #[getter]
    fn columns(&self) -> Vec<&'static str> {
        self.0.layout.columns().collect()
    }

    /// Where to resume: just after the last batch that was handed out.
    #[getter]
    fn checkpoint(&self) -> PyResult<Option<Checkpoint>> {
        self.0.walk.get()?;
        Ok(self.0.checkpoint().map(Checkpoint::new))
    }

    /// The exception that ended the walk or interrupted the last read, which the reader's own error may not show.
    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let failure = self.0.walk.get()?.failure();
        let failure = failure.map(|error| failure::raise(py, &error));
        let error = self.0.interrupt(py).or(failure);
        Ok(error.map(|error| error.into_value(py).into_bound(py).into_any()))
    }

    fn __repr__(&self) -> String {
        format!("RecordBatches(columns={:?})", self.columns())
    }
}
