//! The handle of a running emulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::builder::EmulatorBuilder;
use crate::data::session::SessionInfo;
use crate::http::router::router;
use crate::http::service::Service;
use crate::recording::RecordedRequest;

/// Longest wait for requests under way at [`Emulator::shutdown`].
const GRACE: Duration = Duration::from_secs(5);

/// A running emulator, on a port of 127.0.0.1.
///
/// Dropping it stops it too, without waiting: it takes no more connections, and requests under
/// way may still be answered.
#[derive(Debug)]
pub struct Emulator {
    base_url: String,
    service: Arc<Service>,
    /// Dropped, it tells the server to stop.
    running: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Emulator {
    /// Settings, all of them at their defaults.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    pub(crate) fn serve(listener: TcpListener, address: SocketAddr, service: Service) -> Self {
        let service = Arc::new(service);
        let (running, stop) = oneshot::channel::<()>();
        let routes = router(Arc::clone(&service));
        // Else the end of a page may wait for the client's delayed acknowledgement, 40 ms.
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        let server = tokio::spawn(async move {
            let serving = axum::serve(listener, routes).with_graceful_shutdown(async {
                // Ends when the sender is gone, which is what it is for.
                let _ = stop.await;
            });
            // Errors of the listener are retried within; it ends when it is told to.
            let _ = serving.await;
        });
        Self {
            base_url: format!("http://{address}"),
            service,
            running,
            server,
        }
    }

    /// Where it is: `http://127.0.0.1:` and the port, no slash at the end. API and login both.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The sessions it serves, one at least.
    #[must_use]
    pub fn sessions(&self) -> &[SessionInfo] {
        &self.service.sessions.infos
    }

    /// The ids of the external contacts, in the order of their first sessions. Of made-up sessions each
    /// has the next three, the last one up to three: they are one visitor's. Of
    /// [own ones](crate::EmulatorBuilder::own_events) each has those whose first events have the same
    /// `customerId`; a session without is a contact of its own.
    #[must_use]
    pub fn contacts(&self) -> &[String] {
        &self.service.contacts.ids
    }

    /// The id of the one OAuth client, made from the seed.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.service.admission.oauth.client_id
    }

    /// The secret of the one OAuth client, made from the seed.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.service.admission.oauth.client_secret
    }

    /// How many GET requests for events, for a session or for a contact's sessions have come so far,
    /// whatever the answer: what [`Fault`](crate::Fault)s may strike. Nothing makes it count from the
    /// start again.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.service.requests.load(Ordering::Relaxed)
    }

    /// How many of the [`requests`](Self::requests) were answered 429, by the quota or a fault.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.service.throttled.load(Ordering::Relaxed)
    }

    /// The requests that came, in their order: the newest 10,000, with any method and of all paths but
    /// those below `/emulator/`. [`requests`](Self::requests) counts some of them only.
    #[must_use]
    pub fn recorded(&self) -> Vec<RecordedRequest> {
        self.service.recording.all()
    }

    /// Forgets the requests that are [`recorded`](Self::recorded), and begins the count for faults anew:
    /// the next request is the first one to them. Between two tests of one emulator.
    pub fn forget_recorded(&self) {
        self.service.forget_recorded();
    }

    /// Frees the port, then waits for requests under way to be answered, 5 s at most.
    ///
    /// Cancelling the future still stops the emulator, as dropping it does.
    pub async fn shutdown(self) {
        let Self {
            running, server, ..
        } = self;
        drop(running);
        // A client that leaves its answer unread would be waited for without end.
        let _ = tokio::time::timeout(GRACE, server).await;
    }
}
