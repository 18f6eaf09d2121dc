//! Who may send requests: web pages that a user happens to visit may not.
//!
//! A page can make a browser send requests to 127.0.0.1, and by DNS rebinding even read the responses.
//! Then `Host` has the page's name, and requests that change something have an `Origin`.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Uri, header};
use headers::{ContentType, HeaderMapExt as _};

/// Why a request is refused whatever it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    Host(String),
    Origin,
    NotJson,
}

/// Checks that a request names this machine, an address, or an allowed name. A name can be made to
/// point here by anyone; an address can't.
pub(crate) fn check_host(
    uri: &Uri,
    headers: &HeaderMap,
    allowed: &[String],
) -> Result<(), Refused> {
    let hosts = headers.get_all(header::HOST).iter();
    let named = hosts.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    let mut all: Vec<_> = uri
        .authority()
        .map(ToString::to_string)
        .into_iter()
        .collect();
    all.extend(named);
    if all.is_empty() {
        return Err(Refused::Host(String::new()));
    }
    let other = all.into_iter().find(|host| !is_allowed(host, allowed));
    other.map_or(Ok(()), |host| Err(Refused::Host(host)))
}

fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    !host.contains('@')
        && (name.eq_ignore_ascii_case("localhost")
            || address.parse::<IpAddr>().is_ok()
            || allowed
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(name)))
}

/// Checks a request that changes the emulator. Browsers send `Origin` with those of a page, and JSON
/// only with the server's consent, which it never gives.
pub(crate) fn check_change(method: &Method, headers: &HeaderMap) -> Result<(), Refused> {
    if method == Method::GET || method == Method::HEAD {
        return Ok(());
    }
    if headers.contains_key(header::ORIGIN) {
        return Err(Refused::Origin);
    }
    // A page can't send DELETE without the server's consent either.
    if method == Method::DELETE {
        return Ok(());
    }
    let is_json = headers.typed_get::<ContentType>().is_some_and(|content| {
        let essence = content.to_string();
        let essence = essence.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("application/json")
    });
    if is_json {
        Ok(())
    } else {
        Err(Refused::NotJson)
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_this_machine_addresses_and_allowed_names_are_hosts() {
        let allowed = ["emulator".to_owned(), "shop.test".to_owned()];
        let check = |host| {
            check_host(
                &Uri::from_static("/"),
                &headers(&[(header::HOST, host)]),
                &allowed,
            )
        };
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "[::1]:80",
            "192.0.2.7",
            "emulator:8080",
            "Shop.Test",
        ] {
            assert_eq!(check(host), Ok(()), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "emulator.evil.example",
            "a@localhost",
            "127.0.0.1 evil",
            "[::1",
            "localhost.",
        ] {
            assert_eq!(check(host), Err(Refused::Host(host.to_owned())), "{host}");
        }
    }

    #[test]
    fn a_missing_host_a_second_one_and_a_full_uri_are_checked_too() {
        let (plain, full) = (
            Uri::from_static("/"),
            Uri::from_static("http://evil.example/"),
        );
        let localhost = headers(&[(header::HOST, "localhost")]);
        assert!(check_host(&plain, &HeaderMap::new(), &[]).is_err());
        assert!(check_host(&full, &localhost, &[]).is_err());
        assert!(check_host(&Uri::from_static("http://127.0.0.1:3/"), &localhost, &[]).is_ok());
        let mut two = localhost;
        two.append(header::HOST, "evil.example".parse().unwrap());
        assert!(check_host(&plain, &two, &[]).is_err());
    }

    #[test]
    fn a_change_needs_json_and_no_origin() {
        let json = (header::CONTENT_TYPE, "application/json; charset=utf-8");
        let origin = (header::ORIGIN, "http://localhost:3000");
        let check = |method, pairs: &[_]| check_change(&method, &headers(pairs));
        assert_eq!(check(Method::POST, from_ref(&json)), Ok(()));
        assert_eq!(check(Method::DELETE, &[]), Ok(()));
        assert_eq!(check(Method::GET, from_ref(&origin)), Ok(()));
        assert_eq!(
            check(Method::POST, &[json, origin.clone()]),
            Err(Refused::Origin)
        );
        assert_eq!(check(Method::DELETE, &[origin]), Err(Refused::Origin));
        assert_eq!(check(Method::POST, &[]), Err(Refused::NotJson));
        for other in [
            "text/plain",
            "application/json-seq",
            "application/jsonp",
            "x",
        ] {
            let headers = [(header::CONTENT_TYPE, other)];
            assert_eq!(
                check(Method::PUT, &headers),
                Err(Refused::NotJson),
                "{other}"
            );
        }
    }
}
