//! A dataset of Genesys Cloud journey events that never loses or doubles one.

pub mod quota;
