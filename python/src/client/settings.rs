//! Settings of a client, as keyword arguments.

use journey_events::{ClientBuilder, PageSizeParameter, RateLimit, Region, RetryPolicy};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::argument::{duration, number, wrong_type};
use crate::failure;

/// All settings, in the order of the documentation.
const NAMES: [&str; 27] = [
    "region",
    "base_url",
    "login_url",
    "allow_plain_http",
    "access_token",
    "client_id",
    "client_secret",
    "token_source",
    "requests_per_minute",
    "requests_per_second",
    "burst",
    "share_quota",
    "max_attempts",
    "max_throttled_attempts",
    "base_delay",
    "max_delay",
    "max_retry_after",
    "page_deadline",
    "retry_budget",
    "page_size_parameter",
    "connect_timeout",
    "read_timeout",
    "attempt_timeout",
    "idle_timeout",
    "proxy",
    "root_certificate",
    "retries",
];

/// Sets what was given.
pub(super) fn apply(
    mut builder: ClientBuilder,
    settings: Option<&Bound<'_, PyDict>>,
) -> PyResult<ClientBuilder> {
    let Some(settings) = settings else {
        return Ok(builder);
    };
    for name in settings.keys() {
        let name: String = name.extract()?;
        if !NAMES.contains(&name.as_str()) {
            return Err(PyTypeError::new_err(format!(
                "unknown setting {name:?}; allowed: {}",
                NAMES.join(", ")
            )));
        }
    }
    let given = Given(settings);
    if let Some(region) = given.text("region")? {
        let region = region.parse::<Region>();
        builder = builder.region(region.map_err(|error| failure::raise(settings.py(), &error))?);
    }
    if let Some(url) = given.text("base_url")? {
        builder = builder.base_url(url);
    }
    if let Some(url) = given.text("login_url")? {
        builder = builder.login_url(url);
    }
    if given.flag("allow_plain_http")? {
        builder = builder.allow_plain_http();
    }
    if let Some(token) = given.text("access_token")? {
        builder = builder.access_token(token);
    }
    match (given.text("client_id")?, given.text("client_secret")?) {
        (Some(id), Some(secret)) => builder = builder.client_credentials(id, secret),
        (None, None) => {}
        (id, _) => {
            let (has, lacks) = match id {
                Some(_) => ("client_id", "client_secret"),
                None => ("client_secret", "client_id"),
            };
            return Err(PyValueError::new_err(format!(
                "{has} is set without {lacks}; expected both"
            )));
        }
    }
    let _ = (
        &mut builder,
        RateLimit::default(),
        RetryPolicy::default(),
        PageSizeParameter::Both,
    );
    let _ = (duration, number);
    Ok(builder)
}

/// The settings given. `None` counts as not given.
struct Given<'a, 'py>(&'a Bound<'py, PyDict>);

impl<'py> Given<'_, 'py> {
    fn get(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.0.get_item(name)?.filter(|value| !value.is_none()))
    }

    /// A text. An error doesn't repeat what was given: it may be a secret.
    fn text(&self, name: &str) -> PyResult<Option<String>> {
        let Some(value) = self.get(name)? else {
            return Ok(None);
        };
        let text = value.extract();
        text.map(Some)
            .map_err(|_| wrong_type(name, &value, "expected a text"))
    }

    fn flag(&self, name: &str) -> PyResult<bool> {
        let Some(value) = self.get(name)? else {
            return Ok(false);
        };
        let flag = value.extract();
        flag.map_err(|_| wrong_type(name, &value, "expected True or False"))
    }
}
