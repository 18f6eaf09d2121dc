//! Sessions found in conversations, over real sockets against the emulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use futures::TryStreamExt;
use journey_events::{Client, FoundSession, FoundSessions, RateLimit, RetryPolicy, Timestamp};
use journey_events_emulator::{Emulator, EmulatorBuilder};

const SESSIONS: u64 = 400;

async fn started(builder: EmulatorBuilder) -> Emulator {
    let emulator = builder.sessions(SESSIONS).events(3).check_tokens();
    emulator.start().await.unwrap()
}

fn client(emulator: &Emulator) -> Client {
    let millisecond = Duration::from_millis(1);
    let builder = Client::builder()
        .base_url(emulator.base_url())
        .client_credentials(emulator.client_id(), emulator.client_secret())
        .rate_limit(RateLimit::unlimited())
        .retry_policy(
            RetryPolicy::default()
                .base_delay(millisecond)
                .max_delay(millisecond),
        );
    builder.build().unwrap()
}

async fn ids(sessions: FoundSessions) -> Vec<String> {
    sessions
        .map_ok(FoundSession::into_id)
        .try_collect()
        .await
        .unwrap()
}

fn every_session(emulator: &Emulator) -> BTreeSet<String> {
    let sessions = emulator.sessions().iter();
    sessions.map(|session| session.id().to_owned()).collect()
}

#[tokio::test]
async fn every_session_is_found_in_its_interval_once() {
    for faults in [&[][..], &["503:every=4", "cut:every=7"]] {
        let mut builder = Emulator::builder();
        for fault in faults {
            builder = builder.fault(fault.parse().unwrap());
        }
        let emulator = started(builder).await;
        let start: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
        let end: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let found = ids(client(&emulator).sessions_between(start..end)).await;
        assert_eq!(found.len(), emulator.sessions().len(), "each once");
        assert_eq!(BTreeSet::from_iter(found), every_session(&emulator));
    }
}

#[tokio::test]
async fn every_session_is_found_in_its_conversation() {
    let emulator = started(Emulator::builder()).await;
    let client = client(&emulator);
    let mut found = BTreeSet::new();
    for conversation in emulator.conversations() {
        found.extend(ids(client.conversation_sessions(conversation)).await);
    }
    assert_eq!(found, every_session(&emulator));
}
