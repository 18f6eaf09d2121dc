//! Parts that several bodies share.

use super::date::DateTime;
use super::open::{ActionState, DeviceCategory, MediaType, ReferrerMedium};
use super::part::part;

part! {
    /// The visitor's browser.
    Browser {
        /// Family, such as `Firefox`.
        family: String,
        /// Version, such as `131.0`.
        version: String,
        /// Language, such as `en-IE`.
        lang: String,
        /// Fingerprint of the browser.
        fingerprint: String,
        /// Whether it runs on a mobile device.
        is_mobile: bool,
        /// Height of the viewport, in pixels.
        view_height: i64,
        /// Width of the viewport, in pixels.
        view_width: i64,
        /// Whether it has Flash.
        features_flash: bool,
        /// Whether it has Java.
        features_java: bool,
        /// Whether it can show PDF files.
        features_pdf: bool,
        /// Whether it has WebRTC.
        features_webrtc: bool,
    }
}

part! {
    /// The visitor's device.
    Device {
        /// Category.
        category: DeviceCategory,
        /// Type, such as `iPhone`.
        r#type: String,
        /// Whether it is a mobile device.
        is_mobile: bool,
        /// Height of the screen, in pixels.
        screen_height: i64,
        /// Width of the screen, in pixels.
        screen_width: i64,
        /// Pixels per logical pixel.
        screen_density: i64,
        /// Fingerprint of the device.
        fingerprint: String,
        /// Family of the operating system, such as `Linux`.
        os_family: String,
        /// Version of the operating system.
        os_version: String,
        /// Manufacturer.
        manufacturer: String,
    }
}

part! {
    /// The visitor's location, derived from the IP address.
    Geolocation {
        /// Country, ISO 3166-1 alpha-2.
        country: String,
        /// Name of the country.
        country_name: String,
        /// Latitude, in degrees.
        latitude: f64,
        /// Longitude, in degrees.
        longitude: f64,
        /// City or town.
        locality: String,
        /// Postal code.
        postal_code: String,
        /// Region of the country.
        region: String,
        /// Name of the region.
        region_name: String,
        /// Source of the geolocation.
        source: String,
        /// Time zone, such as `Europe/Dublin`.
        timezone: String,
    }
}

part! {
    /// The marketing campaign that brought the visitor.
    Campaign {
        /// Content, to distinguish links of one campaign.
        content: String,
        /// Medium, such as `CPC`.
        medium: String,
        /// Name of the campaign.
        name: String,
        /// Source, such as a search engine.
        source: String,
        /// Paid keywords.
        term: String,
        /// Click id.
        click_id: String,
        /// Advertising network.
        network: String,
    }
}

part! {
    /// The page that linked to this one.
    Referrer {
        /// URL.
        url: String,
        /// Domain.
        domain: String,
        /// Host name.
        hostname: String,
        /// Keywords.
        keywords: String,
        /// Path.
        pathname: String,
        /// Query, without `?`.
        query_string: String,
        /// Fragment, without `#`.
        fragment: String,
        /// Name of the referrer.
        name: String,
        /// Kind of link.
        medium: ReferrerMedium,
    }
}

part! {
    /// A custom attribute or trait, recorded by the customer's own code.
    CustomAttribute {
        /// Type of the value, such as `integer`.
        data_type: String,
        /// Value, always as text.
        value: String,
    }
}

part! {
    /// A reference to another entity of the service.
    AddressableEntity {
        /// Id.
        id: String,
        /// Path of the entity.
        self_uri: String,
    }
}

part! {
    /// The action of an action event.
    Action {
        /// Id.
        id: String,
        /// State.
        state: ActionState,
        /// Kind of action.
        media_type: MediaType,
        /// Address of the action; first published form only.
        media_address: String,
        /// Text shown to the visitor.
        prompt: String,
        /// Creation date.
        created_date: DateTime,
    }
}

part! {
    /// The action map that triggered an action.
    ActionMap {
        /// Id.
        id: String,
        /// Path of the action map.
        self_uri: String,
        /// Version.
        version: i64,
        /// Display name.
        display_name: String,
        /// Whether it is active; first published form only.
        is_active: bool,
    }
}
