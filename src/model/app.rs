//! `appEvent`: something a visitor did in a mobile app.

use std::collections::BTreeMap;

use super::part::part;
use super::shared::{Campaign, CustomAttribute, Device, Geolocation};

part! {
    /// Something a visitor did in a mobile app.
    AppEvent {
        /// Name, such as `screen_viewed`.
        event_name: String,
        /// The screen it happened on.
        screen_name: String,
        /// App.
        app: JourneyApp,
        /// Device.
        device: Device,
        /// IP address.
        ip_address: String,
        /// Organization that the IP address belongs to.
        ip_organization: String,
        /// Geolocation.
        geolocation: Geolocation,
        /// SDK that recorded the event.
        sdk_library: SdkLibrary,
        /// Network connection of the device.
        network_connectivity: NetworkConnectivity,
        /// Campaign.
        mkt_campaign: Campaign,
        /// Search query.
        search_query: String,
        /// Attributes of the event, by name.
        attributes: BTreeMap<String, CustomAttribute>,
        /// Traits of the visitor, by name.
        traits: BTreeMap<String, CustomAttribute>,
    }
}

part! {
    /// A mobile app.
    JourneyApp {
        /// Name.
        name: String,
        /// Namespace, such as `example.shop`.
        namespace: String,
        /// Version.
        version: String,
        /// Build number.
        build_number: String,
    }
}

part! {
    /// The SDK that recorded an event.
    SdkLibrary {
        /// Name.
        name: String,
        /// Version.
        version: String,
    }
}

part! {
    /// The network connection of a device.
    NetworkConnectivity {
        /// Carrier.
        carrier: String,
        /// Whether Bluetooth is on.
        bluetooth_enabled: bool,
        /// Whether mobile data is on.
        cellular_enabled: bool,
        /// Whether Wi-Fi is on.
        wifi_enabled: bool,
    }
}
