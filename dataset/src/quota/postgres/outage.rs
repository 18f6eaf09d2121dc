//! What is known while the database can't be used.

use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::BootTime;
use crate::quota::outage::QuotaOutage;

/// Shared by the quota and its ring.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outage(Arc<Mutex<Option<(BootTime, String)>>>);

impl Outage {
    pub(crate) fn now(&self) -> Option<QuotaOutage> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, cause) = state.as_ref()?;
        Some(QuotaOutage {
            lasts: BootTime::now().since(*since),
            cause: cause.clone(),
        })
    }

    pub(crate) fn began(&self, cause: String) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, last)) = state.as_mut() {
            *last = cause;
            return;
        }
        tracing::warn!(
            "no requests are sent, since the shared quota's database can't be used: {cause}"
        );
        *state = Some((BootTime::now(), cause));
    }

    pub(crate) fn ended(&self) {
        let former = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.take()
        };
        if let Some((since, _)) = former {
            let lasted = BootTime::now().since(since).as_secs_f64();
            tracing::info!("the shared quota's database can be used again, after {lasted:.1} s");
        }
    }
}
