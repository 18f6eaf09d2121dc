//! Points between two steps at which tests kill the process.
//!
//! With the feature `fault-points`, which is for tests only, the process aborts where
//! `JOURNEY_EVENTS_FAULT_POINT` names the point: `NAME`, or `NAME:N` for the Nth time it gets there.
//! `JOURNEY_EVENTS_LEASE_MS` is how long a worker may be silent, in place of its ledger's lease.

/// A point between two steps. Does nothing outside tests.
#[cfg(not(any(test, feature = "fault-points")))]
pub(crate) fn point(_name: &'static str) {}

/// A point between two steps: aborts the process if the environment names it.
#[cfg(all(feature = "fault-points", not(test)))]
pub(crate) fn point(name: &'static str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let Ok(wanted) = std::env::var("JOURNEY_EVENTS_FAULT_POINT") else {
        return;
    };
    // Names contain a colon too.
    let numbered = wanted.rsplit_once(':');
    let numbered = numbered.and_then(|(name, time)| Some((name, time.parse().ok()?)));
    let (wanted, time) = numbered.unwrap_or((&wanted, 1));
    if wanted == name && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == time {
        std::process::abort();
    }
}

#[cfg(test)]
pub(crate) use hook::{point, with_hook};

#[cfg(test)]
mod hook {
    use std::cell::RefCell;

    type Hook = Box<dyn Fn(&'static str)>;

    thread_local! {
        static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
    }

    /// A point between two steps: calls this thread's hook, which may panic in place of a kill.
    pub(crate) fn point(name: &'static str) {
        HOOK.with(|hook| {
            if let Some(hook) = &*hook.borrow() {
                hook(name);
            }
        });
    }

    /// Runs `work` with `hook` called at every point that this thread gets to.
    pub(crate) fn with_hook<T>(
        hook: impl Fn(&'static str) + 'static,
        work: impl FnOnce() -> T,
    ) -> T {
        HOOK.with(|slot| *slot.borrow_mut() = Some(Box::new(hook)));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        HOOK.with(|slot| *slot.borrow_mut() = None);
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
