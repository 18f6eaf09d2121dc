//! Settings, valid and invalid.

use std::error::Error as _;
use std::time::Duration;

use journey_events_emulator::{Emulator, EmulatorBuilder, Fault, SessionInfo};
use reqwest::Client;

use crate::client::{events_uri, send};

async fn error(builder: EmulatorBuilder) -> String {
    builder.start().await.expect_err("an error").to_string()
}

#[tokio::test]
async fn a_setting_out_of_range_is_an_error_with_its_name_value_and_range() {
    let builder = Emulator::builder;
    for (builder, message) in [
        (
            builder().sessions(0),
            "invalid sessions `0`: must be 1 to 100000",
        ),
        (
            builder().sessions(100_001),
            "invalid sessions `100001`: must be 1 to 100000",
        ),
        (
            builder().events(1_000_000_001),
            "invalid events `1000000001`: must be 0 to 1000000000",
        ),
        (
            builder().clients(1_001),
            "invalid clients `1001`: must be 1 to 1000",
        ),
        (
            builder().clients(0),
            "invalid clients `0`: must be 1 to 1000",
        ),
        (
            (0..=1_000).fold(builder(), |builder, _| builder.fault(Fault::cut())),
            "invalid fault count `1001`: must be 0 to 1000",
        ),
        (
            builder().quota(0),
            "invalid quota `0`: must be 1 to 4294967295",
        ),
        (
            builder().quota_window(Duration::ZERO),
            "invalid quota_window `0ns`: must be above 0 s, up to 366 days",
        ),
        (
            builder().token_lifetime(Duration::from_millis(999)),
            "invalid token_lifetime `999ms`: must be 1 s to 366 days",
        ),
        (
            builder().growth(Duration::ZERO),
            "invalid growth `0ns`: must be above 0 s, up to 366 days",
        ),
        (
            builder().fault(Fault::cut()).fault(Fault::status(199)),
            "invalid fault status `199`: must be 200 to 599",
        ),
        (
            builder().sessions_per_contact(0),
            "invalid sessions_per_contact `0`: must be 1 to 100000",
        ),
        (
            builder().allow_host("shop:8080"),
            "invalid allow_host `shop:8080`: must be a host name without a port, of letters, digits, `-`, `.` and `_`",
        ),
        (
            builder().latency(Duration::MAX),
            "invalid latency `18446744073709551615.999999999s`: must be 0 s to 366 days",
        ),
    ] {
        assert_eq!(error(builder).await, message);
    }
}

#[tokio::test]
async fn a_port_in_use_is_an_error_with_its_number_and_a_source() {
    let emulator = Emulator::builder().start().await.unwrap();
    let port: u16 = emulator
        .base_url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let error = Emulator::builder().port(port).start().await.unwrap_err();
    assert!(
        error.to_string().contains(&format!("port {port} ")),
        "{error}"
    );
    assert!(error.source().is_some());
}

#[tokio::test]
async fn no_token_or_secret_is_in_the_debug_output() {
    let emulator = Emulator::builder().quota(1).start().await.unwrap();
    let uri = events_uri(&emulator, 0, "");
    let url = format!("{}{uri}", emulator.base_url());
    send(Client::new().get(url).bearer_auth("canary")).await;
    let shown = format!("{emulator:?} {:?}", emulator.clients());
    assert!(shown.contains(emulator.base_url()), "{shown}");
    assert!(
        !shown.contains("canary") && !shown.contains(emulator.client_secret()),
        "{shown}"
    );
}

#[tokio::test]
async fn sessions_have_the_requested_number_and_length() {
    let emulator = Emulator::builder()
        .sessions(6)
        .events(17)
        .start()
        .await
        .unwrap();
    let sessions = emulator.sessions();
    assert!(sessions.iter().all(|session| session.events() == 17));
    let types: Vec<_> = sessions.iter().map(SessionInfo::session_type).collect();
    assert_eq!(types, ["web", "web", "app", "web", "web", "app"]);
    let emulator = Emulator::builder().start().await.unwrap();
    assert_eq!(emulator.sessions().len(), 1);
    assert_eq!(emulator.sessions()[0].events(), 10_000);
}
