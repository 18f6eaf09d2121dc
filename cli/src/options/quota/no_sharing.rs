//! What stands in for a quota that programs share in a build without the feature `sync`.

use std::convert::Infallible;
use std::num::NonZeroU32;

use journey_events::ClientBuilder;
use journey_events_dataset::is_database_url;

use super::counted::Counted;
use crate::features;

/// The default of `--share-quota`.
pub(super) const DEFAULT: &str = "off";

/// Whose requests count together: those of no two programs.
#[derive(Debug, Clone)]
pub(super) struct Sharing(Infallible);

impl Sharing {
    pub(super) fn of(given: &str) -> Result<Option<Self>, String> {
        match given {
            "off" => Ok(None),
            "machine" => Err(features::missing("--share-quota machine", "sync")),
            url if is_database_url(url) => {
                Err(features::missing("--share-quota postgres://…", "postgres"))
            }
            _ => Err("--share-quota has an unknown value\n  next: give `off`".to_owned()),
        }
    }

    #[expect(clippy::unused_async, reason = "async where it is built")]
    pub(super) async fn apply(
        self,
        _: ClientBuilder,
        _: String,
        _: NonZeroU32,
    ) -> Result<(ClientBuilder, Counted), String> {
        match self.0 {}
    }
}
