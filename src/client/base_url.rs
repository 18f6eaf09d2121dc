//! Base URLs that a token may be sent to.

use url::{Host, Url};

use crate::error::Error;
use crate::fetch::transport::settings::Route;
use crate::fetch::transport::tls;

/// Where a token may be sent without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    #[default]
    Loopback,
    Anywhere,
}

/// Parses a base URL and checks that a token may be sent to it.
pub(crate) fn checked_url(setting: &str, text: &str, plain_http: PlainHttp) -> Result<Url, Error> {
    // The text isn't shown where it may contain a password.
    let refuse = |shown: &str, problem: &str| {
        Err(Error::invalid_input(format!(
            "{setting}{shown} {problem}; expected https://host[:port][/path], \
             or http:// for a loopback address"
        )))
    };
    let shown = format!(" {text:?}");
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => {
            let shown = if text.contains('@') { "" } else { &shown };
            return refuse(shown, &format!("isn't a valid URL ({error})"));
        }
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("", "contains a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("", "contains a query or fragment");
    }
    if url.host().is_none() {
        return refuse(&shown, "has no host");
    }
    match url.scheme() {
        "https" if tls::IS_BUILT_IN => Ok(url),
        "https" => Err(Error::invalid_input(format!(
            "{setting}{shown} needs TLS, which this program was built without: \
             use the feature `rustls` or `native-tls` of journey-events"
        ))),
        "http" if is_loopback(&url) || plain_http == PlainHttp::Anywhere => Ok(url),
        "http" => refuse(&shown, "would send the token unencrypted"),
        _ => refuse(&shown, "has an unsupported scheme"),
    }
}

/// Requests to a loopback address never go through a proxy.
pub(crate) fn route(base: &Url) -> Route {
    if is_loopback(base) {
        Route::Direct
    } else {
        Route::ProxyAllowed
    }
}

/// Whether the host is this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
