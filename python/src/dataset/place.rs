//! Where a dataset is, and its settings.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use journey_events_dataset::format::Format;
use journey_events_dataset::{
    Dataset, Error, ErrorKind, Given as GivenSettings, LedgerLocation, LedgerOptions, Location,
    Settings,
};
use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;

use crate::argument::{Given, wrong_type, wrong_value};
use crate::failure;

/// Names the ledger where the argument doesn't, as for the command.
const LEDGER: &str = "JOURNEY_EVENTS_LEDGER";

/// A dataset that is opened on a thread that may block.
#[derive(Debug)]
pub(super) struct Place {
    location: Location,
    ledger: LedgerOptions,
}

impl Place {
    pub(super) fn of(
        dataset: &Bound<'_, PyAny>,
        ledger: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = dataset.py();
        let refused = |error: Error| failure::of_dataset(py, &error);
        let location = match dataset.extract::<String>() {
            Ok(text) => text.parse().map_err(refused)?,
            Err(_) => Location::from(path("dataset", dataset)?.as_path()),
        };
        let given = match ledger {
            Some(ledger) => path("ledger", ledger)?.into_os_string(),
            None => env::var_os(LEDGER).unwrap_or_default(),
        };
        let mut ledger = LedgerOptions::default();
        ledger.location = LedgerLocation::given(&given).map_err(refused)?;
        ledger.on_delay = Some(Arc::new(|delay| log(delay.to_string())));
        Ok(Self { location, ledger })
    }

    /// Opens the dataset. Blocks.
    pub(super) fn open(&self) -> Result<Dataset, Error> {
        Dataset::open(&self.location, &self.ledger)
    }

    /// Opens the dataset, or creates it with these settings. Blocks.
    pub(super) fn open_with(&self, wanted: Wanted, service: String) -> Result<Dataset, Error> {
        let Wanted {
            create,
            upgrade_columns,
            mut given,
        } = wanted;
        if !Dataset::exists(&self.location)? {
            if !create {
                let text = format!(
                    "there is no dataset at `{}`; next: mount its disk, or pass create=True",
                    self.location
                );
                return Err(Error::new(ErrorKind::NoDataset, text));
            }
            let format = given.format.unwrap_or(Format::Parquet);
            let mut settings = Settings::new(format, service);
            settings.compression = given.compression.unwrap_or_default();
            settings.partition = given.partition.unwrap_or_default();
            if let Some(settle) = given.settle {
                settings.settle_seconds = settle.as_secs();
            }
            if let Some(columns) = given.columns {
                settings.columns = columns;
            }
            return Dataset::create(&self.location, settings, &self.ledger);
        }
        let dataset = self.open()?;
        given.region = Some(service);
        dataset.check(&given)?;
        if upgrade_columns {
            dataset.upgrade_columns()?;
            return self.open();
        }
        Ok(dataset)
    }
}

/// What is wanted of a dataset's settings.
#[derive(Debug)]
pub(super) struct Wanted {
    create: bool,
    upgrade_columns: bool,
    given: GivenSettings,
}

impl Wanted {
    pub(super) fn of(given: &Given<'_, '_>) -> PyResult<Self> {
        Ok(Self {
            create: given.flag("create")?,
            upgrade_columns: given.flag("upgrade_columns")?,
            given: GivenSettings {
                format: named(given, "format", "\"parquet\", \"ndjson\" or \"csv\"")?,
                compression: named(given, "compression", "\"zstd\", \"gzip\" or \"none\"")?,
                partition: named(given, "partition", "\"date\" or \"none\"")?,
                settle: given.duration("settle")?,
                columns: given.texts("columns")?,
                region: None,
            },
        })
    }
}

/// Reads a setting by its name in `dataset.json`.
fn named<T: DeserializeOwned>(
    given: &Given<'_, '_>,
    name: &str,
    allowed: &str,
) -> PyResult<Option<T>> {
    let Some(value) = given.get(name)? else {
        return Ok(None);
    };
    let read = value.extract::<String>().ok();
    let read = read.and_then(|text| serde_json::from_value(text.into()).ok());
    let read = read.ok_or_else(|| wrong_value(name, &value, &format!("expected {allowed}")));
    read.map(Some)
}

fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let path = value.extract();
    path.map_err(|_| wrong_type(name, value, "expected a text or a path"))
}

/// Says what is waited for, through Python's logging.
fn log(text: String) {
    let log = move || {
        Python::try_attach(|py| {
            // What logs is the user's; its errors end no run.
            let _ = warn(py, &text);
        });
    };
    // The run must not wait until another thread releases the GIL.
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(log)),
        Err(_) => log(),
    }
}

fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    let logger = py
        .import("logging")?
        .call_method1("getLogger", ("journey_events",))?;
    logger.call_method1("warning", ("%s", text))?;
    Ok(())
}
