//! What a user requests: builders whose options are checked before anything is sent.
//!
//! `session_events` and `contact_sessions` are the two builders, `walk_options` what they have in
//! common. `find_sessions` finds sessions in conversations and has no options. `page_size` the limit per request, `validate` what ids and names may look like.

pub(crate) mod contact_sessions;
pub(crate) mod find_sessions;
pub(crate) mod page_size;
pub(crate) mod session_events;
pub(crate) mod validate;
pub(crate) mod walk_options;
