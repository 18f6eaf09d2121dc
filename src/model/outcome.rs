//! `outcomeAchievedEvent`: a visitor did what the organization hoped for.

use super::date::DateTime;
use super::part::part;
use super::shared::{Browser, Campaign, Device, Geolocation, Referrer};

part! {
    /// A visitor did what the organization hoped for, such as buying. Deprecated by the service.
    OutcomeAchievedEvent {
        /// Outcome.
        outcome: AchievedOutcome,
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
        /// When the visit began.
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
        /// Whether it is active, first published form only.
        is_active: bool,
    }
}
