//! Where the events of a report come from.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use journey_events::{Error, Event};
use tokio::task::spawn_blocking;

use super::error::ReportError;
use super::journey::{Full, Journey};
use crate::advice::{self, Restart};
use crate::connection::{ConnectionArgs, NoClient};
use crate::meter::Meter;
use crate::progress::{Progress, Verbosity};
use crate::selection::Selection;
use crate::sources::{NoSessions, Sources};
use crate::status::Status;
use crate::stderr;

/// Sessions of the service.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) ids: Vec<String>,
    pub(super) contact: Option<String>,
    pub(super) connection: ConnectionArgs,
    pub(super) quiet: bool,
}

/// Reads the lines of an export, on a thread of its own: stdin may let it wait.
pub(super) async fn file(
    path: PathBuf,
    selection: Selection,
    journey: Journey,
) -> Result<Journey, ReportError> {
    let name = if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    let unreadable = |error: io::Error| {
        let problem = format!(
            "{name} can't be read: {error}\n  next: name a file that `journey-events events` wrote"
        );
        ReportError(Status::Usage, problem)
    };
    let reading = spawn_blocking(move || read(&path, selection, journey));
    match reading.await {
        Ok(Ok(journey)) => Ok(journey),
        Ok(Err(Full::Io(error))) => Err(unreadable(error)),
        Ok(Err(full)) => Err(full.into()),
        Err(error) => Err(unreadable(io::Error::other(error))),
    }
}

fn read(path: &Path, selection: Selection, mut journey: Journey) -> Result<Journey, Full> {
    let mut lines: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(Full::Io)?))
    };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(Full::Io)? == 0 {
            break;
        }
        let line = json_of(&line);
        if line.is_empty() {
            continue;
        }
        let event = str::from_utf8(line).ok().map(Event::from_json);
        match event {
            Some(Ok(event)) if selection.keeps(&event) => journey.push(&event)?,
            Some(Ok(_)) => {}
            _ => journey.unreadable(number),
        }
    }
    Ok(journey)
}

/// The JSON of a line: without the byte order mark that may begin a file, and without what makes an array
/// of lines in an export of `--format json`.
fn json_of(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let line = line.trim_ascii();
    match line {
        b"[" | b"]" => b"",
        _ => line.strip_suffix(b",").unwrap_or(line),
    }
}

/// Walks the sessions, one after the other. What came of one that fails is in the report.
pub(super) async fn service(
    asked: Asked,
    selection: Selection,
    journey: &mut Journey,
) -> Result<Status, ReportError> {
    let client = asked.connection.client().map_err(|no_client| {
        let problem = match no_client {
            NoClient::Profile(problem) => advice::profile(&problem),
            NoClient::Settings(error) => advice::settings(&error),
        };
        ReportError(Status::Usage, problem)
    })?;
    let sources = Sources {
        ids: asked.ids,
        list: None,
        failures: None,
        contact: asked.contact,
        include_merged: false,
    };
    let sources = sources.gather(&client).await.map_err(|none| match none {
        NoSessions::NotAllowed(problem) => ReportError(Status::Usage, problem),
        NoSessions::Failed(problem) => ReportError(Status::Failed, problem),
    })?;
    let meter = Arc::new(Meter::default());
    Meter::add(&meter.sessions, sources.len() as u64);
    let verbosity = if asked.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let _progress = Progress::show(Arc::clone(&meter), client.clone(), verbosity);
    let mut status = Status::Complete;
    for source in sources {
        let before = journey.events();
        let mut events = client
            .session_events(&source.session)
            .read_ahead(1)
            .stream();
        let failure: Option<Error> = loop {
            match events.try_next().await {
                Ok(Some(event)) if selection.keeps(&event) => journey.push(&event)?,
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
            Meter::add(&meter.events, 1);
        };
        let came = journey.events() - before;
        Meter::add(&meter.sessions_done, 1);
        let Some(error) = failure else { continue };
        Meter::add(&meter.sessions_failed, 1);
        status = Status::Failed;
        journey.tell(format!(
            "Session {} could not be read to its end ({error}). Events of it that came: {came}.",
            source.session
        ));
        let advice = advice::failure(&source.session, &error, came as u64, Restart::Pointless);
        stderr::say(advice).await;
    }
    Ok(status)
}
