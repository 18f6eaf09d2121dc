//! `doctor`: what each check proves.

use std::time::{Duration, SystemTime};

use journey_events_emulator::Emulator;
use serde_json::Value;
use wiremock::matchers::{any, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::program::{Ended, program, run};
use crate::support::service::refusal;

/// Names and statuses of the checks, as text.
fn statuses(json: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(json).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let status = |check: &Value| {
        let members: Vec<_> = check.as_object().unwrap().keys().collect();
        assert_eq!(members, ["name", "next", "status", "text"]);
        format!("{} {}", text(&check["name"]), text(&check["status"]))
    };
    checks.iter().map(status).collect()
}

async fn doctor(url: &str, more: &[&str]) -> Ended {
    let mut command = program(&["doctor", "--base-url", url]);
    run(command
        .args(more)
        .env("GENESYSCLOUD_ACCESS_TOKEN", "canary"))
    .await
}

/// Responds to every request.
async fn answering(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn all_checks_pass_against_the_service() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let ended = doctor(emulator.base_url(), &[session, "--json"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr, "");
    assert_eq!(
        statuses(&ended.stdout),
        [
            "settings ok",
            "proxy ok",
            "connection ok",
            "token ok",
            "events ok",
            "session ok",
            "contact-sessions ok",
            "conversations ok",
            "clock ok",
            "quota ok",
        ]
    );
    let ended = doctor(emulator.base_url(), &[session]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    for text in [
        "ok    events: permission journey:event:view",
        "ok    contact-sessions: permission externalContacts:session:view",
        "ok    proxy: none: the service is on this machine",
        "counting all your programs on this machine (1 at the moment) in /",
    ] {
        assert!(ended.stderr.contains(text), "{}", ended.stderr);
    }
    let ended = doctor(emulator.base_url(), &["nobody"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("fail  session: "), "{}", ended.stderr);
}

#[tokio::test]
async fn nothing_but_the_api_passes() {
    let html =
        |status| ResponseTemplate::new(status).set_body_raw("<html>Not Found</html>", "text/html");
    let json = r#"{"error":"Not Found","message":"No route","code":"not.found","status":404}"#;
    for (response, named) in [
        (html(404), "a refusal (status 404)"),
        (html(200), "a page (status 200)"),
        (
            ResponseTemplate::new(302).insert_header("location", "https://sign-in.example/"),
            "a redirect (status 302)",
        ),
        (html(401), "a refusal (status 401)"),
        (html(403), "a refusal (status 403)"),
        (
            ResponseTemplate::new(404).set_body_raw(json, "application/json"),
            "a refusal (status 404)",
        ),
        (
            ResponseTemplate::new(404).insert_header("ININ-Correlation-Id", "c"),
            "a refusal (status 404)",
        ),
        (
            ResponseTemplate::new(200).set_body_raw(r#"{"ok":true}"#, "application/json"),
            "a page (status 200)",
        ),
    ] {
        let server = answering(response).await;
        let ended = doctor(&server.uri(), &["--json"]).await;
        assert_eq!(ended.code, Some(1), "{named}: {}", ended.stdout);
        assert_eq!(
            statuses(&ended.stdout),
            [
                "settings ok",
                "proxy ok",
                "connection fail",
                "token skipped",
                "events skipped",
                "contact-sessions skipped",
                "conversations skipped",
                "clock skipped",
                "quota ok",
            ],
            "{named}"
        );
        assert!(ended.stdout.contains(named), "{}", ended.stdout);
        assert!(
            ended
                .stdout
                .contains("\"next\":\"check the region or --base-url")
        );
    }
    // It accepts everything, so it proves nothing.
    let listing = ResponseTemplate::new(200).set_body_raw(r#"{"entities":[]}"#, "application/json");
    let server = answering(listing).await;
    let ended = doctor(&server.uri(), &[]).await;
    assert!(
        ended.stderr.contains("warn  connection: "),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_login_page_is_not_a_login_service() {
    for (response, named) in [
        (
            ResponseTemplate::new(200).set_body_raw("<html>Sign in</html>", "text/html"),
            "isn't the Genesys Cloud login's",
        ),
        (
            ResponseTemplate::new(404),
            "(status 404) isn't the Genesys Cloud login's",
        ),
        (
            ResponseTemplate::new(400)
                .set_body_raw(r#"{"error":"invalid_client"}"#, "application/json"),
            "invalid_client",
        ),
    ] {
        let server = answering(response).await;
        let mut command = program(&["doctor", "--base-url", &server.uri()]);
        command
            .env("GENESYSCLOUD_OAUTHCLIENT_ID", "id")
            .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", "canary");
        let ended = run(&mut command).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("skip  connection: "),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("fail  token: "), "{}", ended.stderr);
        assert!(ended.stderr.contains(named), "{}", ended.stderr);
        assert!(!ended.stderr.contains("canary"));
    }
}

#[tokio::test]
async fn a_refused_token_a_missing_permission_and_a_dead_service_are_told_apart() {
    let checked = Emulator::builder().check_tokens().start().await.unwrap();
    let ended = doctor(checked.base_url(), &[]).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("ok    connection: "),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("fail  token: "), "{}", ended.stderr);

    let missing = |permission: &str| {
        let message = format!("Missing one of: {permission}");
        refusal(403, "missing.any.permissions", &message)
    };
    let server = MockServer::start().await;
    let events = Mock::given(path_regex("/events$"));
    events
        .respond_with(missing("journey:event:view"))
        .mount(&server)
        .await;
    let contacts = Mock::given(path_regex("/externalcontacts/"));
    contacts
        .respond_with(missing("externalContacts:session:view"))
        .mount(&server)
        .await;
    let ended = doctor(&server.uri(), &[]).await;
    assert_eq!(ended.code, Some(1));
    for text in [
        "ok    token: ",
        "fail  events: permission journey:event:view is missing",
        "the service says: Missing one of: journey:event:view",
        "warn  contact-sessions: permission externalContacts:session:view is missing; needed by --contact",
        "a role with the permission externalContacts:session:view",
    ] {
        assert!(ended.stderr.contains(text), "{text}: {}", ended.stderr);
    }

    let ended = doctor("http://127.0.0.1:1", &[]).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("fail  connection: "),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_permission_that_only_some_commands_need_is_a_warning() {
    let server = MockServer::start().await;
    let events = Mock::given(path_regex("/events$"));
    events
        .respond_with(refusal(404, "not.found", "no"))
        .mount(&server)
        .await;
    let contacts = Mock::given(path_regex("/externalcontacts/"));
    let missing = refusal(403, "missing.any.permissions", "no");
    contacts.respond_with(missing).mount(&server).await;
    let ended = doctor(&server.uri(), &[]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("ok    events: "), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("warn  contact-sessions: "),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_wrong_clock_is_a_warning() {
    let date = |time| httpdate::fmt_http_date(time);
    let now = SystemTime::now();
    for (time, named) in [
        (now, "ok    clock: "),
        (
            now - Duration::from_secs(10 * 60),
            "s ahead of the service's",
        ),
        (now + Duration::from_secs(10 * 60), "s behind the service's"),
    ] {
        let response = refusal(404, "not.found", "no").insert_header("date", date(time));
        let server = answering(response).await;
        let ended = doctor(&server.uri(), &[]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains(named), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn the_proxy_is_named_without_its_user() {
    let url = "https://service.invalid";
    let refused = "127.0.0.1:1";
    for (variables, named) in [
        (
            &[("HTTPS_PROXY", "http://ana:s3cret@127.0.0.1:1")][..],
            "127.0.0.1:1, from HTTPS_PROXY",
        ),
        (&[("all_proxy", refused)], "127.0.0.1:1, from all_proxy"),
        (
            &[("HTTPS_PROXY", refused), ("NO_PROXY", "service.invalid")],
            "none: HTTPS_PROXY is set, but NO_PROXY",
        ),
        (
            &[
                ("GENESYSCLOUD_PROXY_HOST", "127.0.0.1"),
                ("GENESYSCLOUD_PROXY_PORT", "1"),
            ],
            "127.0.0.1, from GENESYSCLOUD_PROXY_HOST",
        ),
    ] {
        let mut command = program(&["doctor", "--json", "--base-url", url]);
        command.env("GENESYSCLOUD_ACCESS_TOKEN", "any");
        command.envs(variables.iter().copied());
        let ended = run(&mut command).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stdout);
        assert!(ended.stdout.contains(named), "{}", ended.stdout);
        assert!(!ended.stdout.contains("s3cret") && !ended.stderr.contains("s3cret"));
    }
}

#[tokio::test]
async fn incomplete_settings_are_a_failed_check_too() {
    let ended = run(&mut program(&["doctor", "--json"])).await;
    assert_eq!(ended.code, Some(2));
    assert_eq!(statuses(&ended.stdout), ["settings fail"]);
    let ended = run(&mut program(&["doctor"])).await;
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("GENESYSCLOUD_REGION"),
        "{}",
        ended.stderr
    );
}
