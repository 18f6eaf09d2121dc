//! What `events` reads: types, malformed events, odd ids, the page size, options of earlier versions.

use wiremock::MockServer;

use crate::support::program::{events, program, run};
use crate::support::service::{SESSION, at, event, first, page};

#[tokio::test]
async fn malformed_events_are_skipped_and_counted_on_request() {
    let server = MockServer::start().await;
    let odd = format!("{},7,{}", event("a"), event("b"));
    first(&server, page(&odd, None)).await;
    let ended = events(&server.uri(), &[SESSION]).await;
    assert_eq!((ended.code, ended.lines().len()), (Some(1), 1));
    assert!(
        ended.stderr.contains("--skip-malformed"),
        "{}",
        ended.stderr
    );
    let ended = events(&server.uri(), &[SESSION, "--skip-malformed"]).await;
    assert_eq!((ended.code, ended.lines().len()), (Some(0), 2));
    assert!(ended.stderr.contains("skipped 1 event"), "{}", ended.stderr);
}

#[tokio::test]
async fn malformed_events_are_skipped_after_a_cursor_too() {
    let server = MockServer::start().await;
    let odd = format!("{},7,{}", event("a"), event("b"));
    at(&server, "c1", page(&odd, None)).await;
    let arguments = [SESSION, "--after=c1", "--skip-malformed"];
    let ended = events(&server.uri(), &arguments).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(0), 2),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn an_odd_id_of_the_service_fails_alone() {
    let server = MockServer::start().await;
    let known = r#"{"journeyCustomerSessionId":"s-1"},{"journeyCustomerSessionId":"bad id/?"}"#;
    let conversation =
        format!(r#"{{"conversationId":"c","participants":[{{"sessions":[{known}]}}]}}"#);
    let details = wiremock::matchers::path("/api/v2/analytics/conversations/c/details");
    wiremock::Mock::given(details)
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_string(conversation))
        .mount(&server)
        .await;
    let events_of = wiremock::matchers::path("/api/v2/journey/sessions/s-1/events");
    wiremock::Mock::given(events_of)
        .respond_with(page(&event("a"), None))
        .mount(&server)
        .await;
    let ended = events(&server.uri(), &["--conversation", "c"]).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(1), 1),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("bad id/?"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_number_after_follow_is_taken_for_its_interval() {
    let ended = run(&mut program(&["events", "--follow", "30"])).await;
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("--follow --every 30s"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_type_that_no_event_had_is_named_and_others_are_filtered_here_too() {
    // The first published form of the service ignores the parameter.
    let server = MockServer::start().await;
    let other = r#"{"id":"b","eventType":"com.genesys.journey.AppEvent"}"#;
    let web = r#"{"id":"a","eventType":"com.genesys.journey.WebEvent"}"#;
    first(&server, page(&format!("{web},{other}"), None)).await;
    let arguments = [
        SESSION,
        "--event-type",
        "webevent",
        "--event-type",
        "Missing",
    ];
    let ended = events(&server.uri(), &arguments).await;
    assert_eq!(
        (ended.code, ended.lines()),
        (Some(0), vec![web]),
        "{}",
        ended.stderr
    );
    let named = "no event had the type com.genesys.journey.Missing";
    assert!(ended.stderr.contains(named), "{}", ended.stderr);
}

#[tokio::test]
async fn the_page_size_can_go_out_under_one_name() {
    for (which, sent) in [
        ("both", vec!["limit", "pageSize"]),
        ("limit", vec!["limit"]),
        ("pageSize", vec!["pageSize"]),
    ] {
        let server = MockServer::start().await;
        first(&server, page(&event("a"), None)).await;
        let arguments = [SESSION, "--page-size-parameter", which];
        let ended = events(&server.uri(), &arguments).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let received = server.received_requests().await.unwrap();
        let names: Vec<_> = received[0]
            .url
            .query_pairs()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, sent);
    }
}

#[tokio::test]
async fn options_of_earlier_versions_say_what_to_use_instead() {
    for (arguments, instead) in [
        (&["--checkpoint", "x"][..], "journey-events sync"),
        (&["--failures", "x"], "journey-events sync"),
        (&["--retry-failed", "x"], "--sessions"),
        (&["--from", "x"], "--sessions FILE"),
        (&["--formulas", "keep"], "--escape-formulas no"),
        (&["--follow=30"], "--follow --every 30s"),
    ] {
        let ended = run(program(&["events", SESSION]).args(arguments)).await;
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.contains(instead), "{}", ended.stderr);
    }
}
