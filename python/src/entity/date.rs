//! Dates, to and from Python's.

use jiff::Timestamp;
use jiff::tz::Offset;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyTzInfo};

use crate::argument::wrong_type;
use crate::exception::invalid;

/// Returns an aware `datetime` in UTC, to the microsecond; `None` before the year 1.
pub(crate) fn datetime(
    py: Python<'_>,
    at: Option<Timestamp>,
) -> PyResult<Option<Bound<'_, PyDateTime>>> {
    let Some(at) = at else {
        return Ok(None);
    };
    let at = Offset::UTC.to_datetime(at);
    let part = |part: i8| u8::try_from(part).unwrap_or_default();
    let micros = u32::try_from(at.subsec_nanosecond() / 1_000).unwrap_or_default();
    let utc = PyTzInfo::utc(py)?;
    if at.year() < 1 {
        return Ok(None);
    }
    PyDateTime::new(
        py,
        at.year().into(),
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
        micros,
        Some(&utc),
    )
    .map(Some)
}

/// Reads an argument: an aware `datetime`, or text in ISO 8601 with an offset.
pub(crate) fn given(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    let allowed = "expected a datetime with a time zone, or text such as \"2026-03-01T00:00:00Z\"";
    let text = if let Ok(text) = value.extract::<String>() {
        text
    } else if let Ok(date) = value.cast::<PyDateTime>() {
        let text: String = date.call_method0("isoformat")?.extract()?;
        if date.call_method0("utcoffset")?.is_none() {
            return Err(invalid(
                value.py(),
                &format!("{name} is {text}, without a time zone; {allowed}"),
            ));
        }
        text
    } else {
        return Err(wrong_type(name, value, allowed));
    };
    let parsed = text.parse();
    parsed.map_err(|_| invalid(value.py(), &format!("{name} is {text:?}; {allowed}")))
}
