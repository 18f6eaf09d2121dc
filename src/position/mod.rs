//! Where a walk is: the service's cursors, and checkpoints that outlive the process.

pub(crate) mod checkpoint;
pub(crate) mod cursor;

use cursor::Cursor;

/// A position within a walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Cursor of the page; `None` is the walk's first page.
    pub(crate) cursor: Option<Cursor>,
    /// How many of the page's entities were yielded.
    pub(crate) yielded: usize,
    /// The id of the last of them, to notice a page that changed.
    pub(crate) last_id: Option<String>,
    /// Whether the page was the last one and was yielded to its end.
    pub(crate) done: bool,
}

impl Position {
    /// At the start of the page at a cursor.
    pub(crate) fn at(cursor: Cursor) -> Self {
        Self {
            cursor: Some(cursor),
            ..Self::default()
        }
    }

    /// Moves past the next entity of the page.
    pub(crate) fn advance(&mut self, id: Option<&str>) {
        self.yielded += 1;
        match (&mut self.last_id, id) {
            (Some(last_id), Some(id)) => {
                last_id.clear();
                last_id.push_str(id);
            }
            (last_id, id) => *last_id = id.map(str::to_owned),
        }
    }
}
