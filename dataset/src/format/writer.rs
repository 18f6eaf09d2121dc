//! Writes files.

use std::io::{self, Write};

use super::csv::Csv;
use super::kind::Format;
use super::layout::Layout;
use super::parquet::ParquetFile;
use super::row::Row;
use super::text::{Lines, TextFile};

/// Writes rows to a file.
///
/// The same rows and layout give the same bytes, in any process with the same version of this crate: a
/// file that two processes write is the same twice. A writer holds at most about 64 KiB of text and the largest
/// event, or about 32 MiB with Parquet, where a huge event takes up to twelve times its size. From its first full
/// batch on (1,000 rows, or 1 MiB of text), Parquet is encoded on a separate thread while more rows are passed, so an
/// error may be that of earlier rows. After an error nothing more can be written.
///
/// Dropped before [`finish`](Self::finish), it leaves an incomplete file, which in Parquet can't be read; with Parquet,
/// dropping it waits until a batch is encoded.
///
/// ```
/// use std::fs::File;
/// use journey_events_dataset::format::{FileWriter, Format, Layout, Row};
///
/// # let temporary = tempfile::tempdir()?;
/// # let path = temporary.path().join("events.ndjson.zst");
/// let mut writer = FileWriter::new(File::create(path)?, &Layout::new(Format::Ndjson))?;
/// writer.write(&Row { session: "s-1", synced_at: None, json: r#"{"eventType":"t"}"# })?;
/// writer.finish()?.sync_all()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FileWriter<W: Write + Send> {
    file: File<W>,
    /// Also while it writes, as that may panic.
    is_incomplete: bool,
}

#[derive(Debug)]
enum File<W: Write + Send> {
    Text(TextFile<W>),
    Parquet(Box<ParquetFile<W>>),
}

impl<W: Write + Send> FileWriter<W> {
    /// Starts a file. Writes go to `sink` in blocks; a buffer around it isn't needed.
    ///
    /// # Errors
    ///
    /// If `sink` fails.
    ///
    /// ```no_run
    /// use std::fs::File;
    /// use journey_events_dataset::format::{FileWriter, Format, Layout};
    ///
    /// let layout = Layout::new(Format::Parquet).without_synced_at();
    /// let mut writer = FileWriter::new(File::create("events.parquet")?, &layout)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(sink: W, layout: &Layout) -> io::Result<Self> {
        let text = |sink, lines| TextFile::new(sink, layout.compression(), lines).map(File::Text);
        let file = match layout.format() {
            Format::Ndjson => text(sink, Lines::Ndjson),
            Format::Csv => text(sink, Lines::Csv(Csv::new(layout))),
            Format::Parquet => Ok(File::Parquet(Box::new(ParquetFile::new(sink, layout)?))),
        };
        Ok(Self {
            file: file?,
            is_incomplete: false,
        })
    }

    /// Writes a row. What can't be decoded in its JSON empties only the cell it is in.
    ///
    /// # Errors
    ///
    /// If the sink fails, or anything failed before; the file is then incomplete.
    ///
    /// ```
    /// use journey_events_dataset::format::{Compression, FileWriter, Format, Layout, Row};
    ///
    /// let layout = Layout::new(Format::Ndjson).with_compression(Compression::None)?;
    /// let mut writer = FileWriter::new(Vec::new(), &layout)?;
    /// writer.write(&Row {
    ///     session: "s-1",
    ///     synced_at: None,
    ///     json: r#"{"id":"e-1","eventType":"com.genesys.journey.WebEvent"}"#,
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.attempt(|file| match file {
            File::Text(file) => file.write(row),
            File::Parquet(file) => file.write(row),
        })
    }

    /// Passes the rows of uncompressed text to the sink and flushes it, for a reader that waits for them.
    /// Compressed files and Parquet keep their rows until a block of them is complete.
    ///
    /// # Errors
    ///
    /// If the sink fails, or anything failed before; the file is then incomplete.
    ///
    /// ```
    /// use journey_events_dataset::format::{Compression, FileWriter, Format, Layout, Row};
    ///
    /// let layout = Layout::new(Format::Ndjson).with_compression(Compression::None)?;
    /// let mut writer = FileWriter::new(Vec::new(), &layout)?;
    /// writer.write(&Row {
    ///     session: "s-1",
    ///     synced_at: None,
    ///     json: r#"{"id":"e-1","eventType":"com.genesys.journey.WebEvent"}"#,
    /// })?;
    /// writer.flush()?; // a reader of the sink sees the line
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn flush(&mut self) -> io::Result<()> {
        self.attempt(|file| match file {
            File::Text(file) => file.flush(),
            File::Parquet(_) => Ok(()),
        })
    }

    /// Completes the file and returns the sink. A file has yet to be synced.
    ///
    /// # Errors
    ///
    /// If the sink fails, or anything failed before; the file is then incomplete.
    ///
    /// ```
    /// use journey_events_dataset::format::{Compression, FileWriter, Format, Layout, Row};
    ///
    /// let layout = Layout::new(Format::Ndjson).with_compression(Compression::None)?;
    /// let mut writer = FileWriter::new(Vec::new(), &layout)?;
    /// writer.write(&Row {
    ///     session: "s-1",
    ///     synced_at: None,
    ///     json: r#"{"id":"e-1","eventType":"com.genesys.journey.WebEvent"}"#,
    /// })?;
    /// assert!(writer.finish()?.ends_with(b"}\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(self) -> io::Result<W> {
        self.fail_if_incomplete()?;
        match self.file {
            File::Text(file) => file.finish(),
            File::Parquet(file) => file.finish(),
        }
    }

    fn attempt(&mut self, step: impl FnOnce(&mut File<W>) -> io::Result<()>) -> io::Result<()> {
        self.fail_if_incomplete()?;
        self.is_incomplete = true;
        step(&mut self.file)?;
        self.is_incomplete = false;
        Ok(())
    }

    /// Rows may be missing, or be there twice.
    fn fail_if_incomplete(&self) -> io::Result<()> {
        if self.is_incomplete {
            return Err(io::Error::other(
                "an earlier error has left the file incomplete",
            ));
        }
        Ok(())
    }
}
