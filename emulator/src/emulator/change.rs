//! Changes of a running emulator, and what its faults and its quota saw.

use super::Emulator;
use crate::admission::QuotaReport;
use crate::data::{NewEvents, NewSessions, SessionInfo};
use crate::error::ChangeError;
use crate::fault::{Fault, FaultCount};
use crate::state::Part;

impl Emulator {
    /// Adds sessions and returns them. They are found in new conversations, and stay open unless they were
    /// [ended](NewSessions::ended).
    ///
    /// ```
    /// # use journey_events_emulator::{Emulator, NewSessions};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().events(3).start().await?;
    /// let contact = &emulator.contacts()[0];
    /// let added = emulator.add_sessions(&NewSessions::generated(5).count(2).contact(contact))?;
    /// assert_eq!((added.len(), added[0].events()), (2, 5));
    /// emulator.end_session(added[0].id())?;
    /// assert!(emulator.end_session("unknown").is_err_and(|error| error.is_unknown_id()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ChangeError`] if the contact is unknown, an id is taken, a number is out of range, or there would be
    /// more than 100,000 sessions.
    pub fn add_sessions(&self, new: &NewSessions) -> Result<Vec<SessionInfo>, ChangeError> {
        self.state.add_sessions(new).map(|added| added.sessions)
    }

    /// Adds events to a session and returns how many it has now. If it was still
    /// [growing](crate::EmulatorBuilder::growth), it has the added events in place of those that it was
    /// still to grow by, and stays open until [`end_session`](Self::end_session).
    ///
    /// ```
    /// # use journey_events_emulator::{Emulator, NewEvents};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().events(3).open().start().await?;
    /// let session = emulator.sessions()[0].id();
    /// assert_eq!(emulator.append_events(session, &NewEvents::generated(2))?, 5);
    ///
    /// // One that arrives late, ahead of the last.
    /// let late = format!(r#"{{"eventType":"late","session":{{"id":"{session}"}}}}"#);
    /// assert_eq!(emulator.append_events(session, &NewEvents::own(&late)?.at(4))?, 6);
    /// emulator.end_session(session)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ChangeError`] if the session is unknown, an event is of another one, the position is behind the
    /// last event, or generated events are to be added to your own.
    pub fn append_events(&self, session: &str, new: &NewEvents) -> Result<u64, ChangeError> {
        self.state.append_events(session, new)
    }

    /// Ends a session with the events that it has so far. One that has ended stays so.
    ///
    /// # Errors
    ///
    /// [`ChangeError`] if the session is unknown.
    pub fn end_session(&self, session: &str) -> Result<(), ChangeError> {
        self.state.end_session(session)
    }

    /// Lets all issued tokens expire and returns how many there were. With
    /// [`check_tokens`](crate::EmulatorBuilder::check_tokens), requests with them get a 401.
    #[expect(clippy::must_use_candidate, reason = "it is called for its effect")]
    pub fn expire_tokens(&self) -> usize {
        self.state.expire_tokens()
    }

    /// Replaces all faults; none clears them. Their counts start at zero.
    ///
    /// ```
    /// # use journey_events_emulator::{Emulator, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().events(3).start().await?;
    /// let session = emulator.sessions()[0].id();
    /// let url = format!("{}/api/v2/journey/sessions/{session}/events?pageSize=2", emulator.base_url());
    /// emulator.set_faults(&["503:once".parse()?, Fault::cut().page(2)])?;
    /// let first = reqwest::Client::new().get(url).bearer_auth("any").send().await?;
    /// assert_eq!(first.status(), 503);
    /// assert_eq!(emulator.faults()[0].applied, 1);
    /// emulator.set_faults(&[])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ChangeError`] if one has an invalid value, or there are more than 1,000.
    pub fn set_faults(&self, faults: &[Fault]) -> Result<(), ChangeError> {
        self.state.faults.set(faults)
    }

    /// Returns the faults, and how often each has applied.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultCount> {
        self.state.faults.all()
    }

    /// Returns how many requests each window of each client saw, with or without a
    /// [`quota`](crate::EmulatorBuilder::quota).
    ///
    /// ```
    /// # use journey_events_emulator::Emulator;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().events(3).quota(1).start().await?;
    /// let session = emulator.sessions()[0].id();
    /// let url = format!("{}/api/v2/journey/sessions/{session}/events?pageSize=2", emulator.base_url());
    /// for _ in 0..3 {
    ///     reqwest::Client::new().get(&url).bearer_auth("any").send().await?;
    /// }
    /// let window = emulator.quota_report().clients[0].windows[0];
    /// assert_eq!((window.admitted, window.refused), (1, 2));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn quota_report(&self) -> QuotaReport {
        self.state.quota_report()
    }

    /// Resets these parts, such as [`Part::ALL`] between tests that share an emulator.
    ///
    /// ```
    /// # use journey_events_emulator::{Emulator, Part};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().events(3).start().await?;
    /// emulator.end_session(emulator.sessions()[0].id())?;
    /// emulator.set_faults(&["503".parse()?])?;
    /// emulator.reset(&[Part::Faults, Part::Requests]);
    /// assert!(emulator.faults().is_empty());
    /// emulator.reset(&Part::ALL);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reset(&self, parts: &[Part]) {
        self.state.reset(parts);
    }
}
