//! The proxy on the way to the service.

use std::env;

use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

/// The variables of a proxy for `https`, in the order in which they are read.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Describes the proxy for a base URL, without its user; `configured` is that of a profile or variable of
/// the official tools.
pub(super) fn in_use(base_url: &str, configured: Option<&str>) -> String {
    if is_loopback(base_url) {
        return "none: the service is on this machine".to_owned();
    }
    if let Some(configured) = configured {
        return configured.to_owned();
    }
    let variable = VARIABLES
        .into_iter()
        .find(|name| env::var(name).is_ok_and(|value| !value.is_empty()));
    let source = variable.unwrap_or("the system's settings");
    let uri = base_url.parse().ok();
    // The library that makes the requests decides by this one too.
    let proxy = uri.and_then(|uri| Matcher::from_system().intercept(&uri));
    match (proxy, variable) {
        (Some(proxy), _) => {
            let host = proxy.uri().host().unwrap_or_default();
            let port = proxy.uri().port();
            let port = port.map_or_else(String::new, |port| format!(":{port}"));
            format!("{host}{port}, from {source}")
        }
        (None, Some(variable)) => {
            format!("none: {variable} is set, but NO_PROXY excludes the service, or it isn't a URL")
        }
        (None, None) => "none".to_owned(),
    }
}

/// Requests to this machine never go through a proxy.
fn is_loopback(base_url: &str) -> bool {
    let url = Url::parse(base_url).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
