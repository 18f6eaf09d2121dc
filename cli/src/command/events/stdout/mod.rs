//! Sessions to stdout, one after another.
//!
//! ```text
//! session ──► queue ──► (stdout)      interruption ──► (stderr)
//! ```

mod interruption;
mod queue;
mod session;

use std::io;
use std::time::Duration;

use journey_events::{Client, ErrorKind, SessionEvents};
use tokio::time::{Instant, timeout};

use self::interruption::{Interruption, Known, write_failure};
use self::queue::StdoutQueue;
use self::session::{Incomplete, write_session};
use crate::exit::Status;
use crate::format::TextWriter;
use crate::options::filter::Filter;
use crate::terminal::advice::{self, Resume};
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::{Signal, Signals};

/// How long queued lines may take to be written after a signal.
const GRACE: Duration = Duration::from_millis(300);

/// An export to stdout.
#[derive(Debug)]
pub(crate) struct StdoutExport {
    pub(crate) client: Client,
    /// At least one.
    pub(crate) sessions: Vec<Session>,
    pub(crate) resume: Resume,
    pub(crate) writer: TextWriter,
    pub(crate) filter: Filter,
    pub(crate) verbosity: Verbosity,
    /// What to do next, printed if the export is complete.
    pub(crate) next_step: Option<String>,
}

/// A session and the request for its events.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) request: SessionEvents,
}

/// Progress of the export, kept outside the future that a signal cancels.
#[derive(Debug, Default)]
struct Progress {
    current: Option<String>,
    started: usize,
    failed: usize,
}

/// How the export ended.
#[derive(Debug)]
enum End {
    Done,
    InvalidInput,
    Closed,
    Signalled(Signal),
}

/// Writes all sessions. If one fails, that is reported and the others are still written.
pub(crate) async fn run(export: StdoutExport, signals: &mut Signals) -> Status {
    let mut stdout = StdoutQueue::open();
    let mut progress = Progress::default();
    let (total, resume) = (export.sessions.len(), export.resume);
    let end = tokio::select! {
        biased;
        signal = signals.next() => End::Signalled(signal),
        end = write_sessions(export, &mut stdout, &mut progress) => end,
    };
    match end {
        End::Done if progress.failed == 0 => Status::Complete,
        End::Done => Status::Failed,
        End::InvalidInput => Status::Usage,
        End::Closed => report_closed(stdout, &progress).await,
        End::Signalled(signal) => {
            let flushed = timeout(GRACE, stdout.flushed()).await;
            let interruption = Interruption {
                signal,
                known: match flushed {
                    Ok(Ok(())) => Known::Exactly,
                    _ => Known::AtLeast,
                },
                written: stdout.written(),
                session: progress.current,
                not_started: total - progress.started,
            };
            messages::say_last(interruption.message(resume)).await;
            Status::Stopped(signal)
        }
    }
}

async fn write_sessions(
    export: StdoutExport,
    stdout: &mut StdoutQueue,
    progress: &mut Progress,
) -> End {
    let start = Instant::now();
    let StdoutExport {
        client,
        sessions,
        resume,
        mut writer,
        filter,
        verbosity,
        next_step,
    } = export;
    for Session { id, request } in sessions {
        progress.current = Some(id.clone());
        progress.started += 1;
        match write_session(request, filter, &mut writer, stdout).await {
            Ok(()) => {}
            Err(Incomplete::Closed) => return End::Closed,
            Err(Incomplete::Failed(error, events)) => {
                progress.failed += 1;
                messages::say(advice::failure(&id, &error, events, resume)).await;
                if error.kind() == ErrorKind::InvalidInput && client.stats().requests == 0 {
                    return End::InvalidInput;
                }
            }
        }
    }
    let mut end = Vec::new();
    writer.end(&mut end);
    if !end.is_empty() && stdout.write_end(end).await.is_err() {
        return End::Closed;
    }
    let failed = progress.failed;
    if verbosity == Verbosity::Quiet {
        return End::Done;
    }
    let mut summary = advice::summary(stdout.queued(), &client.stats(), start.elapsed(), failed);
    if let Some(next_step) = next_step.filter(|_| failed == 0) {
        summary.push_str("\n  next: ");
        summary.push_str(&next_step);
    }
    messages::say(summary).await;
    End::Done
}

/// Reports why stdout was closed, unless its reader closed it on purpose.
async fn report_closed(stdout: StdoutQueue, progress: &Progress) -> Status {
    let written = stdout.written();
    match stdout.finish().await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let session = progress.current.as_deref().unwrap_or_default();
            messages::say_last(write_failure(session, &error, &written)).await;
            Status::Failed
        }
        _ if progress.failed > 0 => Status::Failed,
        _ => Status::Complete,
    }
}
