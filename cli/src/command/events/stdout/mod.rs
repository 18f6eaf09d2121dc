//! Sessions to stdout, one after the other, and a report of it on stderr.

mod interruption;
mod queue;
mod session;

use std::io;
use std::time::Duration;

use journey_events::{Client, ErrorKind, SessionEvents};
use tokio::time::{Instant, timeout};

use self::interruption::{Interruption, Known, unwritable};
use self::queue::Output;
use self::session::Stop;
use crate::exit::Status;
use crate::format::TextWriter;
use crate::options::filter::Selection;
use crate::terminal::advice::{self, Restart};
use crate::terminal::messages;
use crate::terminal::progress::Verbosity;
use crate::terminal::signals::{Signal, Signals};

/// How long lines that were already handed over may take to be written after a signal.
const GRACE: Duration = Duration::from_millis(300);

/// What to write.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) client: Client,
    /// At least one.
    pub(crate) sessions: Vec<Session>,
    pub(crate) restart: Restart,
    pub(crate) writer: TextWriter,
    pub(crate) selection: Selection,
    pub(crate) verbosity: Verbosity,
    /// What can be done next, told when everything came.
    pub(crate) next: Option<String>,
}

/// A session and how to ask for it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) request: SessionEvents,
}

/// How far it came, kept outside of what a signal interrupts.
#[derive(Debug, Default)]
struct Progress {
    current: Option<String>,
    begun: usize,
    failed: usize,
}

/// How copying ended.
#[derive(Debug)]
enum End {
    Done,
    NotAllowed,
    Closed,
    Signalled(Signal),
}

/// Writes the sessions. A session that fails is reported, and the others are written all the same.
pub(crate) async fn run(export: Export, signals: &mut Signals) -> Status {
    let mut output = Output::open();
    let mut progress = Progress::default();
    let (total, restart) = (export.sessions.len(), export.restart);
    let end = tokio::select! {
        biased;
        signal = signals.next() => End::Signalled(signal),
        end = copy_all(export, &mut output, &mut progress) => end,
    };
    match end {
        End::Done if progress.failed == 0 => Status::Complete,
        End::Done => Status::Failed,
        End::NotAllowed => Status::Usage,
        End::Closed => report_closed(output, &progress).await,
        End::Signalled(signal) => {
            let flushed = timeout(GRACE, output.flushed()).await;
            let stop = Interruption {
                signal,
                known: match flushed {
                    Ok(Ok(())) => Known::Exactly,
                    _ => Known::AtLeast,
                },
                reached: output.reached(),
                session: progress.current,
                not_begun: total - progress.begun,
            };
            messages::say_last(stop.in_words(restart)).await;
            Status::Stopped(signal)
        }
    }
}

async fn copy_all(export: Export, output: &mut Output, progress: &mut Progress) -> End {
    let start = Instant::now();
    let Export {
        client,
        sessions,
        restart,
        mut writer,
        selection,
        verbosity,
        next,
    } = export;
    for Session { id, request } in sessions {
        progress.current = Some(id.clone());
        progress.begun += 1;
        match session::copy(request, selection, &mut writer, output).await {
            Ok(()) => {}
            Err(Stop::Closed) => return End::Closed,
            Err(Stop::Failed(error, events)) => {
                progress.failed += 1;
                messages::say(advice::failure(&id, &error, events, restart)).await;
                if error.kind() == ErrorKind::InvalidInput && client.stats().requests == 0 {
                    return End::NotAllowed;
                }
            }
        }
    }
    let mut end = Vec::new();
    writer.end(&mut end);
    if !end.is_empty() && output.write_end(end).await.is_err() {
        return End::Closed;
    }
    let failed = progress.failed;
    if verbosity == Verbosity::Quiet {
        return End::Done;
    }
    let mut summary = advice::summary(output.handed(), &client.stats(), start.elapsed(), failed);
    if let Some(next) = next.filter(|_| failed == 0) {
        summary.push_str("\n  next: ");
        summary.push_str(&next);
    }
    messages::say(summary).await;
    End::Done
}

/// A reader that has gone wanted no more and hears nothing; any other fault of stdout is told.
async fn report_closed(output: Output, progress: &Progress) -> Status {
    let reached = output.reached();
    match output.end().await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let session = progress.current.as_deref().unwrap_or_default();
            messages::say_last(unwritable(session, &error, &reached)).await;
            Status::Failed
        }
        _ if progress.failed > 0 => Status::Failed,
        _ => Status::Complete,
    }
}
