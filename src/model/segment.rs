//! `segmentAssignmentEvent` and its first published form, `segmentAssignedEvent`.

use super::date::DateTime;
use super::part::part;
use super::shared::{AddressableEntity, Browser, Campaign, Device, Geolocation, Referrer};

part! {
    /// A visitor or session was assigned to a segment; current form.
    SegmentAssignmentEvent {
        /// Segment.
        segment: AddressableEntity,
    }
}

part! {
    /// A visitor was assigned to a segment; first published form.
    SegmentAssignedEvent {
        /// Segment.
        segment: Segment,
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
    /// A segment that the organization defined, first published form.
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
