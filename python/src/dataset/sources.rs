//! What is added to a dataset before a run.

use journey_events_dataset::{Reread, Sources};
use pyo3::prelude::*;

use crate::argument::{Given, items, wrong_value};
use crate::failure;

/// Reads sessions and contacts: ids, or objects that have one.
pub(super) fn sources(given: &Given<'_, '_>, client: &journey_events::Client) -> PyResult<Sources> {
    let ids = |name| -> PyResult<Vec<String>> {
        let ids = given.get(name)?.map(|value| ids(name, &value));
        let ids = ids.transpose()?.unwrap_or_default();
        ids.iter()
            .try_for_each(|id| check(given.py(), client, id))?;
        Ok(ids)
    };
    let reread = match given.get("reread")? {
        None => None,
        Some(value) => match value.extract::<String>().ok().as_deref() {
            Some("all") => Some(Reread::All),
            Some(_) => {
                let allowed = "expected \"all\" or a list of session ids";
                return Err(wrong_value("reread", &value, allowed));
            }
            None => Some(Reread::Sessions(ids("reread")?)),
        },
    };
    Ok(Sources {
        sessions: ids("sessions")?,
        contacts: ids("contacts")?,
        reread,
    })
}

fn ids(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let allowed = [
        "expected a list of ids, or of objects that have an id",
        "expected an id",
    ];
    items(name, value, allowed, |item| {
        let id = item.extract();
        id.or_else(|_| item.getattr("id")?.extract())
    })
}

/// Refuses what can't be an id, before anything is written or sent.
fn check(py: Python<'_>, client: &journey_events::Client, id: &str) -> PyResult<()> {
    let checked = client.session_events(id).validate();
    checked.map_err(|error| failure::raise(py, &error))
}
