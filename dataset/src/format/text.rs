//! Files of NDJSON and CSV.

use std::io::{self, Write};

use super::compress::Compressed;
use super::csv::Csv;
use super::kind::Compression;
use super::line;
use super::row::Row;

/// Text that is compressed at once.
const CHUNK: usize = 64 * 1024;

/// What the rows of a file are written as.
#[derive(Debug)]
pub(super) enum Lines {
    Ndjson,
    Csv(Csv),
}

#[derive(Debug)]
pub(super) struct TextFile<W: Write> {
    sink: Compressed<W>,
    lines: Lines,
    text: Vec<u8>,
}

impl<W: Write> TextFile<W> {
    pub(super) fn new(sink: W, compression: Compression, lines: Lines) -> io::Result<Self> {
        let mut text = Vec::with_capacity(CHUNK);
        if let Lines::Csv(csv) = &lines {
            csv.push_header(&mut text);
        }
        let sink = Compressed::new(sink, compression)?;
        Ok(Self { sink, lines, text })
    }

    pub(super) fn write(&mut self, row: &Row<'_>) -> io::Result<()> {
        match &self.lines {
            Lines::Ndjson => line::push(&mut self.text, row.json),
            Lines::Csv(csv) => csv.push(&mut self.text, row),
        }
        if self.text.len() >= CHUNK {
            self.write_text()?;
        }
        Ok(())
    }

    /// Passes the text to the sink. Compressors keep it until they have enough.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.write_text()?;
        self.sink.flush_uncompressed()
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        self.write_text()?;
        self.sink.finish()
    }

    fn write_text(&mut self) -> io::Result<()> {
        self.sink.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }
}
