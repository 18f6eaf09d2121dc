//! 64 bytes of JSON as bit masks, the first byte in the lowest bit.

use std::mem;

use wide::u8x64;

/// The number of bytes in a block.
pub(super) const BLOCK: usize = 64;

/// What is where in a block.
#[derive(Default)]
pub(super) struct Block {
    /// Quotes that begin or end a string.
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    /// Brackets of both kinds outside strings.
    pub(super) brackets: u64,
    /// Bytes that valid JSON can't have in their places.
    pub(super) wrong: u64,
    end: End,
}

/// What the next block has to know of the end of a block.
#[derive(Default)]
struct End {
    /// All bits are set if it is within a string.
    in_string: u64,
    /// The lowest bit is set if it escapes the next byte.
    is_escaping: u64,
    /// The lowest bit is set if only white space is between the end of a string and the next byte.
    is_after_string: u64,
}

impl Block {
    /// Reads the block after this one, in place: a copy that is read at once would have to wait.
    #[inline(always)]
    pub(super) fn read_next(&mut self, bytes: &[u8; BLOCK]) {
        let bytes = u8x64::new(*bytes);
        let equal = |byte| bytes.simd_eq(u8x64::splat(byte));
        // Most blocks have neither, so that a mask is seldom needed.
        let mask_of_rare = |bytes: u8x64| if bytes.any() { bytes.to_bitmask() } else { 0 };

        let backslashes = mask_of_rare(equal(b'\\'));
        let quotes = equal(b'"').to_bitmask() & !escaped(backslashes, &mut self.end);
        // From the quote that begins a string up to the byte before the one that ends it.
        let in_string = prefix_xor(quotes) ^ self.end.in_string;
        self.end.in_string = 0_u64.wrapping_sub(in_string >> 63);

        // Square brackets differ from curly ones in this bit.
        let folded = bytes | u8x64::splat(b'{' ^ b'[');
        let closing = folded.simd_eq(u8x64::splat(b'}'));
        let brackets = (folded.simd_eq(u8x64::splat(b'{')) | closing).to_bitmask();
        let after_value = (closing | equal(b',') | equal(b':')).to_bitmask();
        let controls = mask_of_rare(bytes.min(u8x64::splat(0x1f)).simd_eq(bytes));

        let mut wrong = backslashes & !in_string;
        if controls != 0 {
            let white = (equal(b'\n') | equal(b'\r') | equal(b'\t')).to_bitmask();
            wrong |= controls & (in_string | !white);
        }
        let string_ends = quotes & !in_string;
        let mut after_strings = string_ends << 1 | self.end.is_after_string;
        self.end.is_after_string = string_ends >> 63;
        if after_strings & !after_value != 0 {
            let white = equal(b' ').to_bitmask() | controls;
            after_strings = after_white(after_strings, white, &mut self.end);
            wrong |= after_strings & !after_value;
        }
        self.quotes = quotes;
        self.backslashes = backslashes;
        self.brackets = brackets & !in_string;
        self.wrong = wrong;
    }
}

const EVEN_BITS: u64 = 0x5555_5555_5555_5555;

/// The bytes that a backslash escapes.
fn escaped(backslashes: u64, end: &mut End) -> u64 {
    if backslashes == 0 {
        return mem::take(&mut end.is_escaping);
    }
    // Of several backslashes in a row every second one is escaped. Adding the start of a row to the row
    // carries into the byte after it.
    let backslashes = backslashes & !end.is_escaping;
    let follows = backslashes << 1 | end.is_escaping;
    let odd_starts = backslashes & !EVEN_BITS & !follows;
    let (rows_from_even, overflows) = odd_starts.overflowing_add(backslashes);
    end.is_escaping = u64::from(overflows);
    (EVEN_BITS ^ (rows_from_even << 1)) & follows
}

/// Moves each bit that is on white space to the first byte after it.
fn after_white(bits: u64, white: u64, end: &mut End) -> u64 {
    // Adding the start of a run to the run carries into the byte after it.
    let (ends_of_runs, overflows) = white.overflowing_add(bits & white);
    end.is_after_string |= u64::from(overflows);
    (bits | ends_of_runs) & !white
}

/// Each bit is whether the number of set bits up to it is odd.
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}
