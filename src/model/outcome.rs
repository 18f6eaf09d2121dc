//! `outcomeAchievedEvent`: a visitor achieved an outcome that the organization defined.

use super::date::DateTime;
use super::part::part;
use super::shared::{Browser, Campaign, Device, Geolocation, Referrer};

part! {
    /// A visitor achieved an outcome, such as a purchase. Deprecated by the service.
    OutcomeAchievedEvent {
        /// Outcome.
        outcome: AchievedOutcome,
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
        /// Start of the visit.
        visit_created_date: DateTime,
    }
}

part! {
    /// An outcome that the organization defined.
    AchievedOutcome {
        /// Id.
        id: String,
        /// Path of the outcome.
        self_uri: String,
        /// Display name.
        display_name: String,
        /// Version.
        version: i64,
        /// Whether it is active; first published form only.
        is_active: bool,
    }
}
