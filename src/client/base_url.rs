//! Base URLs that a token may be sent to.

use url::{Host, Url};

use crate::error::Error;

/// Where a token may go without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    #[default]
    Loopback,
    Anywhere,
}

/// A base URL that a token may be sent to.
pub(crate) fn checked_url(setting: &str, text: &str, plain_http: PlainHttp) -> Result<Url, Error> {
    // The text is left out of the error where it may hold a password.
    let refuse = |shown: &str, problem: &str| {
        Err(Error::invalid_input(format!(
            "{setting} {shown} {problem}; allowed is https://host[:port][/path], \
             or http:// for a loopback address"
        )))
    };
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) if text.contains('@') => return refuse("", &format!("is no URL ({error})")),
        Err(error) => return refuse(&format!("{text:?}"), &format!("is no URL ({error})")),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("", "has a user name or password in it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("", "has a query or fragment");
    }
    let shown = format!("{text:?}");
    if url.host().is_none() {
        return refuse(&shown, "has no host");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) || plain_http == PlainHttp::Anywhere => Ok(url),
        "http" => refuse(&shown, "would send the token unencrypted"),
        _ => refuse(&shown, "has another scheme"),
    }
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
