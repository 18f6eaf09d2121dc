//! The pages of a column, in memory.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Buf, Bytes};
use parquet::column::page::{CompressedPage, PageWriteSpec, PageWriter};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};

/// Pages, encoded and compressed, in the order of the file. Its clones share them: one takes them from the
/// column's writer, another writes them to the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    pages: VecDeque<Bytes>,
    bytes: usize,
}

impl Pages {
    /// Returns how many bytes they are.
    pub(super) fn bytes(&self) -> usize {
        self.held().bytes
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PageWriter for Pages {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec, ParquetError> {
        let mut bytes = TrackedWrite::new(Vec::with_capacity(page.compressed_size() + 64));
        let mut written = SerializedPageWriter::new(&mut bytes).write_page(page)?;
        let bytes = Bytes::from(bytes.into_inner()?);
        let mut held = self.held();
        written.offset = held.bytes as u64;
        held.bytes += bytes.len();
        held.pages.push_back(bytes);
        Ok(written)
    }

    fn close(&mut self) -> Result<(), ParquetError> {
        Ok(())
    }
}

impl Length for Pages {
    fn len(&self) -> u64 {
        self.bytes() as u64
    }
}

impl ChunkReader for Pages {
    type T = PagesReader;

    fn get_read(&self, start: u64) -> Result<PagesReader, ParquetError> {
        let mut reader = PagesReader(self.held().pages.clone());
        io::copy(&mut (&mut reader).take(start), &mut io::sink())?;
        Ok(reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut bytes = vec![0; length];
        self.get_read(start)?.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads pages one after the other.
#[derive(Debug)]
pub(super) struct PagesReader(VecDeque<Bytes>);

impl Read for PagesReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(page) = self.0.front_mut() {
            if page.has_remaining() {
                let read = page.len().min(buffer.len());
                let (into, _) = buffer.split_at_mut(read);
                page.copy_to_slice(into);
                return Ok(read);
            }
            self.0.pop_front();
        }
        Ok(0)
    }
}
