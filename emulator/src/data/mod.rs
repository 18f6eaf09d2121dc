//! Sessions, contacts and their events.
pub(crate) mod contacts;
pub(crate) mod cursor;
pub(crate) mod date;
pub(crate) mod events;
pub(crate) mod listing;
pub(crate) mod own_events;
pub(crate) mod session;
pub(crate) mod sessions;
