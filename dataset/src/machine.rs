//! This machine: its name, for a person who looks, and its own addresses.

use std::net::IpAddr;

/// Returns the machine's host name; empty if the system doesn't say. Safe on a terminal.
pub(crate) fn name() -> String {
    let mut name = platform::name();
    name.retain(|c| !c.is_control());
    name
}

/// Whether a host is one that no other machine can listen to.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(unix)]
mod platform {
    pub(super) fn name() -> String {
        let system = rustix::system::uname();
        system.nodename().to_string_lossy().into_owned()
    }
}

#[cfg(not(unix))]
mod platform {
    pub(super) fn name() -> String {
        std::env::var("COMPUTERNAME").unwrap_or_default()
    }
}

#[cfg(all(test, unix))]
mod tests {
    #[test]
    fn it_is_the_one_that_the_system_says() {
        let said = std::process::Command::new("uname").arg("-n").output();
        let said = String::from_utf8(said.unwrap().stdout).unwrap();
        assert_eq!(super::name(), said.trim());
    }
}
