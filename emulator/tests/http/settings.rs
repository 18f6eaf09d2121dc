//! Settings, and those that are refused.

use std::error::Error as _;
use std::time::Duration;

use journey_events_emulator::{Emulator, EmulatorBuilder, Fault, SessionInfo};

async fn refusal(builder: EmulatorBuilder) -> String {
    builder.start().await.expect_err("a refusal").to_string()
}

#[tokio::test]
async fn a_setting_out_of_range_is_refused_with_its_name_what_was_given_and_what_is_allowed() {
    let builder = Emulator::builder;
    for (refused, text) in [
        (
            builder().sessions(0),
            "sessions was 0; allowed is 1 to 100000",
        ),
        (
            builder().sessions(100_001),
            "sessions was 100001; allowed is 1 to 100000",
        ),
        (
            builder().events(1_000_000_001),
            "events was 1000000001; allowed is 0 to 1000000000",
        ),
        (
            builder().quota(0),
            "quota was 0; allowed is 1 to 4294967295",
        ),
        (
            builder().quota_window(Duration::ZERO),
            "quota_window was 0ns; allowed is above 0 s, up to 366 days",
        ),
        (
            builder().token_lifetime(Duration::from_millis(999)),
            "token_lifetime was 999ms; allowed is 1 s to 366 days",
        ),
        (
            builder().growth(Duration::ZERO),
            "growth was 0ns; allowed is above 0 s, up to 366 days",
        ),
        (
            builder().fault(Fault::cut()).fault(Fault::status(200)),
            "status of a fault was 200; allowed is 400 to 599",
        ),
        (
            builder().latency(Duration::MAX),
            "latency was 18446744073709551615.999999999s; allowed is 0 s to 366 days",
        ),
    ] {
        assert_eq!(refusal(refused).await, text);
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_with_its_number_and_a_source() {
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
        error.to_string().contains(&format!("port was {port}")),
        "{error}"
    );
    assert!(error.source().is_some());
}

#[tokio::test]
async fn sessions_are_as_many_and_as_long_as_was_asked_for() {
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
