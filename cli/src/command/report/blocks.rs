//! The events' JSON, compressed in blocks that the page opens one at a time.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::format::line;

/// Events of a block; the page has the same number in `model.js`.
const BLOCK: usize = 200;

/// Blocks of events, each a gzip of lines.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    done: Vec<Vec<u8>>,
    lines: Vec<u8>,
    events: usize,
}

impl Blocks {
    pub(super) fn push(&mut self, json: &str) -> io::Result<()> {
        line::push(&mut self.lines, json);
        self.events += 1;
        if self.events.is_multiple_of(BLOCK) {
            self.close()?;
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> io::Result<Vec<Vec<u8>>> {
        if !self.lines.is_empty() {
            self.close()?;
        }
        Ok(self.done)
    }

    fn close(&mut self) -> io::Result<()> {
        self.done.push(gzip(&self.lines)?);
        self.lines.clear();
        Ok(())
    }
}

pub(super) fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes)?;
    gzip.finish()
}
