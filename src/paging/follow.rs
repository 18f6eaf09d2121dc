//! Polling the last page for new events.

use std::time::Duration;

use crate::model::Session;

/// How the last page of a session is polled.
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    interval: Duration,
    session: String,
    /// Whether the session had ended before the last page was requested.
    has_ended: bool,
}

/// What follows the last page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Wait, then request the page again.
    Wait(Duration),
    /// Request the session, to see whether it has ended.
    Session(String),
    /// Request the page again at once.
    Page,
    /// The session has ended and the page has nothing new.
    End,
}

impl Follow {
    pub(crate) fn new(interval: Duration, session: String) -> Self {
        Self {
            interval,
            session,
            has_ended: false,
        }
    }

    /// The last page was received, with or without new events.
    pub(crate) fn after_page(&mut self, has_news: bool) -> Next {
        match (has_news, self.has_ended) {
            (true, _) => {
                self.has_ended = false;
                Next::Wait(self.interval)
            }
            (false, false) => Next::Session(self.session.clone()),
            (false, true) => Next::End,
        }
    }

    /// The session was received, or could not be: then its end isn't known and following continues.
    pub(crate) fn after_session(&mut self, session: Option<&Session>) -> Next {
        self.has_ended = session.is_some_and(Session::has_ended);
        if self.has_ended {
            Next::Page
        } else {
            Next::Wait(self.interval)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode;

    const INTERVAL: Duration = Duration::from_secs(10);

    fn session(json: &str) -> Session {
        decode::single(json.as_bytes()).unwrap()
    }

    #[test]
    fn following_ends_only_when_a_page_requested_after_the_sessions_end_has_nothing_new() {
        let (open, ended) = (
            session(r#"{"id":"s"}"#),
            session(r#"{"id":"s","endedDate":"2026-03-01T10:00:00Z"}"#),
        );
        let mut follow = Follow::new(INTERVAL, "s".into());
        assert_eq!(follow.after_page(true), Next::Wait(INTERVAL));
        assert_eq!(follow.after_page(false), Next::Session("s".into()));
        assert_eq!(follow.after_session(Some(&open)), Next::Wait(INTERVAL));
        assert_eq!(follow.after_session(None), Next::Wait(INTERVAL));
        assert_eq!(follow.after_session(Some(&ended)), Next::Page);
        assert_eq!(
            follow.after_page(true),
            Next::Wait(INTERVAL),
            "news after the end"
        );
        assert_eq!(follow.after_page(false), Next::Session("s".into()));
        assert_eq!(follow.after_session(Some(&ended)), Next::Page);
        assert_eq!(follow.after_page(false), Next::End);
    }
}
