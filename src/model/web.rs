//! `webEvent`: something a visitor did on a web page.

use std::collections::BTreeMap;

use super::part::part;
use super::shared::{Browser, Campaign, CustomAttribute, Device, Geolocation, Referrer};

part! {
    /// Something a visitor did on a web page: a page view, a search, a click, a custom event.
    WebEvent {
        /// Name, such as `page_viewed`.
        event_name: String,
        /// Events in the session so far, this one included.
        total_event_count: i64,
        /// Page views in the session so far, this one included.
        total_pageview_count: i64,
        /// The page it happened on.
        page: WebPage,
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
        /// The page before.
        referrer: Referrer,
        /// Attributes of the event, by name.
        attributes: BTreeMap<String, CustomAttribute>,
        /// Traits of the visitor, by name.
        traits: BTreeMap<String, CustomAttribute>,
        /// Search query.
        search_query: String,
        /// Whether the visitor was logged in.
        authenticated: bool,
    }
}

part! {
    /// A web page.
    WebPage {
        /// URL.
        url: String,
        /// Title.
        title: String,
        /// Domain.
        domain: String,
        /// Fragment, without `#`.
        fragment: String,
        /// Host name.
        hostname: String,
        /// Keywords.
        keywords: String,
        /// Language.
        lang: String,
        /// Path.
        pathname: String,
        /// Query, without `?`.
        query_string: String,
        /// Position in the site, outermost level first.
        breadcrumb: Vec<String>,
    }
}
