//! The dataset of a run, opened or created.

use std::panic::resume_unwind;
use std::sync::Arc;

use journey_events::Client;
use journey_events_dataset::format::{Compression, Format};
use journey_events_dataset::{Dataset, Given, Result, Settings};
use tokio::task::spawn_blocking;

use super::args::SyncArgs;
use crate::options::dataset::NamedDataset;

/// Whether a dataset is there already.
pub(super) async fn exists(named: &Arc<NamedDataset>) -> Result<bool> {
    let named = Arc::clone(named);
    let looking = spawn_blocking(move || Dataset::exists(&named.location)).await;
    looking.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

/// Opens or creates the dataset on a blocking thread.
pub(super) async fn opened(
    args: &Arc<SyncArgs>,
    named: &Arc<NamedDataset>,
    client: &Client,
) -> Result<Dataset> {
    let (args, named) = (Arc::clone(args), Arc::clone(named));
    let service = client.base_url().to_owned();
    let opening = spawn_blocking(move || open(&args, &named, service)).await;
    opening.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

fn open(args: &SyncArgs, named: &NamedDataset, service: String) -> Result<Dataset> {
    let NamedDataset { location, ledger } = named;
    let format = args.format.map(Format::from);
    let compression = args.compress.map(Compression::from);
    let partition = args.partition.map(Into::into);
    if args.create {
        let mut settings = Settings::new(format.unwrap_or(Format::Parquet), service);
        settings.compression = compression.unwrap_or_default();
        settings.partition = partition.unwrap_or_default();
        if let Some(settle) = args.settle {
            settings.settle_seconds = settle.as_secs();
        }
        return Dataset::create(location, settings, ledger);
    }
    let dataset = Dataset::open(location, ledger)?;
    dataset.check(&Given {
        format,
        compression,
        partition,
        settle: args.settle,
        columns: None,
        region: Some(service),
    })?;
    if args.upgrade_columns {
        dataset.upgrade_columns()?;
        return Dataset::open(location, ledger);
    }
    Ok(dataset)
}
