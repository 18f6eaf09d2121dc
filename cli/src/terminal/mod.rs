//! What the user sees on stderr, and how they end the program.

pub(crate) mod advice;
pub(crate) mod counters;
pub(crate) mod messages;
pub(crate) mod progress;
pub(crate) mod shell;
pub(crate) mod signals;
