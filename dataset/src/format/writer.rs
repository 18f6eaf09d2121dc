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
/// error may be that of earlier rows.
/// After an error, or dropped before [`finish`](Self::finish), a writer leaves a file that can't be read.
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
pub struct FileWriter<W: Write + Send>(Inner<W>);

#[derive(Debug)]
enum Inner<W: Write + Send> {
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
        let text = |sink, lines| TextFile::new(sink, layout.compression(), lines).map(Inner::Text);
        let inner = match layout.format() {
            Format::Ndjson => text(sink, Lines::Ndjson),
            Format::Csv => text(sink, Lines::Csv(Csv::new(layout))),
            Format::Parquet => Ok(Inner::Parquet(Box::new(ParquetFile::new(sink, layout)?))),
        };
        inner.map(Self)
    }

    /// Writes a row. What can't be decoded in its JSON empties only the cell it is in.
    ///
    /// # Errors
    ///
    /// If the sink fails; the file is then incomplete.
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
        match &mut self.0 {
            Inner::Text(file) => file.write(row),
            Inner::Parquet(file) => file.write(row),
        }
    }

    /// Passes the rows of uncompressed text to the sink and flushes it, for a reader that waits for them.
    /// Compressed files and Parquet keep their rows until a block of them is complete.
    ///
    /// # Errors
    ///
    /// If the sink fails; the file is then incomplete.
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
        match &mut self.0 {
            Inner::Text(file) => file.flush(),
            Inner::Parquet(_) => Ok(()),
        }
    }

    /// Completes the file and returns the sink. A file has yet to be synced.
    ///
    /// # Errors
    ///
    /// If the sink fails; the file is then incomplete.
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
        match self.0 {
            Inner::Text(file) => file.finish(),
            Inner::Parquet(file) => file.finish(),
        }
    }
}
