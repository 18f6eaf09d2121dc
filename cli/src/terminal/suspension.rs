//! Ctrl-Z: the line is cleared before the program stops, and drawn again once it continues.

use std::io;
use std::sync::Once;

use nix::unistd::{getpgid, getpgrp, getppid, getsid};
use rustix::process::{Signal, getpid, kill_process};
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal as SignalStream, SignalKind, signal};
use tokio::task::spawn_blocking;

use super::stderr::STDERR;

/// Handles SIGTSTP from now on, if it is sure that a shell can continue the program. Elsewhere the system
/// decides whether SIGTSTP stops it: it doesn't stop what nothing would continue, but SIGSTOP does.
pub(super) fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        if let (true, Ok(runtime)) = (is_job(), Handle::try_current())
            && let Ok(stop) = listen(Signal::TSTP)
        {
            runtime.spawn(run(stop));
        }
    });
}

fn listen(to: Signal) -> io::Result<SignalStream> {
    signal(SignalKind::from_raw(to.as_raw()))
}

/// Returns whether the parent is in another process group of the same session, as a shell is that started a
/// job. Then the system doesn't regard the group as orphaned.
///
/// In a container, a session or group that began outside has the id 0, and so has a parent there.
fn is_job() -> bool {
    let parent = getppid();
    parent.as_raw() != 0
        && matches!((getsid(Some(parent)), getsid(None)), (Ok(a), Ok(b)) if a == b)
        && getpgid(Some(parent)).is_ok_and(|group| group != getpgrp())
}

async fn run(mut stop: SignalStream) {
    while stop.recv().await.is_some() {
        let _ = spawn_blocking(|| STDERR.suspend()).await;
        // A new stream, which an earlier SIGCONT doesn't end. The program may run on for a moment after
        // SIGSTOP, so the line stays away until SIGCONT.
        if let Ok(mut resume) = listen(Signal::CONT)
            && kill_process(getpid(), Signal::STOP).is_ok()
        {
            resume.recv().await;
        }
        STDERR.resume();
    }
}
