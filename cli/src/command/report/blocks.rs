//! The events' JSON, compressed in blocks that the page unpacks one at a time.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use journey_events_dataset::format::line;

/// Events per block; keep equal to `EVENTS_PER_BLOCK` in `model.js`.
const EVENTS_PER_BLOCK: usize = 200;

/// Blocks of events, each gzipped NDJSON.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    complete: Vec<Vec<u8>>,
    lines: Vec<u8>,
    events: usize,
}

impl Blocks {
    pub(super) fn push(&mut self, json: &str) -> io::Result<()> {
        line::push(&mut self.lines, json);
        self.events += 1;
        if self.events.is_multiple_of(EVENTS_PER_BLOCK) {
            self.flush()?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<Vec<Vec<u8>>> {
        if !self.lines.is_empty() {
            self.flush()?;
        }
        Ok(self.complete)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.complete.push(gzip(&self.lines)?);
        self.lines.clear();
        Ok(())
    }
}

pub(super) fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes)?;
    gzip.finish()
}
