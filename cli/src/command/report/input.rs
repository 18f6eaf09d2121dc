//! Reads the events of a report from a file or the service.

use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;

use futures::TryStreamExt;
use journey_events::{Error, ErrorKind};
use tokio::task::spawn_blocking;

use super::error::ReportError;
use super::model::ModelBuilder;
use super::reader::{self, ReadError, Reader};
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

/// Reads files, on a blocking thread: stdin may block. Returns the model, and which of the sessions aren't there.
pub(super) async fn file(
    path: PathBuf,
    range: TimeRange,
    sessions: Vec<String>,
    model: ModelBuilder,
) -> Result<(ModelBuilder, Vec<String>), ReportError> {
    let reading = spawn_blocking(move || {
        let mut reader = Reader::new(model, range, sessions);
        reader::read(&path, &mut reader).map(|()| reader.finish())
    });
    match reading.await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(ReadError::File(problem))) => Err(ReportError(Status::Usage, problem)),
        Ok(Err(ReadError::Add(error))) => Err(error.into()),
        Err(error) => resume_unwind(error.into_panic()),
    }
}

/// Fetches the sessions one after the other. A session that fails keeps the events received so far.
pub(super) async fn service(
    request: SessionRequest,
    range: TimeRange,
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
                Ok(Some(event)) if range.contains(&event) => model.push(&event)?,
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
