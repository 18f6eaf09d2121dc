//! What the user reads on stderr, and the signals they send.
//!
//! ```text
//! progress ──► messages ──► (stderr)        signals ──► (Ctrl-C, SIGTERM)
//!    └───────► counters ◄── commands
//! advice  ───► shell, duration
//! ```
//!
//! `advice` puts an error and the next step into words, `messages` prints it.

pub(crate) mod advice;
pub(crate) mod counters;
pub(crate) mod duration;
pub(crate) mod messages;
pub(crate) mod progress;
pub(crate) mod shell;
pub(crate) mod signals;
