//! The requests that find journey sessions in conversations.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::FusedStream;

use crate::error::Error;
use crate::fetch::Fetcher;
use crate::model::interval::Interval;
use crate::model::{FoundSession, Timestamp};
use crate::paging::find::{Finding, Scope};
use crate::request::validate::check_id;

/// The journey sessions found in conversations, each once.
///
/// Returned by [`Client::conversation_sessions`](crate::Client::conversation_sessions) and
/// [`Client::sessions_between`](crate::Client::sessions_between). Nothing is sent before the first poll,
/// and a page of conversations is requested once the one before it has been consumed. An error is the last
/// item. The stream is fused.
///
/// # Cancellation
///
/// Dropping the future of `next()` loses nothing: the request continues, and its response is used at the
/// next poll. Dropping the stream cancels its request.
///
/// # Runtime
///
/// As for [`EventStream`](crate::EventStream).
///
/// ```
/// # mod documented { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/documented.rs")); }
/// # documented::emulated(|client, [.., conversation]| async move {
/// use futures::TryStreamExt;
///
/// let mut found = client.conversation_sessions(&conversation);
/// while let Some(session) = found.try_next().await? {
///     println!("{} of customer {:?}", session.id(), session.customer_id());
/// }
/// # Ok(()) });
/// ```
#[must_use = "nothing is requested until it is polled"]
pub struct FoundSessions(Finding);

impl FoundSessions {
    pub(crate) fn in_conversation(fetcher: Arc<Fetcher>, id: String) -> Self {
        let checked = check_id("conversation", &id);
        Self(Finding::new(
            fetcher,
            checked.map(|()| Scope::Conversation(id)),
        ))
    }

    pub(crate) fn between(fetcher: Arc<Fetcher>, range: &Range<Timestamp>) -> Self {
        let interval = Interval::new(range).ok_or_else(|| {
            let Range { start, end } = range;
            Error::invalid_input(format!(
                "invalid interval {start} to {end}; expected a start before its end"
            ))
        });
        Self(Finding::new(fetcher, interval.map(Scope::Interval)))
    }
}

impl Stream for FoundSessions {
    type Item = Result<FoundSession, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next(cx)
    }
}

impl FusedStream for FoundSessions {
    fn is_terminated(&self) -> bool {
        self.0.is_finished()
    }
}

impl fmt::Debug for FoundSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FoundSessions")
            .field("is_terminated", &self.is_terminated())
            .finish_non_exhaustive()
    }
}
