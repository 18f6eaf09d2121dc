use journey_events::Client;
use journey_events_emulator::{Emulator, SessionInfo};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use wiremock::MockServer;

use crate::support::program::{Running, events, program, run};
use crate::support::service::{SESSION, first, page};

fn session_of(line: &str) -> String {
    let event: serde_json::Value = serde_json::from_str(line).unwrap();
    event["session"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn sessions_are_written_one_after_another_in_argument_order() {
    let emulator = Emulator::builder()
        .sessions(3)
        .events(30)
        .start()
        .await
        .unwrap();
    let ids: Vec<&str> = emulator
        .sessions()
        .iter()
        .rev()
        .map(SessionInfo::id)
        .collect();
    let ended = events(emulator.base_url(), &ids).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let mut sessions: Vec<String> = ended.lines().into_iter().map(session_of).collect();
    assert_eq!(sessions.len(), 90);
    sessions.dedup();
    assert_eq!(sessions, ids);
    assert!(
        ended.stderr.contains("90 events, 3 pages, 3 requests"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_line_is_the_text_of_the_service_without_line_breaks() {
    let server = MockServer::start().await;
    let sent = r#"{
        "id": "\u00e9 {  }",
        "eventType": "com.genesys.journey.WebEvent",
        "numbers": [1e-07, 1.0, 123456789012345678901234567890]
    }, { "eventType" : "x" }"#;
    first(&server, page(sent, None)).await;
    let ended = events(&server.uri(), &[SESSION]).await;
    let expected = [
        r#"{"id":"\u00e9 {  }","eventType":"com.genesys.journey.WebEvent","numbers":[1e-07,1.0,123456789012345678901234567890]}"#,
        r#"{ "eventType" : "x" }"#,
    ];
    assert_eq!(ended.lines(), expected, "{}", ended.stderr);
}

#[tokio::test]
async fn limit_after_and_event_type_shape_the_requests() {
    let emulator = Emulator::builder().events(100).start().await.unwrap();
    let (base, id) = (emulator.base_url(), emulator.sessions()[0].id());
    let all = events(base, &[id]).await;

    let limited = events(base, &[id, "--limit", "10"]).await;
    assert_eq!(limited.stdout, all.stdout);
    assert!(
        limited.stderr.contains("100 events, 10 pages"),
        "{}",
        limited.stderr
    );

    let client = Client::builder()
        .base_url(base)
        .access_token("any")
        .build()
        .unwrap();
    let page = client.session_events(id).limit(30).page().await.unwrap();
    let rest = events(base, &[id, "--after", page.next_cursor().unwrap()]).await;
    assert_eq!(rest.lines(), all.lines()[30..]);

    let kinds = [
        "com.genesys.journey.WebActionEvent",
        "com.genesys.journey.SegmentAssignmentEvent",
    ];
    let some = events(
        base,
        &[id, "--event-type", kinds[0], "--event-type", kinds[1]],
    )
    .await;
    let expected: Vec<&str> = all
        .lines()
        .into_iter()
        .filter(|line| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            kinds.contains(&event["eventType"].as_str().unwrap())
        })
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(some.lines(), expected);
}

#[tokio::test]
async fn client_credentials_from_the_environment_get_a_token() {
    let emulator = Emulator::builder()
        .events(3)
        .check_tokens()
        .start()
        .await
        .unwrap();
    let id = emulator.sessions()[0].id();
    let mut command = program(&["events", id, "--base-url", emulator.base_url()]);
    command
        .env("GENESYSCLOUD_OAUTHCLIENT_ID", emulator.client_id())
        .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", emulator.client_secret());
    let ended = run(&mut command).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(0), 3),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains(emulator.client_secret()));
}

#[tokio::test]
async fn tokens_are_requested_from_the_login_url() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let login = Emulator::builder().seed(2).start().await.unwrap();
    let id = emulator.sessions()[0].id();
    let urls = [
        "--base-url",
        emulator.base_url(),
        "--login-url",
        login.base_url(),
    ];
    let mut command = program(&["events", id]);
    command
        .args(urls)
        .env("GENESYSCLOUD_OAUTHCLIENT_ID", login.client_id())
        .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", login.client_secret());
    assert_eq!(run(&mut command).await.code, Some(0));
}

#[tokio::test]
async fn the_region_option_overrides_the_environment() {
    for (arguments, host) in [
        (vec![], "api.mypurecloud.com:443"),
        (vec!["--region", "eu-central-1"], "api.mypurecloud.de:443"),
    ] {
        // The proxy sees the host, and nothing leaves this machine.
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut command = program(&["events", SESSION]);
        command
            .args(arguments)
            .env(
                "HTTPS_PROXY",
                format!("http://{}", proxy.local_addr().unwrap()),
            )
            .env("GENESYSCLOUD_REGION", "us-east-1")
            .env("GENESYSCLOUD_ACCESS_TOKEN", "any");
        let _running = Running::start(&mut command);
        let (connection, _) = proxy.accept().await.unwrap();
        let mut line = String::new();
        BufReader::new(connection)
            .read_line(&mut line)
            .await
            .unwrap();
        assert!(line.contains(host), "{line}");
    }
}
