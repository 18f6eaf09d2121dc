//! The quota that the processes of one machine share.

use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::BoxFuture;
use journey_events::{Activity, Error, Permit, Quota};

use crate::clock::{BootTime, last_boot};
use crate::quota::error::QuotaError;
use crate::quota::exchange::{FileRing, Member};
use crate::quota::folder::{create_file, state_folder};
use crate::quota::front::Front;
use crate::quota::ring::{News, Presence};
use crate::quota::rules::Rules;
use crate::quota::store::Store;

/// A quota that all processes of this user on this machine share, through a file in the user's state folder.
///
/// All processes that open the same name count together, and exactly as one client counts alone (see
/// [`RateLimit`](journey_events::RateLimit)): in any 60 s, never more requests reach the service than the
/// quota has; 50 a second after a burst of 10; and a 429 pauses all of them. If they were given different
/// quotas, the lowest among those in use counts. Within a process, requests are served first in, first out.
///
/// # Processes that end, stop or crash
///
/// - A process that is killed frees nothing early: requests of its that were under way count for 61 s from
///   its last sign of life (one a second). Its quota, if it was the lowest, counts for 5 s more.
/// - A permit that isn't used within 1 s expires, also if the process was stopped (SIGSTOP) in the
///   meantime. Only a process that is stopped between the check of its permit and the send, or while requests
///   are under way, and for more than a minute, can exceed the quota: by those requests.
/// - A process that is stopped within one of its transactions, which take well under a millisecond, locks
///   out the others. After 30 s their requests fail, with [`Unavailable`](journey_events::ErrorKind::Unavailable).
/// - Times are those of a clock that nobody can set and that continues while the machine is asleep. After a
///   boot, a new file begins with the whole quota used up at the boot, so nothing is granted for the first
///   61 s.
/// - A new file during the same boot begins with a free quota. Don't delete the file while it is in use.
///
/// # Runtime
///
/// A thread waits for the file and for the time of the next permit. No runtime has to be alive for the
/// others' requests to continue, and a waiter that isn't polled delays the others by 200 ms at most, and
/// again only if it is polled and stops once more.
///
/// # Example
///
/// ```no_run
/// use std::num::NonZeroU32;
///
/// use journey_events::ClientBuilder;
/// use journey_events_dataset::quota::SharedQuota;
///
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let mut builder = ClientBuilder::from_env()?;
/// let per_minute = NonZeroU32::new(300).ok_or("not zero")?;
/// if let Some(name) = builder.quota_name() {
///     match SharedQuota::open(&name, per_minute) {
///         Ok(quota) => builder = builder.quota(quota),
///         Err(error) => eprintln!("counting this process's requests only: {error}"),
///     }
/// }
/// let client = builder.build()?;
/// # Ok(())
/// # }
/// ```
pub struct SharedQuota {
    front: Front,
    path: PathBuf,
    per_minute: NonZeroU32,
}

impl SharedQuota {
    /// Opens the quota of this name in the user's state folder: `$XDG_STATE_HOME` or `~/.local/state` on
    /// Linux, `~/Library/Application Support` on macOS, and there in `journey-events`. Folder and file are
    /// readable only by their owner, and the name can't be read from the file's.
    ///
    /// The name is usually [`ClientBuilder::quota_name`](journey_events::ClientBuilder::quota_name).
    /// It blocks, for 5 s at most, and normally for about 10 ms.
    ///
    /// # Errors
    ///
    /// Any [`QuotaError`]: no state folder, a network file system, an unusable file, or a platform without
    /// the clock (Windows, BSD). Callers count within their process then.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use journey_events::ClientBuilder;
    /// use journey_events_dataset::quota::SharedQuota;
    ///
    /// fn shared(builder: ClientBuilder) -> Result<ClientBuilder, Box<dyn std::error::Error>> {
    ///     let name = builder.quota_name().ok_or("no endpoint or no credentials")?;
    ///     let per_minute = NonZeroU32::new(300).ok_or("not zero")?;
    ///     Ok(builder.quota(SharedQuota::open(&name, per_minute)?))
    /// }
    /// ```
    pub fn open(name: &str, per_minute: NonZeroU32) -> Result<Self, QuotaError> {
        Self::open_in(&state_folder()?, name, per_minute)
    }

    /// Opens the quota of this name in another folder on a local disk, which is created if its parent
    /// exists or can be.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use journey_events_dataset::quota::SharedQuota;
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path();
    /// let per_minute = NonZeroU32::new(300).ok_or("not zero")?;
    /// let quota = SharedQuota::open_in(folder, "name", per_minute)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_in(folder: &Path, name: &str, per_minute: NonZeroU32) -> Result<Self, QuotaError> {
        Self::with_rules(folder, name, per_minute, Rules::default())
    }

    /// Opens a quota for another period than a minute and its margin.
    pub(crate) fn with_rules(
        folder: &Path,
        name: &str,
        per_minute: NonZeroU32,
        rules: Rules,
    ) -> Result<Self, QuotaError> {
        let boot = last_boot().map_err(QuotaError::of_clock)?;
        let path = create_file(folder, name, &boot)?;
        let mut store = Store::open(&path)?;
        let unusable = |error: rusqlite::Error| QuotaError::Unusable {
            path: path.clone(),
            source: Box::new(error),
        };
        let mut member = Member {
            id: store.random().map_err(unusable)?,
            quota: per_minute.get(),
            rules,
            next: 0,
        };
        // Shows whether the file can be written, and what is left of the quota.
        let news = News {
            presence: Presence::Here,
            settlements: &[],
            paused_until: BootTime::BOOT,
            wanted: 0,
        };
        let reply = member.exchange(&mut store, &news, BootTime::now);
        let view = reply.map_err(unusable)?.view;
        let front = Front::start(FileRing { store, member }, rules, view);
        Ok(Self {
            front: front.map_err(QuotaError::Thread)?,
            path,
            per_minute,
        })
    }

    /// Returns how many processes use the quota, this one included, as of at most a second ago. One that was
    /// killed counts for 5 s more.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use journey_events_dataset::quota::SharedQuota;
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path();
    /// let per_minute = NonZeroU32::new(300).ok_or("not zero")?;
    /// let quota = SharedQuota::open_in(folder, "name", per_minute)?;
    /// assert_eq!(quota.processes(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn processes(&self) -> u32 {
        self.front.members()
    }

    /// Returns the file.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use journey_events_dataset::quota::SharedQuota;
    ///
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path();
    /// let per_minute = NonZeroU32::new(300).ok_or("not zero")?;
    /// let quota = SharedQuota::open_in(folder, "name", per_minute)?;
    /// assert!(quota.path().starts_with(folder));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Quota for SharedQuota {
    fn permit(&self) -> BoxFuture<'_, Result<Permit, Error>> {
        self.front.permit()
    }

    fn pause(&self, wait: Duration) {
        self.front.pause(wait);
    }

    fn activity(&self) -> Activity {
        self.front.activity()
    }
}

impl fmt::Debug for SharedQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedQuota")
            .field("path", &self.path)
            .field("per_minute", &self.per_minute)
            .field("activity", &self.activity())
            .finish_non_exhaustive()
    }
}
