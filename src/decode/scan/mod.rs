//! Where values begin and end, found 64 bytes at a time.
//!
//! ```text
//! text ─► block (bit masks of 64 bytes) ─► cursor (ends of strings, objects, arrays) ─► object (members)
//! ```
//!
//! The scan reads the members of one object and passes over what is in their objects and arrays. It accepts
//! all valid JSON. Within those objects and arrays it accepts more: it checks that brackets nest, that
//! strings end and are followed by what can follow one, and that no control character is out of place, but
//! not literals, numbers, escapes, or where commas, colons and names are.

#![expect(
    clippy::inline_always,
    reason = "a call for each block, whose masks go through memory, takes a third of the time of a scan"
)]

mod block;
mod cursor;
mod object;

pub(crate) use cursor::Stop;
pub(crate) use object::{Text, Value, decoded, object, validate};
