//! One contact: its sessions, as the service lists them, are added to the ledger.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use journey_events::{Error as ServiceError, ErrorKind as ServiceErrorKind, Session};

use super::blocking::blocking;
use super::outage::{GaveUp, Troubles};
use super::service_time::service_time;
use super::session::Reader;
use crate::error::{ErrorKind, Result};
use crate::ledger::session::{ContactClaim, ContactEnd, Listed};

/// How many sessions are added at once.
const CHUNK: usize = 200;

impl Reader {
    /// Lists a contact's sessions. An outage is waited out, and the listing begun again.
    pub(super) async fn list(self, claim: ContactClaim) -> Result<Option<GaveUp>> {
        let mut troubles = Troubles::default();
        let end = loop {
            if let Err(gave_up) = self.outage.wait_until_usable().await {
                return Ok(Some(gave_up));
            }
            let Err(error) = self.add_listed(&claim, &mut troubles).await? else {
                break ContactEnd::Listed;
            };
            if error.kind() == ServiceErrorKind::NotFound {
                let (run, at) = (self.run.stamp(), service_time(&self.client));
                break ContactEnd::NotFound { run, at };
            }
            if !self.outage.concerns_all(&error, &mut troubles) {
                let reason = error.to_string();
                break ContactEnd::Failed { reason };
            }
            if let Err(gave_up) = self.outage.wait_out(error).await {
                return Ok(Some(gave_up));
            }
        };
        let run = Arc::clone(&self.run);
        blocking(move || run.end_contact(claim.contact, &end)).await?;
        Ok(None)
    }

    async fn add_listed(
        &self,
        claim: &ContactClaim,
        troubles: &mut Troubles,
    ) -> Result<Result<(), ServiceError>> {
        let sessions = self.client.contact_sessions(&claim.id).stream();
        let mut chunks = sessions.try_ready_chunks(CHUNK);
        while let Some(chunk) = chunks.next().await {
            let (sessions, error) = match chunk {
                Ok(sessions) => (sessions, None),
                Err(error) => (error.0, Some(error.1)),
            };
            let now = service_time(&self.client);
            let listed: Vec<_> = sessions
                .iter()
                .map(|session| listed(session, now))
                .collect();
            let (run, contact) = (Arc::clone(&self.run), claim.contact);
            let added = blocking(move || run.add_sessions(&listed, Some(contact))).await;
            *troubles = Troubles::default();
            match added {
                // It was forgotten meanwhile.
                Err(error) if error.kind() == ErrorKind::ClaimLost => return Ok(Ok(())),
                added => added?,
            };
            if let Some(error) = error {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}

/// A device's clock can be ahead: a date to come says nothing.
fn listed(session: &Session, now: Timestamp) -> Listed {
    Listed {
        id: session.id().to_owned(),
        last_event: session.last_event_at().filter(|date| *date <= now),
        event_count: session.event_count(),
        ended: session.ended_at().filter(|date| *date <= now),
    }
}
