//! Arguments, checked with errors that name them, what was given and what is allowed.

use std::time::Duration;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDelta, PyDict};

use crate::exception::invalid;

/// Reads a whole number from 0 on.
pub(crate) fn number(name: &str, value: &Bound<'_, PyAny>) -> PyResult<u32> {
    number_from(0, name, value)
}

/// Reads a whole number.
pub(crate) fn number_from(least: u32, name: &str, value: &Bound<'_, PyAny>) -> PyResult<u32> {
    let allowed = format!("expected a whole number from {least} to {}", u32::MAX);
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, value, &allowed));
    }
    match value.extract::<u32>() {
        Ok(number) if number >= least => Ok(number),
        Err(error) if error.is_instance_of::<PyTypeError>(value.py()) => {
            Err(wrong_type(name, value, &allowed))
        }
        _ => Err(wrong_value(name, value, &allowed)),
    }
}

/// Reads a time: a `timedelta`, or a number of seconds.
pub(crate) fn duration(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let allowed = "expected a number of seconds from 0 on, or a timedelta";
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, value, allowed));
    }
    let seconds = if value.is_instance_of::<PyDelta>() {
        value.call_method0("total_seconds")?.extract()
    } else {
        value.extract::<f64>()
    };
    let seconds = seconds.map_err(|_| wrong_type(name, value, allowed))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) => Ok(duration),
        // The library counts whatever is over a year as a year.
        Err(_) if seconds > 1.0 => Ok(Duration::MAX),
        Err(_) => Err(wrong_value(name, value, allowed)),
    }
}

/// Reads texts: an iterable of them, but not one text, which would be an iterable of its letters.
pub(crate) fn texts(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let allowed = ["expected a list of texts", "expected a text"];
    items(name, value, allowed, |item| item.extract())
}

/// Reads an iterable, and each of its items as a text. `allowed` says what they are: both, and an item.
pub(crate) fn items<'py>(
    name: &str,
    value: &Bound<'py, PyAny>,
    allowed: [&str; 2],
    read: impl Fn(&Bound<'py, PyAny>) -> PyResult<String>,
) -> PyResult<Vec<String>> {
    let [allowed, of_item] = allowed;
    if value.extract::<&str>().is_ok() {
        return Err(wrong_type(name, value, allowed));
    }
    let items = value.try_iter();
    let items = items.map_err(|_| wrong_type(name, value, allowed))?;
    let read = |item: PyResult<Bound<'py, PyAny>>| {
        let item = item?;
        read(&item).map_err(|_| wrong_type(&format!("an item of {name}"), &item, of_item))
    };
    items.map(read).collect()
}

pub(crate) fn wrong_type(name: &str, value: &Bound<'_, PyAny>, allowed: &str) -> PyErr {
    match value.get_type().name() {
        Ok(of) => PyTypeError::new_err(format!("{name} is a {of}; {allowed}")),
        Err(error) => error,
    }
}

pub(crate) fn wrong_value(name: &str, value: &Bound<'_, PyAny>, allowed: &str) -> PyErr {
    match value.repr() {
        Ok(repr) => invalid(value.py(), &format!("{name} is {repr}; {allowed}")),
        Err(error) => error,
    }
}

/// Keyword arguments. `None` counts as not given.
#[derive(Debug)]
pub(crate) struct Given<'a, 'py>(&'a Bound<'py, PyDict>);

impl<'a, 'py> Given<'a, 'py> {
    /// Refuses names that aren't known.
    pub(crate) fn of(arguments: &'a Bound<'py, PyDict>, names: &[&str]) -> PyResult<Self> {
        for name in arguments.keys() {
            let name: String = name.extract()?;
            if !names.contains(&name.as_str()) {
                return Err(PyTypeError::new_err(format!(
                    "unknown argument {name:?}; allowed: {}",
                    names.join(", ")
                )));
            }
        }
        Ok(Self(arguments))
    }

    pub(crate) fn py(&self) -> Python<'py> {
        self.0.py()
    }

    pub(crate) fn get(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.0.get_item(name)?.filter(|value| !value.is_none()))
    }

    fn read<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<T>,
    ) -> PyResult<Option<T>> {
        self.get(name)?.map(|value| read(&value)).transpose()
    }

    pub(crate) fn number(&self, name: &str) -> PyResult<Option<u32>> {
        self.read(name, |value| number(name, value))
    }

    pub(crate) fn number_from(&self, least: u32, name: &str) -> PyResult<Option<u32>> {
        self.read(name, |value| number_from(least, name, value))
    }

    pub(crate) fn duration(&self, name: &str) -> PyResult<Option<Duration>> {
        self.read(name, |value| duration(name, value))
    }

    /// A text. An error doesn't repeat what was given: it may be a secret.
    pub(crate) fn text(&self, name: &str) -> PyResult<Option<String>> {
        self.read(name, |value| {
            let text = value.extract();
            text.map_err(|_| wrong_type(name, value, "expected a text"))
        })
    }

    pub(crate) fn texts(&self, name: &str) -> PyResult<Option<Vec<String>>> {
        self.read(name, |value| texts(name, value))
    }

    pub(crate) fn bytes(&self, name: &str) -> PyResult<Option<Vec<u8>>> {
        self.read(name, |value| {
            let text = value.extract::<String>().map(String::into_bytes);
            let bytes = text.or_else(|_| value.extract());
            bytes.map_err(|_| wrong_type(name, value, "expected bytes or a text"))
        })
    }

    pub(crate) fn flag(&self, name: &str) -> PyResult<bool> {
        let flag = self.read(name, |value| {
            let flag = value.extract();
            flag.map_err(|_| wrong_type(name, value, "expected True or False"))
        });
        flag.map(Option::unwrap_or_default)
    }
}
