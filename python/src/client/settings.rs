//! Settings of a client, as keyword arguments.

use journey_events::{ClientBuilder, PageSizeParameter, RateLimit, Region, RetryPolicy};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::shared_quota;
use super::token_source::token_source;
use crate::argument::{Given, wrong_value};
use crate::exception::invalid;
use crate::failure;

/// All settings, in the order of the documentation.
const NAMES: [&str; 26] = [
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
];

/// Sets what was given.
pub(super) fn apply(
    builder: ClientBuilder,
    settings: Option<&Bound<'_, PyDict>>,
) -> PyResult<ClientBuilder> {
    let Some(settings) = settings else {
        return Ok(builder);
    };
    let given = Given::of(settings, &NAMES)?;
    let builder = service(builder, &given)?;
    let builder = credentials(builder, &given)?;
    let builder = connections(builder, &given)?.retry_policy(retries(&given)?);
    // Last: its name follows from the service and the credentials.
    quota(builder, &given)
}

fn service(mut builder: ClientBuilder, given: &Given<'_, '_>) -> PyResult<ClientBuilder> {
    if let Some(region) = given.text("region")? {
        let region = region.parse::<Region>();
        let region = region.map_err(|error| failure::raise(given.py(), &error))?;
        builder = builder.region(region);
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
    if let Some(which) = given.get("page_size_parameter")? {
        let allowed = "expected \"both\", \"limit\" or \"pageSize\"";
        builder = builder.page_size_parameter(match which.extract() {
            Ok("both") => PageSizeParameter::Both,
            Ok("limit") => PageSizeParameter::Limit,
            Ok("pageSize") => PageSizeParameter::PageSize,
            _ => return Err(wrong_value("page_size_parameter", &which, allowed)),
        });
    }
    Ok(builder)
}

fn credentials(mut builder: ClientBuilder, given: &Given<'_, '_>) -> PyResult<ClientBuilder> {
    let token = given.text("access_token")?;
    let client = match (given.text("client_id")?, given.text("client_secret")?) {
        (Some(id), Some(secret)) => Some((id, secret)),
        (None, None) => None,
        (Some(_), None) => return Err(lacks(given.py(), "client_id", "client_secret")),
        (None, Some(_)) => return Err(lacks(given.py(), "client_secret", "client_id")),
    };
    let source = given.get("token_source")?;
    let kinds = [token.is_some(), client.is_some(), source.is_some()];
    if kinds.into_iter().filter(|is_given| *is_given).count() > 1 {
        return Err(invalid(
            given.py(),
            "more than one kind of credentials is set; expected access_token, client_id with client_secret, or \
             token_source",
        ));
    }
    if let Some(token) = token {
        builder = builder.access_token(token);
    }
    if let Some((id, secret)) = client {
        builder = builder.client_credentials(id, secret);
    }
    if let Some(source) = source {
        builder = builder.token_source(token_source(&source)?);
    }
    Ok(builder)
}

fn lacks(py: Python<'_>, has: &str, lacks: &str) -> PyErr {
    invalid(py, &format!("{has} is set without {lacks}; expected both"))
}

fn connections(mut builder: ClientBuilder, given: &Given<'_, '_>) -> PyResult<ClientBuilder> {
    if let Some(timeout) = given.duration("connect_timeout")? {
        builder = builder.connect_timeout(timeout);
    }
    if let Some(timeout) = given.duration("read_timeout")? {
        builder = builder.read_timeout(timeout);
    }
    if let Some(timeout) = given.duration("attempt_timeout")? {
        builder = builder.attempt_timeout(timeout);
    }
    if let Some(timeout) = given.duration("idle_timeout")? {
        builder = builder.idle_timeout(timeout);
    }
    if let Some(url) = given.text("proxy")? {
        builder = builder.proxy(url);
    }
    if let Some(pem) = given.bytes("root_certificate")? {
        builder = builder.root_certificate(pem);
    }
    Ok(builder)
}

fn retries(given: &Given<'_, '_>) -> PyResult<RetryPolicy> {
    let mut policy = RetryPolicy::default();
    if let Some(attempts) = given.number("max_attempts")? {
        policy = policy.max_attempts(attempts);
    }
    if let Some(attempts) = given.number("max_throttled_attempts")? {
        policy = policy.max_throttled_attempts(attempts);
    }
    if let Some(delay) = given.duration("base_delay")? {
        policy = policy.base_delay(delay);
    }
    if let Some(delay) = given.duration("max_delay")? {
        policy = policy.max_delay(delay);
    }
    if let Some(wait) = given.duration("max_retry_after")? {
        policy = policy.max_retry_after(wait);
    }
    if let Some(deadline) = given.duration("page_deadline")? {
        policy = policy.page_deadline(deadline);
    }
    if let Some(tokens) = given.number("retry_budget")? {
        policy = policy.budget(tokens);
    }
    Ok(policy)
}

fn quota(builder: ClientBuilder, given: &Given<'_, '_>) -> PyResult<ClientBuilder> {
    let per_minute = given.number("requests_per_minute")?;
    let pace = (given.number("requests_per_second")?, given.number("burst")?);
    if let Some(with) = given.get("share_quota")? {
        if pace != (None, None) {
            return Err(invalid(
                given.py(),
                "requests_per_second and burst can't be set with share_quota: the processes that share it have one \
                 pace",
            ));
        }
        return shared_quota::apply(builder, &with, per_minute);
    }
    let mut limit = per_minute.map_or_else(RateLimit::default, RateLimit::per_minute);
    if let Some(requests) = pace.0 {
        limit = limit.per_second(requests);
    }
    if let Some(requests) = pace.1 {
        limit = limit.burst(requests);
    }
    Ok(builder.rate_limit(limit))
}
