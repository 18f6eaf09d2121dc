use journey_events_emulator::Emulator;
use wiremock::MockServer;

use crate::support::program::{events, program, run};
use crate::support::service::{SESSION, at, event, first, page, refusal, requests};

const CORRELATION: &str = "c0ffee00-1111-4222-8333-444455556666";

#[tokio::test]
async fn a_refusal_is_reported_with_session_cause_and_next_step() {
    for (status, code, advice) in [
        (401, "bad.credentials", "GENESYSCLOUD_ACCESS_TOKEN"),
        (403, "missing.permissions", "journey:event:view"),
        (404, "not.found", "check the id"),
        (429, "too.many.requests", "wait 10m"),
        (429, "too.many.requests", "lower --quota"),
    ] {
        let server = MockServer::start().await;
        let answer = refusal(status, code, "words of the service");
        first(&server, answer.insert_header("Retry-After", "600")).await;
        let ended = events(&server.uri(), &[SESSION]).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{status}"
        );
        for part in [
            SESSION,
            code,
            advice,
            CORRELATION,
            "words of the service",
            "0 events",
        ] {
            assert!(
                ended.stderr.contains(part),
                "{status} {part}: {}",
                ended.stderr
            );
        }
    }
}

#[tokio::test]
async fn a_failed_session_does_not_stop_the_others() {
    let emulator = Emulator::builder()
        .sessions(2)
        .events(5)
        .start()
        .await
        .unwrap();
    let (one, two) = (emulator.sessions()[0].id(), emulator.sessions()[1].id());
    let ended = events(emulator.base_url(), &[one, SESSION, two]).await;
    assert_eq!((ended.code, ended.lines().len()), (Some(1), 10));
    assert!(
        ended.stderr.contains(SESSION) && !ended.stderr.contains(two),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("10 events,") && ended.stderr.contains("1 session failed"));
}

#[tokio::test]
async fn a_failure_between_pages_prints_the_command_to_resume() {
    let server = MockServer::start().await;
    let two = format!("{},{}", event("a"), event("b"));
    first(&server, page(&two, Some("c%2F1"))).await;
    at(&server, "c/1", refusal(403, "missing.permissions", "no")).await;
    let ended = events(&server.uri(), &[SESSION]).await;
    assert_eq!((ended.code, ended.lines().len()), (Some(1), 2));
    let go_on = format!("journey-events events {SESSION} --after=c%2F1 ");
    assert!(
        ended.stderr.contains("2 events from this session"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains(&go_on), "{}", ended.stderr);
    assert!(!ended.stderr.contains("repeated"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_failure_within_a_page_reports_how_many_events_will_be_repeated() {
    let server = MockServer::start().await;
    first(&server, page(&event("a"), Some("c1"))).await;
    let torn = format!("{},{},7", event("b"), event("c"));
    at(&server, "c1", page(&torn, None)).await;
    let ended = events(&server.uri(), &[SESSION]).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(1), 3),
        "{}",
        ended.stderr
    );
    for part in [
        "3 events from this session",
        "--after=c1 ",
        "the last 2 events written will be repeated",
    ] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
}

#[tokio::test]
async fn a_refused_cursor_is_distinguished_from_other_refusals() {
    let emulator = Emulator::builder().events(5).start().await.unwrap();
    let id = emulator.sessions()[0].id();
    let ended = events(emulator.base_url(), &[id, "--after", "bm9uZQ%3D%3D"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .stderr
            .contains("check that --after is a cursor of this session"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_wrong_client_secret_is_a_login_failure_and_is_not_shown() {
    let emulator = Emulator::builder().check_tokens().start().await.unwrap();
    let id = emulator.sessions()[0].id();
    let mut command = program(&["events", id, "--base-url", emulator.base_url()]);
    command
        .env("GENESYSCLOUD_OAUTHCLIENT_ID", emulator.client_id())
        .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", "canary-secret");
    let ended = run(&mut command).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(
        ended.stderr.contains("check GENESYSCLOUD_OAUTHCLIENT_ID"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("canary"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_refused_or_invalid_token_is_not_shown() {
    let emulator = Emulator::builder().check_tokens().start().await.unwrap();
    let id = emulator.sessions()[0].id();
    for (token, code) in [("canary-token", 1), ("canary token", 2)] {
        let mut command = program(&["events", id, "--base-url", emulator.base_url()]);
        let ended = run(command.env("GENESYSCLOUD_ACCESS_TOKEN", token)).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(code), ""),
            "{}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("canary"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn invalid_input_is_rejected_before_any_request() {
    let server = MockServer::start().await;
    first(&server, page(&event("a"), None)).await;
    for (arguments, named) in [
        (vec![SESSION, "a/b"], "'a/b'"),
        (vec![SESSION, ".."], "'..'"),
        (vec![SESSION, ""], "SESSION_ID"),
        (vec![SESSION, "another", "--after", "c1"], "--after"),
        (
            vec![SESSION, "--after", "a b"],
            "after isn't a valid cursor",
        ),
        (vec![SESSION, "--after", ""], "after isn't a valid cursor"),
        (vec![SESSION, "another", "--event-type", "a b"], "a b"),
        (
            vec![SESSION, "--login-url", "ftp://login.example"],
            "login URL",
        ),
    ] {
        let ended = events(&server.uri(), &arguments).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(
            ended.stderr.contains(named),
            "{arguments:?}: {}",
            ended.stderr
        );
    }
    assert_eq!(requests(&server).await.unwrap(), 0);
}
