//! What the user reads on stderr, and the signals they send.
//!
//! ```text
//! progress ──► messages ──► stderr ──► writer ──► queue       signals ──► (Ctrl-C, SIGTERM)
//!    ├───────► counters ◄── commands     └──────► screen
//!    └───────► stream, suspension ──► (Ctrl-Z)
//! advice  ───► shell, duration
//! ```
//!
//! `advice` puts an error and the next step into words, `messages` prints it. `writer` is the thread that alone
//! writes to stderr, so a message and the progress line never mix, and a stalled reader holds up nothing else.

pub(crate) mod advice;
pub(crate) mod counters;
pub(crate) mod duration;
pub(crate) mod messages;
pub(crate) mod progress;
mod queue;
mod screen;
pub(crate) mod shell;
pub(crate) mod signals;
mod stderr;
pub(crate) mod stdout;
pub(crate) mod stream;
#[cfg(unix)]
mod suspension;
mod writer;
