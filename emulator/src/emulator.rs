//! The handle of a running emulator.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::data::SessionInfo;
use crate::error::StartError;
use crate::http::{Service, router};
use crate::recording::RecordedRequest;
use crate::settings::Settings;

/// Longest wait at [`Emulator::shutdown`] for requests in progress.
const GRACE: Duration = Duration::from_secs(5);

/// A running emulator, on a port of 127.0.0.1.
///
/// Dropping it stops it without waiting: it accepts no more connections, and requests in progress
/// may still be answered.
#[derive(Debug)]
pub struct Emulator {
    base_url: String,
    service: Arc<Service>,
    /// Stops the server when dropped.
    running: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Emulator {
    pub(crate) async fn start(settings: &Settings) -> Result<Self, StartError> {
        settings.check()?;
        let service = Arc::new(Service::new(settings)?);
        let unavailable = |source| StartError::port(settings.port, source);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await;
        let listener = listener.map_err(unavailable)?;
        let address = listener.local_addr().map_err(unavailable)?;
        let (running, stop) = oneshot::channel::<()>();
        let routes = router(Arc::clone(&service));
        // Otherwise the end of a page may wait for the client's delayed acknowledgement, 40 ms.
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        let server = tokio::spawn(async move {
            let serving = axum::serve(listener, routes).with_graceful_shutdown(async {
                // Always an error: nothing is ever sent.
                let _ = stop.await;
            });
            // axum retries the listener's errors, so this returns only after a stop.
            let _ = serving.await;
        });
        Ok(Self {
            base_url: format!("http://{address}"),
            service,
            running,
            server,
        })
    }

    /// Returns the base URL of both API and login: `http://127.0.0.1:` and the port, without a
    /// trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the sessions it serves, at least one.
    #[must_use]
    pub fn sessions(&self) -> &[SessionInfo] {
        &self.service.sessions.infos
    }

    /// Returns the ids of the external contacts, in the order of their first sessions.
    ///
    /// Of generated sessions, each three in a row belong to one contact; the last one may have
    /// fewer. Of [your own](crate::EmulatorBuilder::own_events), those whose first events have the
    /// same `customerId` do, and a session without one has its own contact.
    #[must_use]
    pub fn contacts(&self) -> &[String] {
        &self.service.contacts.ids
    }

    /// Returns the ids of the conversations, in the order of their contacts' sessions. Every session is
    /// in one; some have two, and some none.
    #[must_use]
    pub fn conversations(&self) -> &[String] {
        &self.service.conversations.ids
    }

    /// Returns the id of the only OAuth client, derived from the seed.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.service.admission.tokens.client_id
    }

    /// Returns the secret of the only OAuth client, derived from the seed.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.service.admission.tokens.client_secret
    }

    /// Returns the number of requests received for events, sessions or conversations, whatever the
    /// response: those that a [`Fault`](crate::Fault) may apply to. It is never reset.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.service.requests.load(Ordering::Relaxed)
    }

    /// Returns how many of the [`requests`](Self::requests) got a 429, from the quota or a fault.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.service.throttled.load(Ordering::Relaxed)
    }

    /// Returns the newest 10,000 requests in the order received, with any method and path except
    /// those below `/emulator/`. [`requests`](Self::requests) counts only some of them.
    #[must_use]
    pub fn recorded(&self) -> Vec<RecordedRequest> {
        self.service.recording.all()
    }

    /// Discards the [`recorded`](Self::recorded) requests and restarts the count for faults, so
    /// that the next request is their first. Useful between tests that share an emulator.
    pub fn forget_recorded(&self) {
        self.service.forget_recorded();
    }

    /// Closes the port, then waits up to 5 s for requests in progress.
    ///
    /// Cancelling the future stops the emulator too, as dropping it does.
    pub async fn shutdown(self) {
        let Self {
            running, server, ..
        } = self;
        drop(running);
        // A client that never reads its response would block this forever.
        let _ = tokio::time::timeout(GRACE, server).await;
    }
}
