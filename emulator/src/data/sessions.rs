//! The sessions that are served, and how far each has grown.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::builder::EmulatorBuilder;
use crate::data::events::Events;
use crate::data::own_events::{OwnEvent, OwnSession};
use crate::data::session::SessionInfo;
use crate::form::Form;
use crate::story::{Identity, Medium};

#[derive(Debug)]
pub(crate) struct Sessions {
    seed: u64,
    form: Form,
    pub(crate) infos: Vec<SessionInfo>,
    /// Number of each session, by its id.
    numbers: HashMap<String, usize>,
    /// Events that were given, a session each; empty where they are made up.
    own: Vec<Arc<[OwnEvent]>>,
    /// The time from one event of a session to the next; `None`: all are there from the start.
    growth: Option<Duration>,
    /// When each session was first asked for.
    begun: Vec<OnceLock<Instant>>,
}

/// A session as it is by now.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) identity: Identity,
    pub(crate) events: Events,
    /// How many events it has by now.
    pub(crate) count: u64,
    /// Whether there will be no more.
    pub(crate) has_ended: bool,
}

impl Sessions {
    pub(crate) fn made(settings: &EmulatorBuilder) -> Self {
        let made = |number| {
            let identity = Identity::new(settings.seed, number, settings.form);
            SessionInfo::new(&identity, settings.events)
        };
        let infos = (0..settings.sessions).map(made).collect();
        Self::new(settings, infos, Vec::new())
    }

    pub(crate) fn own(settings: &EmulatorBuilder, own: Vec<OwnSession>) -> Self {
        let given = |session: &OwnSession| {
            let medium = if session.is_app {
                Medium::App
            } else {
                Medium::Web
            };
            let identity = Identity::given(settings.seed, &session.id, medium);
            SessionInfo::new(&identity, session.events.len() as u64)
        };
        let infos = own.iter().map(given).collect();
        let own = own.into_iter().map(|session| session.events.into());
        Self::new(settings, infos, own.collect())
    }

    fn new(settings: &EmulatorBuilder, infos: Vec<SessionInfo>, own: Vec<Arc<[OwnEvent]>>) -> Self {
        let ids = infos.iter().map(|session| session.id().to_owned());
        Self {
            seed: settings.seed,
            form: settings.form,
            numbers: ids.zip(0..).collect(),
            begun: infos.iter().map(|_| OnceLock::new()).collect(),
            infos,
            own,
            growth: settings.growth,
        }
    }

    /// The session that a request is for: with the first such request it begins to grow.
    pub(crate) fn asked_for(&self, id: &str) -> Option<Served> {
        let number = *self.numbers.get(id)?;
        self.begun.get(number)?.get_or_init(Instant::now);
        self.get(number)
    }

    /// The session as it is by now.
    pub(crate) fn get(&self, number: usize) -> Option<Served> {
        let info = self.infos.get(number)?;
        let count = self.grown(number).min(info.events());
        let (identity, events) = if let Some(own) = self.own.get(number) {
            let identity = Identity::given(self.seed, info.id(), info.medium());
            (identity, Events::Own(Arc::clone(own)))
        } else {
            let identity = Identity::new(self.seed, number as u64, self.form);
            let events = Events::made(&identity);
            (identity, events)
        };
        Some(Served {
            identity,
            events,
            count,
            has_ended: count == info.events(),
        })
    }

    /// How many events time would have brought, had the session no end.
    fn grown(&self, number: usize) -> u64 {
        let Some(each) = self.growth else {
            return u64::MAX;
        };
        let begun = self.begun.get(number).and_then(OnceLock::get);
        let since = begun.map_or(Duration::ZERO, Instant::elapsed);
        let more = since.as_nanos() / each.as_nanos().max(1);
        u64::try_from(more).unwrap_or(u64::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::Emulator;

    #[tokio::test(start_paused = true)]
    async fn a_session_grows_from_the_first_request_for_it_on_until_it_ends() {
        let second = Duration::from_secs(1);
        let sessions = Emulator::builder().sessions(2).events(3).growth(second);
        let sessions = Sessions::made(&sessions);
        let [first, second] = [0, 1].map(|number| sessions.infos[number].id().to_owned());
        let asked = |id: &str| {
            let served = sessions.asked_for(id).unwrap();
            (served.count, served.has_ended)
        };
        let millis = Duration::from_millis;
        advance(millis(60_000)).await;
        assert_eq!(asked(&first), (1, false));
        advance(millis(999)).await;
        assert_eq!(asked(&first), (1, false));
        advance(millis(1)).await;
        assert_eq!(asked(&first), (2, false));
        // To be listed doesn't make it grow.
        assert_eq!(sessions.get(1).unwrap().count, 1);
        advance(millis(900)).await;
        assert_eq!(asked(&second), (1, false));
        advance(millis(999)).await;
        assert_eq!((asked(&first), asked(&second)), ((3, true), (1, false)));
        advance(millis(1)).await;
        assert_eq!(asked(&second), (2, false));
        advance(millis(60_000)).await;
        assert_eq!((asked(&first), asked(&second)), ((3, true), (3, true)));
    }
}
