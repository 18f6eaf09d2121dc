//! Asking on behind the last page.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::fetch::Fetcher;

/// How a walk goes on behind the last page.
#[derive(Debug)]
pub(crate) struct Follow {
    every: Duration,
    session: String,
    /// Whether the session had ended before the last page was asked for.
    has_ended: bool,
}

impl Follow {
    pub(crate) fn new(every: Duration, session: String) -> Self {
        Self {
            every,
            session,
            has_ended: false,
        }
    }

    /// Waits until it is time to ask for the last page again; false once the session has ended and the
    /// page, asked for after that, had nothing new.
    ///
    /// Where the session itself can't be read, for want of a permission or for a fault, its end is not
    /// known and the walk goes on.
    pub(crate) async fn goes_on(&mut self, fetcher: &Arc<Fetcher>, had_news: bool) -> bool {
        if had_news {
            self.has_ended = false;
        } else if self.has_ended {
            return false;
        } else {
            let session = fetcher.session(&self.session).await;
            self.has_ended = session.is_ok_and(|session| session.ended_at().is_some());
        }
        if !self.has_ended {
            sleep(self.every).await;
        }
        true
    }
}
