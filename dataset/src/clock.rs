//! The machine's clock since its last boot, which all processes read alike: leases and the shared quota use
//! it, since no one can set it.

use std::io;
use std::time::Duration;

/// Longer than any machine runs, and short enough to be added to any time.
const LONGEST: Duration = Duration::from_secs(24 * 365 * 30 * 3600);

/// Time since the machine booted, time asleep included. No one can set this clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BootTime(i64);

/// The boot that times are counted from.
#[derive(Debug)]
pub(crate) struct Boot {
    /// Differs from one boot to the next. Safe in a file name.
    pub(crate) id: String,
    /// What else distinguishes the clock: in a time namespace (Linux), it is offset.
    pub(crate) clock: String,
}

impl BootTime {
    /// The boot itself.
    pub(crate) const BOOT: Self = Self(0);

    pub(crate) fn now() -> Self {
        platform::now()
    }

    pub(crate) fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    pub(crate) fn as_nanos(self) -> i64 {
        self.0
    }

    /// In milliseconds, as the ledger keeps it.
    pub(crate) fn as_millis(self) -> i64 {
        self.0 / 1_000_000
    }

    pub(crate) fn plus(self, time: Duration) -> Self {
        let nanos = i64::try_from(time.min(LONGEST).as_nanos()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(nanos))
    }

    pub(crate) fn minus(self, time: Duration) -> Self {
        let nanos = i64::try_from(time.min(LONGEST).as_nanos()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(nanos))
    }

    /// How much later this is than `earlier`; zero if it isn't.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let nanos = self.0.saturating_sub(earlier.0);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or_default())
    }
}

/// Identifies the machine's last boot.
///
/// # Errors
///
/// If it can't be read; `Unsupported` where there is no such clock, or only unsafe code can read it.
pub(crate) fn last_boot() -> io::Result<Boot> {
    let mut boot = platform::last_boot()?;
    boot.id.retain(|c| c.is_ascii_alphanumeric() || c == '-');
    if boot.id.is_empty() {
        return Err(io::Error::other("it is empty"));
    }
    Ok(boot)
}

/// Measures a time.
pub(crate) struct Stopwatch(BootTime);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(BootTime::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        BootTime::now().since(self.0)
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
fn read(clock: rustix::time::ClockId) -> BootTime {
    let time = rustix::time::clock_gettime(clock);
    let seconds = time.tv_sec.saturating_mul(1_000_000_000);
    BootTime(seconds.saturating_add(time.tv_nsec))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod platform {
    use std::{fs, io};

    use rustix::time::ClockId;

    use super::{Boot, BootTime, read};

    pub(super) fn now() -> BootTime {
        read(ClockId::Boottime)
    }

    pub(super) fn last_boot() -> io::Result<Boot> {
        let id = fs::read_to_string("/proc/sys/kernel/random/boot_id");
        // Kernels without time namespaces have no such link, and one clock.
        let namespace = fs::read_link("/proc/self/ns/time").unwrap_or_default();
        Ok(Boot {
            id: id?,
            clock: namespace.to_string_lossy().into_owned(),
        })
    }
}

#[cfg(target_os = "macos")]
mod platform {
    use std::io;
    use std::process::{Command, Stdio};

    use rustix::time::ClockId;

    use super::{Boot, BootTime, read};

    /// Unlike Linux's, this clock continues while the machine is asleep.
    pub(super) fn now() -> BootTime {
        read(ClockId::Monotonic)
    }

    pub(super) fn last_boot() -> io::Result<Boot> {
        let output = Command::new("/usr/sbin/sysctl")
            .args(["-n", "kern.bootsessionuuid"])
            .stdin(Stdio::null())
            .output()?;
        Ok(Boot {
            id: String::from_utf8_lossy(&output.stdout).into_owned(),
            clock: String::new(),
        })
    }
}

/// Windows has such a clock, the interrupt time, but only unsafe code can read it.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
mod platform {
    use std::io;
    use std::sync::OnceLock;

    use tokio::time::Instant;

    use super::{Boot, BootTime};

    /// Time since its first use in this process: no other process can compare it.
    pub(super) fn now() -> BootTime {
        static START: OnceLock<Instant> = OnceLock::new();
        BootTime::BOOT.plus(START.get_or_init(Instant::now).elapsed())
    }

    pub(super) fn last_boot() -> io::Result<Boot> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_advances_and_the_boot_stays_the_same() {
        let (first, boot) = (BootTime::now(), last_boot().unwrap());
        assert!(first > BootTime::BOOT);
        assert!(BootTime::now() > first);
        assert_eq!(boot.id, last_boot().unwrap().id);
        assert!(boot.id.len() > 8, "{boot:?}");
    }

    #[test]
    fn row_70_the_longest_time_is_clamped() {
        let later = BootTime::now().plus(Duration::MAX);
        assert_eq!(later.since(later.minus(Duration::MAX)), LONGEST);
        assert_eq!(later.plus(Duration::MAX).since(later), LONGEST);
        assert_eq!(BootTime::BOOT.since(later), Duration::ZERO);
    }
}
