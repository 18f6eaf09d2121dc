//! `genericActionEvent`: a change in the state of another action; first published form.

use super::part::part;
use super::shared::{Action, ActionMap};

part! {
    /// An action outside a web page changed its state, first published form.
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
