//! Positions in a walk: the service's cursors, and checkpoints that outlive the process.

pub(crate) mod checkpoint;
pub(crate) mod cursor;
