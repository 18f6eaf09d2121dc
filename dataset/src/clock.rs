//! The clock of leases: it continues while the machine is suspended, and no one can set it.

use std::time::Duration;

/// Milliseconds since the machine's boot, suspension included.
#[cfg(unix)]
pub(crate) fn boot_millis() -> i64 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    // On macOS this one continues while the machine is suspended.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

    let time = rustix::time::clock_gettime(CLOCK);
    time.tv_sec
        .saturating_mul(1_000)
        .saturating_add(time.tv_nsec / 1_000_000)
}

/// Milliseconds since an arbitrary moment of this process: leases then rest on locks alone.
#[cfg(not(unix))]
pub(crate) fn boot_millis() -> i64 {
    use std::sync::OnceLock;
    static START: OnceLock<tokio::time::Instant> = OnceLock::new();
    let start = START.get_or_init(tokio::time::Instant::now);
    i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// Returns what differs with each boot of each machine; empty if the system has no such id.
pub(crate) fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.map(|id| id.trim().to_owned()).unwrap_or_default()
}

/// Measures a time.
pub(crate) struct Stopwatch(i64);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(boot_millis())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        let millis = boot_millis().saturating_sub(self.0);
        Duration::from_millis(millis.try_into().unwrap_or(0))
    }
}
