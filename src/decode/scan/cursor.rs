//! The ends of strings, objects and arrays.

use super::block::{BLOCK, Block};

/// Why a scan ended before the value did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The text ends first. Nothing that a scan checks was wrong.
    TextEnds,
    /// The value isn't accepted.
    Refused,
}

/// Moves over a text from front to back. It never passes a byte that valid JSON can't have in its place.
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    /// Offset of the block.
    start: usize,
    block: Block,
}

impl<'a> Cursor<'a> {
    /// Begins at the start of a text, outside strings.
    pub(super) fn new(text: &'a [u8]) -> Self {
        let mut cursor = Self {
            text,
            start: 0,
            block: Block::default(),
        };
        cursor.read_block();
        cursor
    }

    /// Returns the offset of the quote that ends the string whose first quote is at `start`, and whether
    /// there are escapes in it.
    pub(super) fn string_end(&mut self, start: usize) -> Result<(usize, bool), Stop> {
        let mut from = start + 1;
        let mut has_escapes = false;
        loop {
            let rest = self.bits_from(from);
            let quotes = self.block.quotes & rest;
            // Up to the quote that ends it, or all bits.
            let string = rest & (quotes & quotes.wrapping_neg()).wrapping_sub(1);
            has_escapes |= self.block.backslashes & string != 0;
            if quotes != 0 {
                return Ok((self.offset(quotes), has_escapes));
            }
            from = from.max(self.next_block()?);
        }
    }

    /// Returns the offset of the bracket that closes the one at `start`.
    pub(super) fn bracket_end(&mut self, start: usize) -> Result<usize, Stop> {
        let mut open = Brackets::default();
        let mut from = start;
        loop {
            let mut brackets = self.block.brackets & self.bits_from(from);
            while brackets != 0 {
                let offset = self.offset(brackets);
                let byte = self.text.get(offset).copied().unwrap_or_default();
                let is_curly = byte >= b'{';
                if matches!(byte, b'{' | b'[') {
                    open.push(is_curly);
                } else if open.pop() != is_curly {
                    return Err(Stop::Refused);
                } else if open.is_empty() {
                    return Ok(offset);
                }
                brackets &= brackets - 1;
            }
            from = from.max(self.next_block()?);
        }
    }

    /// Refuses what was passed if something is wrong before this offset.
    pub(super) fn finish(&self, end: usize) -> Result<(), Stop> {
        if self.block.wrong & !self.bits_from(end) == 0 {
            Ok(())
        } else {
            Err(Stop::Refused)
        }
    }

    /// The bits of the block from an offset on, which isn't before it.
    fn bits_from(&self, offset: usize) -> u64 {
        let bit = u32::try_from(offset - self.start).unwrap_or(u32::MAX);
        u64::MAX.checked_shl(bit).unwrap_or_default()
    }

    /// The offset of the lowest bit.
    fn offset(&self, bits: u64) -> usize {
        self.start + bits.trailing_zeros() as usize
    }

    /// Moves to the next block and returns its offset.
    #[inline(always)]
    fn next_block(&mut self) -> Result<usize, Stop> {
        if self.block.wrong != 0 {
            return Err(Stop::Refused);
        }
        self.start += BLOCK;
        if self.start >= self.text.len() {
            return Err(Stop::TextEnds);
        }
        self.read_block();
        Ok(self.start)
    }

    #[inline(always)]
    fn read_block(&mut self) {
        let rest = self.text.get(self.start..).unwrap_or_default();
        match rest.first_chunk() {
            Some(bytes) => self.block.read_next(bytes),
            None => self.block.read_next(&padded(rest)),
        }
    }
}

/// The last bytes of a text, which have no block of their own.
fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut bytes = [b' '; BLOCK];
    for (to, from) in bytes.iter_mut().zip(rest) {
        *to = *from;
    }
    bytes
}

/// The brackets that are open: a bit each, set if it is curly.
#[derive(Default)]
struct Brackets {
    depth: usize,
    /// The innermost ones, the last in the lowest bit.
    inner: u64,
    /// Those around them, 64 each.
    outer: Vec<u64>,
}

impl Brackets {
    fn is_empty(&self) -> bool {
        self.depth == 0
    }

    fn push(&mut self, is_curly: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.inner);
        }
        self.inner = self.inner << 1 | u64::from(is_curly);
        self.depth += 1;
    }

    /// Removes the innermost one and returns whether it is curly.
    fn pop(&mut self) -> bool {
        let is_curly = self.inner & 1 == 1;
        self.inner >>= 1;
        self.depth = self.depth.saturating_sub(1);
        if self.depth.is_multiple_of(64) {
            self.inner = self.outer.pop().unwrap_or_default();
        }
        is_curly
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> Result<usize, Stop> {
        Cursor::new(text.as_bytes()).bracket_end(0)
    }

    #[test]
    fn brackets_are_told_apart_however_deep_they_are() {
        for depth in [1, 31, 32, 33, 64, 65, 150] {
            let text = "{[".repeat(depth) + &"]}".repeat(depth);
            assert_eq!(end(&text), Ok(text.len() - 1), "{depth}");
            for at in 2 * depth..text.len() {
                let mut other = text.clone();
                let byte = if &text[at..=at] == "]" { "}" } else { "]" };
                other.replace_range(at..=at, byte);
                assert_eq!(end(&other), Err(Stop::Refused), "{depth} {at}");
            }
        }
    }

    #[test]
    fn strings_and_what_follows_them_are_read_alike_wherever_a_block_ends() {
        for filling in 0..130 {
            let text = format!(r#"[{}"\"]}}\\","\\"]"#, " ".repeat(filling));
            assert_eq!(end(&text), Ok(text.len() - 1), "{filling}");
            for word in ["x", " x", "\"\""] {
                let text = format!(r#"{{"a":[{}"b"{word}]}}"#, " ".repeat(filling));
                let mut cursor = Cursor::new(text.as_bytes());
                let end = cursor.bracket_end(0);
                let end = end.and_then(|end| cursor.finish(end));
                assert_eq!(end, Err(Stop::Refused), "{filling} {word}");
            }
        }
    }
}
