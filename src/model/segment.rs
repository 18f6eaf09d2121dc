//! `segmentAssignmentEvent` and its first published form, `segmentAssignedEvent`.

use super::date::DateTime;
use super::part::part;
use super::shared::{AddressableEntity, Browser, Campaign, Device, Geolocation, Referrer};

part! {
    /// A visitor or session was assigned to a segment, current form.
    SegmentAssignmentEvent {
        /// Segment.
        segment: AddressableEntity,
    }
}

part! {
    /// A visitor was assigned to a segment, first published form.
    SegmentAssignedEvent {
        /// Segment.
        segment: Segment,
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
    /// A segment, first published form.
    Segment {
        /// Id.
        id: String,
        /// Path of the segment.
        self_uri: String,
        /// Display name.
        display_name: String,
        /// Version.
        version: i64,
        /// Whether it is active.
        is_active: bool,
    }
}
