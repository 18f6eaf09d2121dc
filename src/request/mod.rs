//! What a user requests, checked before anything is sent.

pub(crate) mod contact_sessions;
pub(crate) mod session_events;
pub(crate) mod validate;
