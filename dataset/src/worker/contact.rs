//! One contact: its sessions, as the service lists them, are added to the ledger.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use journey_events::{Error as ServiceError, Session};

use super::blocking::blocking;
use super::outage::{GaveUp, Outage};
use super::session::Reader;
use crate::error::Result;
use crate::ledger::session::{ContactClaim, ContactEnd, Listed};

/// How many sessions are added at once.
const CHUNK: usize = 200;

impl Reader {
    /// Lists a contact's sessions. An outage is waited out, and the listing begun again.
    pub(super) async fn list(self, claim: ContactClaim) -> Result<Option<GaveUp>> {
        let mut has_met_outage = false;
        let end = loop {
            if let Err(gave_up) = self.outage.usable().await {
                return Ok(Some(gave_up));
            }
            let Err(error) = self.add_listed(&claim).await? else {
                break ContactEnd::Listed;
            };
            if !Outage::is_one(&error) || (has_met_outage && Outage::is_sessions_own(&error)) {
                let reason = error.to_string();
                break ContactEnd::Failed { reason };
            }
            has_met_outage = true;
            if let Err(gave_up) = self.outage.met(error).await {
                return Ok(Some(gave_up));
            }
        };
        let run = Arc::clone(&self.run);
        blocking(move || run.end_contact(claim.contact, &end)).await?;
        Ok(None)
    }

    async fn add_listed(&self, claim: &ContactClaim) -> Result<Result<(), ServiceError>> {
        let sessions = self.client.contact_sessions(&claim.id).stream();
        let mut chunks = sessions.try_ready_chunks(CHUNK);
        while let Some(chunk) = chunks.next().await {
            let (sessions, error) = match chunk {
                Ok(sessions) => (sessions, None),
                Err(error) => (error.0, Some(error.1)),
            };
            let listed: Vec<_> = sessions.iter().map(listed).collect();
            let (run, contact) = (Arc::clone(&self.run), claim.contact);
            blocking(move || run.add_sessions(&listed, Some(contact))).await?;
            if let Some(error) = error {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}

fn listed(session: &Session) -> Listed {
    Listed {
        id: session.id().to_owned(),
        last_event: session.last_event_at(),
        event_count: session.event_count(),
        ended: session.ended_at(),
    }
}
