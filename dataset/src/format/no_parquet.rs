//! What stands in for Parquet in a build without the feature `parquet`.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Write};
use std::marker::PhantomData;

#[cfg(feature = "sync")]
use super::cell::Cell;
use super::error::{LayoutError, Problem};
use super::layout::Layout;
use super::row::Row;

fn missing() -> io::Error {
    let error = LayoutError::from(Problem::MissingParquet);
    io::Error::new(io::ErrorKind::Unsupported, error)
}

#[derive(Debug)]
pub(super) struct ParquetFile<W>(Infallible, PhantomData<W>);

impl<W: Write> ParquetFile<W> {
    pub(super) fn new(_: W, _: &Layout) -> io::Result<Self> {
        Err(missing())
    }

    pub(super) fn write(&mut self, _: &Row<'_>) -> io::Result<()> {
        match self.0 {}
    }

    pub(super) fn finish(self) -> io::Result<W> {
        match self.0 {}
    }
}

/// Reads nothing: see [`open`](Self::open).
#[derive(Debug)]
pub struct JsonColumn(Infallible);

impl JsonColumn {
    /// Refuses any file.
    ///
    /// # Errors
    ///
    /// Always, [`Unsupported`](io::ErrorKind::Unsupported). The message names the feature.
    pub fn open(_: File) -> io::Result<Self> {
        Err(missing())
    }
}

impl Iterator for JsonColumn {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.0 {}
    }
}

/// Copies nothing: no dataset of Parquet can be opened.
#[cfg(feature = "sync")]
pub(super) fn copy<R, W, const N: usize>(
    _: R,
    _: W,
    _: &Layout,
    _: [&str; N],
    _: &mut dyn FnMut([&Cell<'_>; N]) -> bool,
) -> io::Result<(W, u64)> {
    Err(missing())
}
