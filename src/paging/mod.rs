//! From page to page.

pub(crate) mod error;
pub(crate) mod follow;
pub(crate) mod page;
pub(crate) mod read_ahead;
pub(crate) mod resume;
pub(crate) mod visited;
pub(crate) mod walk;
