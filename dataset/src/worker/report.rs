//! The result of a run.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::time::Duration;

use journey_events::Error as ServiceError;
use serde::Serialize;

use crate::dataset::{PublishedFile, Status};
use crate::error::Error;

/// How a run ended.
///
/// ```
/// use journey_events_dataset::Ended;
///
/// fn exit_code(ended: &Ended) -> u8 {
///     match ended {
///         Ended::Complete => 0,
///         _ => 1,
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ended {
    /// Every due session was read to its present end, and everything is published.
    Complete,
    /// Some sessions or contacts failed for a reason of their own, or published files are missing. The rest
    /// is complete.
    Incomplete,
    /// It was told to stop. Everything received is committed.
    Stopped,
    /// The ledger or the disk failed. What was committed is kept.
    Failed {
        /// Why, and what to do.
        error: String,
    },
    /// No request of the client can succeed. Everything received is committed and published.
    GaveUp {
        /// Why, without customer data.
        error: String,
    },
}

/// What is reported of a run that failed.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Failed {
    /// How it ended: [`Ended::Failed`].
    pub ended: Ended,
}

impl Failed {
    /// Reports an error of [`sync`](crate::sync).
    ///
    /// ```
    /// use journey_events_dataset::{Error, ErrorKind, Failed};
    ///
    /// let error = Error::new(ErrorKind::DiskFull, "no space left");
    /// let report = serde_json::to_string(&Failed::new(&error))?;
    /// assert_eq!(report, r#"{"ended":{"reason":"failed","error":"no space left"}}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(error: &Error) -> Self {
        let mut text = error.to_string();
        let mut source = StdError::source(error);
        while let Some(cause) = source {
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        Self {
            ended: Ended::Failed { error: text },
        }
    }
}

/// What a run did, and what the dataset holds after it.
///
/// ```
/// use journey_events_dataset::Report;
///
/// fn print(report: &Report) {
///     println!("{} new events, {} requests, {} s", report.events, report.requests, report.seconds);
///     for file in &report.files {
///         println!("{} ({} rows)", file.path, file.rows);
///     }
/// }
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How it ended.
    pub ended: Ended,
    /// Sessions whose read ended.
    pub sessions: u64,
    /// Of these, those that settled.
    pub settled: u64,
    /// Events recorded.
    pub events: u64,
    /// Files published.
    pub files: Vec<PublishedFile>,
    /// HTTP requests sent.
    pub requests: u64,
    /// Seconds spent waiting for permits, summed over all requests.
    pub waited_seconds: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The dataset as it is now. `None` if the run was stopped and looking at it took too long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Why it gave up, to advise on.
    #[serde(skip)]
    pub error: Option<ServiceError>,
}

impl Report {
    pub(super) fn seconds(time: Duration) -> f64 {
        (time.as_secs_f64() * 1_000.0).round() / 1_000.0
    }
}
