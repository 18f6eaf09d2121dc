//! The quota that processes share.

use std::num::NonZeroU32;

use journey_events::ClientBuilder;
use journey_events_dataset::is_database_url;
use journey_events_dataset::postgres::PostgresUrl;
use journey_events_dataset::quota::{PostgresQuota, SharedQuota};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::exception::invalid;
use crate::failure;
use crate::runtime::Driver;

/// The service's default for one OAuth client.
const DEFAULT: u32 = 300;
const ALLOWED: &str = "expected \"machine\" or a URL such as \"postgres://HOST/DATABASE\"";

/// Sets the quota that is shared with others: all programs of this machine, or all that name a database.
pub(super) fn apply(
    builder: ClientBuilder,
    with: &Bound<'_, PyAny>,
    per_minute: Option<u32>,
) -> PyResult<ClientBuilder> {
    let py = with.py();
    let per_minute = NonZeroU32::new(per_minute.unwrap_or(DEFAULT))
        .ok_or_else(|| invalid(py, "requests_per_minute is 0; expected 1 or more"))?;
    // Not repeated: it may have a password in it.
    let unknown = || invalid(py, &format!("share_quota has an unknown value; {ALLOWED}"));
    let with: String = with.extract().map_err(|_| unknown())?;
    let url: Option<PostgresUrl> = match with.as_str() {
        "machine" => None,
        url => {
            let url = is_database_url(url).then(|| url.parse());
            let url = url.ok_or_else(unknown)?;
            Some(url.map_err(|error| invalid(py, &failure::with_causes(&error)))?)
        }
    };
    // Without a name, the settings are incomplete, which `build` reports, or only the source knows the tokens.
    let Some(name) = builder.quota_name() else {
        return Err(invalid(
            py,
            "share_quota needs a region or base_url, and client_id with client_secret or an access_token: those who \
             use the same share the quota",
        ));
    };
    // It may wait for a lock, or for a database that is gone.
    let driver = Driver::get()?;
    match url {
        None => {
            let opened = driver.blocking(py, move || SharedQuota::open(&name, per_minute))?;
            let opened = opened.map_err(|error| {
                PyOSError::new_err(format!("share_quota: {}", failure::with_causes(&error)))
            });
            Ok(builder.quota(opened?))
        }
        Some(url) => {
            let opened =
                driver.blocking(py, move || PostgresQuota::open(&url, &name, per_minute))?;
            let opened = opened.map_err(|error| failure::of_dataset(py, &error));
            Ok(builder.quota(opened?))
        }
    }
}
