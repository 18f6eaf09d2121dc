//! Lines of bounded length that end in `\n`.

use std::io::{self, BufRead, Read};

/// Longest line, in bytes.
pub(super) const MAX_LINE: usize = 64 * 1024;

/// Passes bytes on, with every line break (`\r\n`, `\r`, `\n`) as `\n`. A line longer than 64 KiB is an
/// error, so that a file that isn't a list is refused before all of it is in memory.
pub(super) struct Lines<R> {
    input: R,
    after_cr: bool,
    line: u64,
    length: usize,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            after_cr: false,
            line: 1,
            length: 0,
        }
    }

    /// Returns what is passed on for a byte.
    fn next(&mut self, byte: u8) -> io::Result<Option<u8>> {
        let ends_pair = byte == b'\n' && self.after_cr;
        self.after_cr = byte == b'\r';
        if ends_pair {
            return Ok(None);
        }
        if matches!(byte, b'\r' | b'\n') {
            (self.line, self.length) = (self.line + 1, 0);
            return Ok(Some(b'\n'));
        }
        self.length += 1;
        if self.length > MAX_LINE {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("line {} is longer than {MAX_LINE} bytes", self.line),
            ));
        }
        Ok(Some(byte))
    }
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A block may consist of the second half of a line break alone.
        loop {
            let block = self.input.fill_buf()?;
            let taken = block.len().min(buffer.len());
            if taken == 0 {
                return Ok(0);
            }
            let block = block.get(..taken).unwrap_or_default().to_vec();
            self.input.consume(taken);
            let mut written = 0;
            for byte in block {
                if let (Some(byte), Some(slot)) = (self.next(byte)?, buffer.get_mut(written)) {
                    *slot = byte;
                    written += 1;
                }
            }
            if written > 0 {
                return Ok(written);
            }
        }
    }
}
