//! Output formats. Those of datasets are in `journey_events_dataset::format`.
//!
//! ```text
//! text ──► kind      the values of `--format` and `--formulas`
//! ```

mod kind;
mod text;

pub(crate) use kind::{Format, Formulas};
pub(crate) use text::{TextWriter, layout, row};
