//! Pages fetched in a task, and ahead of the consumer.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll};

use tokio::sync::mpsc;

use crate::decode::entity::Entity;
use crate::error::Error;
use crate::fetch::Fetcher;
use crate::fetch::endpoint::Query;
use crate::fetch::task::{self, Progress, Task};
use crate::paging::step::ReceivedPage;
use crate::position::cursor::Cursor;

/// The pages of a walk, fetched as the walk requests them: one at a time, or in a chain that follows the
/// pages' own cursors as far as read-ahead allows.
///
/// The walk decides which page is next and checks for loops; a chain whose runtime has gone starts again
/// at the page that the walk requests.
pub(crate) struct Pages<T> {
    fetcher: Arc<Fetcher>,
    query: Arc<Query>,
    read_ahead: usize,
    /// The latest page's size in bytes.
    size: Arc<AtomicUsize>,
    chain: Option<Task<Result<ReceivedPage<T>, Error>>>,
}

impl<T: Entity> Pages<T> {
    pub(crate) fn new(fetcher: Arc<Fetcher>, query: Arc<Query>, read_ahead: usize) -> Self {
        Self {
            fetcher,
            query,
            read_ahead,
            size: Arc::default(),
            chain: None,
        }
    }

    /// Polls for the page at a cursor. `number` counts the walk's requests from 1.
    pub(crate) fn poll_page(
        &mut self,
        cursor: Option<&Cursor>,
        number: u64,
        cx: &mut Context<'_>,
    ) -> Poll<Result<ReceivedPage<T>, Error>> {
        let mut was_lost = false;
        loop {
            let mut chain = match self.chain.take() {
                Some(chain) => chain,
                None => self.start(cursor.cloned(), number)?,
            };
            match chain.poll_next(cx) {
                Poll::Pending => {
                    self.chain = Some(chain);
                    return Poll::Pending;
                }
                Poll::Ready(Progress::Result(page)) => {
                    self.chain = Some(chain);
                    return Poll::Ready(page);
                }
                Poll::Ready(Progress::Finished) => {}
                Poll::Ready(Progress::Lost) if was_lost => {
                    return Poll::Ready(Err(task::runtime_ended()));
                }
                Poll::Ready(Progress::Lost) => was_lost = true,
            }
        }
    }

    fn start(
        &self,
        cursor: Option<Cursor>,
        number: u64,
    ) -> Result<Task<Result<ReceivedPage<T>, Error>>, Error> {
        let (fetcher, query) = (Arc::clone(&self.fetcher), Arc::clone(&self.query));
        let size = Arc::clone(&self.size);
        let follows_cursors = self.read_ahead > 0;
        Task::spawn(self.read_ahead.max(1), |sender| async move {
            let first = (cursor, number);
            fetch_chain(&fetcher, &query, first, &size, follows_cursors, &sender).await;
        })
    }
}

/// Fetches a page, and those after it. The place in the channel is taken before the request, so that the
/// pages in it and the one on its way are never more than its capacity.
async fn fetch_chain<T: Entity>(
    fetcher: &Arc<Fetcher>,
    query: &Query,
    (mut cursor, first): (Option<Cursor>, u64),
    size: &AtomicUsize,
    follows_cursors: bool,
    sender: &mpsc::Sender<Result<ReceivedPage<T>, Error>>,
) {
    for number in first.. {
        let Ok(place) = sender.reserve().await else {
            return;
        };
        let page = fetcher.page::<T>(query, cursor.as_ref(), number, size);
        let page = page.await;
        let page = page.map(|(listing, time)| ReceivedPage::new(listing, query.direction, time));
        let next = match &page {
            Ok(page) if follows_cursors => page.onward().clone().ok().flatten(),
            _ => None,
        };
        place.send(page);
        if next.is_none() {
            return;
        }
        cursor = next;
    }
}
