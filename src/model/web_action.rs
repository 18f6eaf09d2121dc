//! `webActionEvent`: what became of an action offered on a web page.

use super::part::part;
use super::shared::{
    Action, ActionMap, AddressableEntity, Browser, Campaign, Device, Geolocation, Referrer,
};

part! {
    /// An action on a web page was qualified, offered, accepted, rejected, …
    WebActionEvent {
        /// Action.
        action: Action,
        /// Action map that triggered it.
        action_map: ActionMap,
        /// What the action is aimed at, first published form.
        action_target: AddressableEntity,
        /// Milliseconds from the offer of the action until it was disposed.
        time_to_disposition: i64,
        /// Error code.
        error_code: String,
        /// Error message.
        error_message: String,
        /// User agent.
        user_agent_string: String,
        /// Browser.
        browser: Browser,
        /// Device.
        device: Device,
        /// Position.
        geolocation: Geolocation,
        /// IP address.
        ip_address: String,
        /// Organization the address belongs to.
        ip_organization: String,
        /// Campaign.
        mkt_campaign: Campaign,
        /// Where the visit came from.
        visit_referrer: Referrer,
    }
}
