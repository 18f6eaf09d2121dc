//! `webActionEvent`: a change in the state of an action on a web page.

use super::part::part;
use super::shared::{
    Action, ActionMap, AddressableEntity, Browser, Campaign, Device, Geolocation, Referrer,
};

part! {
    /// An action on a web page was qualified, offered, accepted, rejected or changed otherwise.
    WebActionEvent {
        /// Action.
        action: Action,
        /// Action map that triggered it.
        action_map: ActionMap,
        /// Target of the action; first published form only.
        action_target: AddressableEntity,
        /// Time from the offer of the action to its disposition, in milliseconds.
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
        /// Geolocation.
        geolocation: Geolocation,
        /// IP address.
        ip_address: String,
        /// Organization that the IP address belongs to.
        ip_organization: String,
        /// Campaign.
        mkt_campaign: Campaign,
        /// Referrer of the visit.
        visit_referrer: Referrer,
    }
}
