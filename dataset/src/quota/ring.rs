//! What a process and the ring of its quota's permits tell each other, wherever the ring is.

use std::fmt::Debug;
use std::time::Duration;

use journey_events::{Error, Settled};

use crate::clock::BootTime;

/// Where the permits of all who share a quota are counted.
pub(crate) trait Ring: Debug + Send + 'static {
    /// Reports the news, and takes as many of the permits wanted as there are. All of it, or nothing.
    fn exchange(&mut self, news: &News<'_>) -> Result<Reply, Trouble>;
}

/// Why there was no exchange. The news is reported with the next one.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Whoever waits fails with this.
    Fails(Error),
    /// They keep waiting, and no exchange is tried for this long.
    RetryAfter(Duration),
}

/// How a permit of this process ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settlement {
    pub(crate) slot: Slot,
    pub(crate) settled: Settled,
    pub(crate) at: BootTime,
}

/// A permit of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) number: i64,
    /// A permit's age counts from here.
    pub(crate) taken: BootTime,
}

/// What a process reports.
#[derive(Debug)]
pub(crate) struct News<'a> {
    pub(crate) presence: Presence,
    pub(crate) settlements: &'a [Settlement],
    pub(crate) paused_until: BootTime,
    /// How many permits it has use for.
    pub(crate) wanted: usize,
}

/// Whether a process uses the quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It does, so its quota counts.
    Here,
    /// It requests no more permits, but has some that haven't settled.
    Leaving,
    /// Its permits have all settled.
    Gone,
}

/// What a process learns.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The permits granted.
    pub(crate) slots: Vec<Slot>,
    /// When the next one may be granted; `None` if that depends on permits that haven't settled.
    pub(crate) next: Option<BootTime>,
    pub(crate) view: View,
}

/// The quota as it was at the last exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// How many slots are free.
    pub(crate) free: u32,
    /// If none is: when the next one frees, at the earliest.
    pub(crate) full_until: BootTime,
    pub(crate) paused_until: BootTime,
    /// How many processes use the quota, this one included.
    pub(crate) members: u32,
}
