//! How events are written.
//!
//! ```text
//! encoder ──► kind      the values of `--format` and `--escape-formulas`
//! ```

mod encoder;
mod kind;

pub(crate) use self::encoder::{Encoder, Encoding};
pub(crate) use self::kind::{EscapeFormulas, Format};
