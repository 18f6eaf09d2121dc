//! What is encoded at once.

use parquet::errors::ParquetError;

use super::chunk::Chunk;
use super::decoded::Decoded;

/// A batch's cells, and the columns of the row group that they are for.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) cells: Decoded,
    pub(super) chunks: Vec<Chunk>,
}

impl Job {
    /// Encodes the cells, which takes most of the time that a file takes. Both are returned, to be used again.
    pub(super) fn run(mut self) -> Result<Self, ParquetError> {
        for (chunk, cells) in self.chunks.iter_mut().zip(self.cells.columns()) {
            for cell in cells {
                chunk.push(&cell);
            }
            chunk.encode()?;
        }
        Ok(self)
    }
}
