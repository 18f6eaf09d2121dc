//! All sessions, and how far each has grown.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use super::events::Events;
use super::own_events::{OwnEvent, OwnSession};
use super::session::{Session, SessionInfo};
use crate::form::Form;
use crate::settings::Settings;
use crate::story::{Identity, Medium};

#[derive(Debug)]
pub(crate) struct Sessions {
    seed: u64,
    form: Form,
    pub(crate) infos: Vec<SessionInfo>,
    /// Each session's number by its id.
    numbers: HashMap<String, usize>,
    /// A user's own events by session number; empty if sessions are generated.
    own: Vec<Arc<[OwnEvent]>>,
    /// The interval between two events; `None` if all are there from the start.
    growth: Option<Duration>,
    /// When each session was first requested.
    first_requests: Vec<OnceLock<Instant>>,
}

impl Sessions {
    pub(crate) fn generated(settings: &Settings) -> Self {
        let info = |number| {
            let identity = Identity::generated(settings.seed, number, settings.form);
            SessionInfo::new(&identity, settings.events)
        };
        let infos = (0..settings.sessions).map(info).collect();
        Self::new(settings, infos, Vec::new())
    }

    pub(crate) fn own(settings: &Settings, own: Vec<OwnSession>) -> Self {
        let info = |session: &OwnSession| {
            let medium = if session.is_app {
                Medium::App
            } else {
                Medium::Web
            };
            let identity = Identity::own(settings.seed, &session.id, medium);
            SessionInfo::new(&identity, session.events.len() as u64)
        };
        let infos = own.iter().map(info).collect();
        let own = own.into_iter().map(|session| session.events.into());
        Self::new(settings, infos, own.collect())
    }

    fn new(settings: &Settings, infos: Vec<SessionInfo>, own: Vec<Arc<[OwnEvent]>>) -> Self {
        let ids = infos.iter().map(|session| session.id().to_owned());
        Self {
            seed: settings.seed,
            form: settings.form,
            numbers: ids.zip(0..).collect(),
            first_requests: infos.iter().map(|_| OnceLock::new()).collect(),
            infos,
            own,
            growth: settings.growth,
        }
    }

    /// Returns the session for a request, the first of which lets it begin to grow.
    pub(crate) fn request(&self, id: &str) -> Option<Session> {
        let number = *self.numbers.get(id)?;
        self.first_requests.get(number)?.get_or_init(Instant::now);
        self.get(number)
    }

    pub(crate) fn get(&self, number: usize) -> Option<Session> {
        let info = self.infos.get(number)?;
        let count = self.grown(number).min(info.events());
        let (identity, events) = if let Some(own) = self.own.get(number) {
            let identity = Identity::own(self.seed, info.id(), info.medium());
            (identity, Events::Own(Arc::clone(own)))
        } else {
            let identity = Identity::generated(self.seed, number as u64, self.form);
            let events = Events::generated(&identity);
            (identity, events)
        };
        Some(Session {
            identity,
            events,
            count,
            all: info.events(),
            has_ended: count == info.events(),
        })
    }

    /// Returns how many events an endless session would have by now.
    fn grown(&self, number: usize) -> u64 {
        let Some(interval) = self.growth else {
            return u64::MAX;
        };
        let start = self.first_requests.get(number).and_then(OnceLock::get);
        let age = start.map_or(Duration::ZERO, Instant::elapsed);
        let more = age.as_nanos() / interval.as_nanos().max(1);
        u64::try_from(more).unwrap_or(u64::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_session_grows_from_its_first_request_until_it_ends() {
        let sessions = Sessions::generated(&Settings {
            sessions: 2,
            events: 3,
            growth: Some(Duration::from_secs(1)),
            ..Settings::default()
        });
        let [first, second] = [0, 1].map(|number| sessions.infos[number].id().to_owned());
        let request = |id: &str| {
            let session = sessions.request(id).unwrap();
            (session.count, session.has_ended)
        };
        let millis = Duration::from_millis;
        advance(millis(60_000)).await;
        assert_eq!(request(&first), (1, false));
        advance(millis(999)).await;
        assert_eq!(request(&first), (1, false));
        advance(millis(1)).await;
        assert_eq!(request(&first), (2, false));
        // Listing it doesn't make it grow.
        assert_eq!(sessions.get(1).unwrap().count, 1);
        advance(millis(900)).await;
        assert_eq!(request(&second), (1, false));
        advance(millis(999)).await;
        assert_eq!((request(&first), request(&second)), ((3, true), (1, false)));
        advance(millis(1)).await;
        assert_eq!(request(&second), (2, false));
        advance(millis(60_000)).await;
        assert_eq!((request(&first), request(&second)), ((3, true), (3, true)));
    }
}
