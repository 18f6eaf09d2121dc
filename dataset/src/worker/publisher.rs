//! Seals and publishes while sessions are read.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::blocking::blocking;
use super::progress::Counters;
use crate::dataset::Run;
use crate::error::{ErrorKind, Result};
use crate::ledger::file::SealScope;

/// The least time between two publications of everything.
const SHORTEST: Duration = Duration::from_secs(1);
/// How often files that are full are published.
const CHECK: Duration = Duration::from_secs(10);

/// Publishes full files as they fill, and everything every `every`, until it is dropped or fails.
pub(super) async fn publish_regularly(
    run: Arc<Run>,
    counters: Arc<Counters>,
    every: Option<Duration>,
) -> Result<Infallible> {
    let every = every.map(|every| every.max(SHORTEST));
    let mut ticks = interval(CHECK.min(every.unwrap_or(CHECK)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    loop {
        ticks.tick().await;
        let scope = match every {
            Some(every) if last.elapsed() >= every => {
                last = Instant::now();
                SealScope::Everything
            }
            _ => SealScope::FullFiles,
        };
        match publish(&run, &counters, scope).await {
            // Reported at the end: sessions can be read nevertheless.
            Err(error) if error.kind() == ErrorKind::Damaged => {
                tracing::warn!(%error, "a file can't be published");
            }
            published => published?,
        }
    }
}

/// Seals and publishes once.
pub(super) async fn publish(run: &Arc<Run>, counters: &Counters, scope: SealScope) -> Result<()> {
    let run = Arc::clone(run);
    let files = blocking(move || {
        run.seal(scope)?;
        run.publish()
    });
    counters.published(files.await?);
    Ok(())
}
