//! Stands in for `crate::format` until that is merged: NDJSON only.
#![allow(clippy::unnecessary_wraps, reason = "stands in")]

use std::io::{self, Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
#[allow(missing_docs, reason = "stands in for a documented type")]
pub enum Format {
    Ndjson,
    Csv,
    Parquet,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
#[allow(missing_docs, reason = "stands in for a documented type")]
pub enum Compression {
    #[default]
    Zstd,
    Gzip,
    None,
}

#[derive(Clone, Debug)]
pub(crate) struct Layout {
    columns: Vec<String>,
}

impl Layout {
    pub(crate) fn new(_: Format) -> Self {
        Self {
            columns: Vec::new(),
        }
    }

    pub(crate) fn with_compression(self, _: Compression) -> Result<Self, io::Error> {
        Ok(self)
    }

    pub(crate) fn with_columns<N: AsRef<str>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, io::Error> {
        self.columns = names
            .into_iter()
            .map(|name| name.as_ref().to_owned())
            .collect();
        Ok(self)
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    #[expect(clippy::unused_self, reason = "stands in")]
    pub(crate) fn extension(&self) -> &'static str {
        "ndjson"
    }
}

#[allow(dead_code, reason = "stands in")]
pub(crate) struct Row<'a> {
    pub(crate) session: &'a str,
    pub(crate) synced_at: Option<Timestamp>,
    pub(crate) json: &'a str,
}

pub(crate) struct FileWriter<W>(W);

impl<W: Write> FileWriter<W> {
    pub(crate) fn new(sink: W, _: &Layout) -> io::Result<Self> {
        Ok(Self(sink))
    }

    pub(crate) fn write(&mut self, row: &Row<'_>) -> io::Result<()> {
        writeln!(self.0, "{}", row.json)
    }

    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.0.flush()?;
        Ok(self.0)
    }
}
