//! The connection against servers that are only played.

mod certificates;
mod passwords;
