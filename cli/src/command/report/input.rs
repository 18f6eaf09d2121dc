//! Reads the events of a report from a file or the service.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use journey_events::{Error, ErrorKind, Event};
use tokio::task::spawn_blocking;

use super::error::ReportError;
use super::model::{AddError, ModelBuilder};
use crate::command::other_kind;
use crate::exit::Status;
use crate::options::connection::ConnectionArgs;
use crate::options::filter::TimeRange;
use crate::options::sources::{Gathered, SourceArgs};
use crate::terminal::advice;
use crate::terminal::counters::Counters;
use crate::terminal::messages;
use crate::terminal::progress::{Progress, Verbosity};

/// Which sessions to request, and how.
#[derive(Debug)]
pub(super) struct SessionRequest {
    pub(super) sources: SourceArgs,
    pub(super) connection: ConnectionArgs,
    pub(super) quiet: bool,
}

/// Reads an export line by line, on a blocking thread: stdin may block.
pub(super) async fn file(
    path: PathBuf,
    selection: TimeRange,
    model: ModelBuilder,
) -> Result<ModelBuilder, ReportError> {
    let name = if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    let unreadable = |error: io::Error| {
        let problem = format!(
            "can't read {name}: {error}\n  next: choose a file written by `journey-events events`"
        );
        ReportError(Status::Usage, problem)
    };
    let reading = spawn_blocking(move || read(&path, selection, model));
    match reading.await {
        Ok(Ok(model)) => Ok(model),
        Ok(Err(AddError::Io(error))) => Err(unreadable(error)),
        Ok(Err(error)) => Err(error.into()),
        Err(error) => Err(unreadable(io::Error::other(error))),
    }
}

fn read(
    path: &Path,
    selection: TimeRange,
    mut model: ModelBuilder,
) -> Result<ModelBuilder, AddError> {
    let mut lines: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(AddError::Io)?))
    };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(AddError::Io)? == 0 {
            break;
        }
        let line = json_of(&line);
        if line.is_empty() {
            continue;
        }
        let event = str::from_utf8(line).ok().map(Event::from_json);
        match event {
            Some(Ok(event)) if selection.contains(&event) => model.push(&event)?,
            Some(Ok(_)) => {}
            _ => model.add_invalid_line(number),
        }
    }
    Ok(model)
}

/// Returns the JSON of a line, without a byte order mark or the brackets and commas of an export with
/// `--format json`.
fn json_of(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let line = line.trim_ascii();
    match line {
        b"[" | b"]" => b"",
        _ => line.strip_suffix(b",").unwrap_or(line),
    }
}

/// Fetches the sessions one after the other. A session that fails keeps the events received so far.
pub(super) async fn service(
    request: SessionRequest,
    selection: TimeRange,
    model: &mut ModelBuilder,
) -> Result<Status, ReportError> {
    let client = request.connection.client().await;
    let client = client.map_err(|error| ReportError(Status::Usage, error.advice()))?;
    let verbosity = if request.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let gathered = request.sources.gather(&client, verbosity).await;
    let Gathered {
        ids: sessions,
        lacks_some,
    } = gathered.map_err(|problem| ReportError(Status::Usage, problem))?;
    let meter = Arc::new(Counters::default());
    Counters::add(&meter.sessions, sessions.len() as u64);
    let _progress = Progress::show_counters(Arc::clone(&meter), client.clone(), verbosity);
    let mut status = if lacks_some {
        Status::Failed
    } else {
        Status::Complete
    };
    let mut unknown = 0;
    for session in sessions {
        let before = model.events();
        let mut events = client.session_events(&session).read_ahead(1).stream();
        let failure: Option<Error> = loop {
            match events.try_next().await {
                Ok(Some(event)) if selection.contains(&event) => model.push(&event)?,
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
            Counters::add(&meter.events, 1);
        };
        let received = model.events() - before;
        Counters::add(&meter.sessions_done, 1);
        let Some(error) = failure else { continue };
        Counters::add(&meter.sessions_failed, 1);
        status = Status::Failed;
        model.add_problem(format!(
            "Session {session} is incomplete ({error}). Events received: {received}."
        ));
        let is_unknown = error.kind() == ErrorKind::NotFound;
        let looked_up = if is_unknown && unknown < other_kind::MOST {
            unknown += 1;
            other_kind::look_up(&client, std::iter::once(&*session), "report").await
        } else {
            Vec::new()
        };
        let step = looked_up.first().map(|known| known.step.as_str());
        let advice = advice::failure(&session, &error, received as u64, step);
        messages::say(advice).await;
        if error.concerns_client() {
            // Other sessions would fail for the same reason.
            break;
        }
    }
    Ok(status)
}
