//! Which sessions to export.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use journey_events::{Checkpoint, Client};
use serde::{Deserialize, Serialize};
use tokio::task::{JoinError, spawn_blocking};

use super::session_id;
use crate::terminal::advice;

/// Longest line of a list. An entry of a failure list holds a checkpoint.
const MAX_LINE: usize = 64 * 1024;

/// A session, and where to resume it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) session: String,
    pub(crate) checkpoint: Option<Checkpoint>,
}

impl Source {
    pub(crate) fn from_start(session: String) -> Self {
        Self {
            session,
            checkpoint: None,
        }
    }
}

/// A failed session: one line of the list that `--retry-failed` reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) session: String,
    pub(crate) error: String,
    /// Where to resume; earlier events are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// The options that name sessions.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) ids: Vec<String>,
    /// A list of ids; `-` is stdin.
    pub(crate) list: Option<PathBuf>,
    pub(crate) failures: Option<PathBuf>,
    pub(crate) contact: Option<String>,
    pub(crate) include_merged: bool,
}

/// Why the options don't resolve to sessions.
#[derive(Debug)]
pub(crate) enum SourcesError {
    /// A list that can't be read, or an invalid entry.
    Invalid(String),
    /// The service failed or refused to list a contact's sessions.
    Failed(String),
}

impl Sources {
    /// Returns all sessions in the order given, without duplicates.
    pub(crate) async fn gather(self, client: &Client) -> Result<Vec<Source>, SourcesError> {
        let mut all: Vec<_> = self.ids.into_iter().map(Source::from_start).collect();
        for (path, parse) in [
            (self.list, parse_id as ParseLine),
            (self.failures, parse_failure),
        ] {
            if let Some(path) = path {
                all.extend(read_list(path, parse).await?);
            }
        }
        if let Some(contact) = self.contact {
            let mut request = client.contact_sessions(contact);
            if self.include_merged {
                request = request.include_merged(true);
            }
            let sessions: Vec<_> = request
                .stream()
                .try_collect()
                .await
                .map_err(|error| SourcesError::Failed(advice::refusal(&error)))?;
            all.extend(
                sessions
                    .iter()
                    .map(|session| Source::from_start(session.id().to_owned())),
            );
        }
        let mut seen = HashSet::new();
        all.retain(|source| seen.insert(source.session.clone()));
        Ok(all)
    }
}

/// Parses one line; the error says what is wrong with it.
type ParseLine = fn(&str) -> Result<Source, String>;

fn parse_id(line: &str) -> Result<Source, String> {
    session_id::checked(line).map(Source::from_start)
}

fn parse_failure(line: &str) -> Result<Source, String> {
    let failure: Failure = serde_json::from_str(line)
        .map_err(|_| "not an entry of a list written for --retry-failed".to_owned())?;
    Ok(Source {
        session: session_id::checked(&failure.session)?,
        checkpoint: failure.checkpoint,
    })
}

/// Reads a list of session or contact ids; `-` is stdin.
pub(crate) async fn read_ids(path: PathBuf) -> Result<Vec<String>, SourcesError> {
    let sources = read_list(path, parse_id).await?;
    Ok(sources.into_iter().map(|source| source.session).collect())
}

/// Reads a list on a blocking thread, because stdin may stall.
async fn read_list(path: PathBuf, parse: ParseLine) -> Result<Vec<Source>, SourcesError> {
    let reading = spawn_blocking(move || {
        let mut sources = Vec::new();
        for_each_line(&path, |line| {
            sources.push(parse(line)?);
            Ok(())
        })?;
        Ok(sources)
    });
    let panicked = |error: JoinError| SourcesError::Failed(format!("can't read a list: {error}"));
    reading.await.map_err(panicked)?
}

/// Calls `each` with every line that is neither empty nor a `#` comment.
fn for_each_line(
    path: &Path,
    mut each: impl FnMut(&str) -> Result<(), String>,
) -> Result<(), SourcesError> {
    let name = if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    let unreadable = |error: io::Error| {
        SourcesError::Invalid(format!(
            "can't read {name}: {error}\n  next: name a text file with one id per line"
        ))
    };
    let mut lines: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(unreadable)?))
    };
    for number in 1.. {
        let mut line = Vec::new();
        let mut limited = io::Read::take(&mut lines, MAX_LINE as u64);
        if limited.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        let invalid = |problem: String| {
            SourcesError::Invalid(format!(
                "line {number} of {name}: {problem}\n  next: fix the line; nothing was sent"
            ))
        };
        let text = str::from_utf8(&line).map_err(|_| invalid("not valid UTF-8".to_owned()))?;
        if line.len() == MAX_LINE {
            return Err(invalid(format!("longer than {MAX_LINE} bytes")));
        }
        let text = text.trim();
        if !text.is_empty() && !text.starts_with('#') {
            each(text).map_err(invalid)?;
        }
    }
    Ok(())
}
