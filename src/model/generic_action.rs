//! `genericActionEvent`: what became of an action outside a web page; first published form.

use super::part::part;
use super::shared::{Action, ActionMap};

part! {
    /// What became of an action outside a web page; first published form.
    GenericActionEvent {
        /// Action.
        action: Action,
        /// Action map that triggered it.
        action_map: ActionMap,
        /// Error code.
        error_code: String,
        /// Error message.
        error_message: String,
    }
}
