//! Which sessions are exported.

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

/// Longest line of a list: a failure holds a checkpoint.
const LONGEST_LINE: usize = 64 * 1024;

/// A session, and where to go on in it.
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

/// A session that failed, as a line of the list that `--retry-failed` takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) session: String,
    pub(crate) error: String,
    /// Where to go on: the events before are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// Where sessions are named.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) ids: Vec<String>,
    /// A list of ids; `-` is stdin.
    pub(crate) list: Option<PathBuf>,
    pub(crate) failures: Option<PathBuf>,
    pub(crate) contact: Option<String>,
    pub(crate) include_merged: bool,
}

/// Why there are no sessions: a list that is none, or a service that refuses.
#[derive(Debug)]
pub(crate) enum NoSessions {
    NotAllowed(String),
    Failed(String),
}

impl Sources {
    /// All sessions in the order they are named, each once.
    pub(crate) async fn gather(self, client: &Client) -> Result<Vec<Source>, NoSessions> {
        let mut all: Vec<_> = self.ids.into_iter().map(Source::from_start).collect();
        for (path, read) in [(self.list, id as ReadLine), (self.failures, failure)] {
            if let Some(path) = path {
                all.extend(sources_in(path, read).await?);
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
                .map_err(|error| NoSessions::Failed(advice::refusal(&error)))?;
            all.extend(
                sessions
                    .iter()
                    .map(|one| Source::from_start(one.id().to_owned())),
            );
        }
        let mut seen = HashSet::new();
        all.retain(|source| seen.insert(source.session.clone()));
        Ok(all)
    }
}

/// What a line says; the error is what is wrong with it.
type ReadLine = fn(&str) -> Result<Source, String>;

fn id(line: &str) -> Result<Source, String> {
    session_id::checked(line).map(Source::from_start)
}

fn failure(line: &str) -> Result<Source, String> {
    let failure: Failure = serde_json::from_str(line).map_err(|_| {
        "it is no line of a list that an export wrote for --retry-failed".to_owned()
    })?;
    Ok(Source {
        session: session_id::checked(&failure.session)?,
        checkpoint: failure.checkpoint,
    })
}

/// Reads a list on a thread of its own: stdin may let it wait.
async fn sources_in(path: PathBuf, read: ReadLine) -> Result<Vec<Source>, NoSessions> {
    let reading = spawn_blocking(move || {
        let mut sources = Vec::new();
        read_lines(&path, |line| {
            sources.push(read(line)?);
            Ok(())
        })?;
        Ok(sources)
    });
    let died = |error: JoinError| NoSessions::Failed(format!("a list can't be read: {error}"));
    reading.await.map_err(died)?
}

/// Calls `each` with every line that is neither empty nor begins with `#`.
fn read_lines(
    path: &Path,
    mut each: impl FnMut(&str) -> Result<(), String>,
) -> Result<(), NoSessions> {
    let name = if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    let unreadable = |error: io::Error| {
        NoSessions::NotAllowed(format!(
            "{name} can't be read: {error}\n  next: name a text file with a session id on each line"
        ))
    };
    let mut lines: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(unreadable)?))
    };
    for number in 1.. {
        let mut line = Vec::new();
        let mut limited = io::Read::take(&mut lines, LONGEST_LINE as u64);
        if limited.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        let wrong = |problem: String| {
            NoSessions::NotAllowed(format!(
                "line {number} of {name}: {problem}\n  next: correct the line; nothing was sent"
            ))
        };
        let text = str::from_utf8(&line).map_err(|_| wrong("it is no text".to_owned()))?;
        if line.len() == LONGEST_LINE {
            return Err(wrong(format!("it is longer than {LONGEST_LINE} bytes")));
        }
        let text = text.trim();
        if !text.is_empty() && !text.starts_with('#') {
            each(text).map_err(wrong)?;
        }
    }
    Ok(())
}
