//! The handle of a running emulator: what it serves and has received, and in [`change`] what changes it.

mod change;

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::admission::ClientCredentials;
use crate::data::SessionInfo;
use crate::error::StartError;
use crate::http::router;
use crate::recording::RecordedRequest;
use crate::settings::Settings;
use crate::state::State;

/// Longest wait at [`Emulator::shutdown`] for requests in progress.
const GRACE: Duration = Duration::from_secs(5);

/// A running emulator, on a port of 127.0.0.1 unless it was given
/// [another address](crate::EmulatorBuilder::host).
///
/// Its methods change it while it runs, as its control routes below `/emulator/` do for other languages.
/// Dropping it stops it without waiting: it accepts no more connections, and requests in progress
/// may still be answered.
pub struct Emulator {
    base_url: String,
    state: Arc<State>,
    // Of the start; the state's change.
    sessions: Vec<SessionInfo>,
    contacts: Vec<String>,
    conversations: Vec<String>,
    /// Stops the server when dropped.
    running: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

/// Without its clients' tokens, which may be real ones.
impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Emulator");
        shown
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl Emulator {
    pub(crate) async fn start(settings: Settings) -> Result<Self, StartError> {
        settings.check()?;
        let address = SocketAddr::new(settings.host, settings.port);
        let state = Arc::new(State::new(settings)?);
        let unavailable = |source| StartError::port(address, source);
        let listener = TcpListener::bind(address).await.map_err(unavailable)?;
        let mut address = listener.local_addr().map_err(unavailable)?;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        let (running, stop) = oneshot::channel::<()>();
        let routes = router(Arc::clone(&state));
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
        let world = state.world();
        let sessions = world.sessions.infos().cloned().collect();
        let contacts = world.contacts.ids.iter().map(ToString::to_string);
        let conversations = world.conversations.all.iter().map(|one| one.id.to_string());
        let (contacts, conversations) = (contacts.collect(), conversations.collect());
        drop(world);
        Ok(Self {
            base_url: format!("http://{address}"),
            state,
            sessions,
            contacts,
            conversations,
            running,
            server,
        })
    }

    /// Returns the base URL of both API and login, without a trailing slash: `http://127.0.0.1:` and the
    /// port, or the address that it was given. If it listens on all, it is that of this machine.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the sessions it started with, at least one. [`add_sessions`](Self::add_sessions) returns
    /// those that it adds.
    #[must_use]
    pub fn sessions(&self) -> &[SessionInfo] {
        &self.sessions
    }

    /// Returns the ids of the external contacts it started with, in the order of their first sessions.
    ///
    /// Of generated sessions, each
    /// [three in a row](crate::EmulatorBuilder::sessions_per_contact) belong to one contact; the last one
    /// may have fewer. Of [your own](crate::EmulatorBuilder::own_events), those whose first events have the
    /// same `customerId` do, and a session without one has its own contact.
    #[must_use]
    pub fn contacts(&self) -> &[String] {
        &self.contacts
    }

    /// Returns the ids of the conversations it started with, in the order of their contacts' sessions.
    /// Every session is in one; some have two, and some none.
    #[must_use]
    pub fn conversations(&self) -> &[String] {
        &self.conversations
    }

    /// Returns the id of the contact that was merged with this one, if any: `includeMerged` lists the
    /// sessions of both.
    #[must_use]
    pub fn merged_with(&self, contact: &str) -> Option<String> {
        let contacts = &self.state.world().contacts;
        let other = contacts.merged_with(contacts.number(contact)?)?;
        contacts.ids.get(other).map(ToString::to_string)
    }

    /// Returns the OAuth clients, derived from the seed: one, or as many as
    /// [configured](crate::EmulatorBuilder::clients). Each has its own quota.
    ///
    /// ```
    /// # use journey_events_emulator::Emulator;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().clients(2).quota(300).start().await?;
    /// for client in emulator.clients() {
    ///     let login = reqwest::Client::new()
    ///         .post(format!("{}/oauth/token", emulator.base_url()))
    ///         .basic_auth(client.id(), Some(client.secret()))
    ///         .header("content-type", "application/x-www-form-urlencoded")
    ///         .body("grant_type=client_credentials");
    ///     assert!(login.send().await?.status().is_success());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn clients(&self) -> &[ClientCredentials] {
        &self.state.admission.tokens.clients
    }

    /// Returns the id of the first of the [`clients`](Self::clients).
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.clients().first().map_or("", ClientCredentials::id)
    }

    /// Returns the secret of the first of the [`clients`](Self::clients).
    #[must_use]
    pub fn client_secret(&self) -> &str {
        self.clients().first().map_or("", ClientCredentials::secret)
    }

    /// Returns the number of requests received for events, sessions or conversations, whatever the
    /// response. Only [`reset`](Self::reset) sets it to zero.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state.counts.requests.load(Ordering::Relaxed)
    }

    /// Returns how many of the [`requests`](Self::requests) got a 429, from the quota or a fault.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.state.counts.throttled.load(Ordering::Relaxed)
    }

    /// Returns the newest requests in the order received, at most 10,000 and about 64 MiB, with any method
    /// and path except those below `/emulator/`. [`requests`](Self::requests) counts only some of them.
    ///
    /// ```
    /// # use journey_events_emulator::Emulator;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().events(3).start().await?;
    /// let session = emulator.sessions()[0].id();
    /// let url = format!("{}/api/v2/journey/sessions/{session}/events?pageSize=2", emulator.base_url());
    /// reqwest::Client::new().get(url).bearer_auth("any").send().await?;
    ///
    /// let requests = emulator.recorded();
    /// assert_eq!(requests[0].parameter("pageSize"), Some("2"));
    /// assert_eq!(requests[0].header("authorization"), Some("Bearer")); // without the token
    /// assert_eq!(requests[0].status, Some(200));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn recorded(&self) -> Vec<RecordedRequest> {
        self.state.recording.all()
    }

    /// Discards the [`recorded`](Self::recorded) requests and restarts the counts of faults, so
    /// that the next request is their first. Useful between tests that share an emulator.
    pub fn forget_recorded(&self) {
        self.state.forget_recorded();
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
