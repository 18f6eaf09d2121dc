use std::collections::HashSet;
use std::net::TcpListener;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::program::{Running, events, program, run};

async fn ready(arguments: &[&str]) -> (Running, Value) {
    let mut running = Running::start(program(&["emulate"]).args(arguments));
    let ready = serde_json::from_str(&running.line().await).unwrap();
    (running, ready)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn emulate_prints_its_url_and_serves_its_sessions() {
    let (_running, ready) = ready(&["--sessions", "2", "--events", "7"]).await;
    let sessions = ready["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    for session in sessions {
        assert_eq!(session["events"], 7);
        let ended = events(text(&ready["base_url"]), &[text(&session["id"])]).await;
        assert_eq!(
            (ended.code, ended.lines().len()),
            (Some(0), 7),
            "{}",
            ended.stderr
        );
    }
}

#[tokio::test]
async fn the_seed_determines_the_sessions() {
    let (_one, one) = ready(&["--seed", "7"]).await;
    let (_same, same) = ready(&["--seed", "7"]).await;
    let (_other, other) = ready(&["--seed", "8"]).await;
    assert_eq!(one["sessions"], same["sessions"]);
    assert_ne!(one["sessions"], other["sessions"]);
}

#[tokio::test]
async fn check_tokens_accepts_only_issued_tokens() {
    let (_running, ready) = ready(&["--events", "2", "--check-tokens"]).await;
    let (base, id) = (text(&ready["base_url"]), text(&ready["sessions"][0]["id"]));
    let refused = events(base, &[id]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("401"), "{}", refused.stderr);

    let mut command = program(&["events", id, "--base-url", base]);
    command
        .env("GENESYSCLOUD_OAUTHCLIENT_ID", text(&ready["client_id"]))
        .env(
            "GENESYSCLOUD_OAUTHCLIENT_SECRET",
            text(&ready["client_secret"]),
        );
    assert_eq!(run(&mut command).await.lines().len(), 2);
}

#[tokio::test]
async fn each_of_several_clients_logs_in_and_the_first_is_that_of_client_id() {
    let (_running, ready) = ready(&["--events", "2", "--check-tokens", "--clients", "3"]).await;
    let (base, id) = (text(&ready["base_url"]), text(&ready["sessions"][0]["id"]));
    let clients = ready["clients"].as_array().unwrap();
    let ids = clients.iter().map(|client| text(&client["client_id"]));
    assert_eq!(ids.collect::<HashSet<_>>().len(), 3);
    assert_eq!(clients.len(), 3);
    for member in ["client_id", "client_secret"] {
        assert_eq!(clients[0][member], ready[member]);
    }
    for client in clients {
        let mut command = program(&["events", id, "--base-url", base]);
        command
            .env("GENESYSCLOUD_OAUTHCLIENT_ID", text(&client["client_id"]))
            .env(
                "GENESYSCLOUD_OAUTHCLIENT_SECRET",
                text(&client["client_secret"]),
            );
        assert_eq!(run(&mut command).await.lines().len(), 2);
    }
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_the_port() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = run(&mut program(&["emulate", "--port", &port])).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(
        ended.stderr.contains(&port) && ended.stderr.contains("in use"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn too_many_faults_are_an_error_that_names_the_option_and_the_most() {
    let mut command = program(&["emulate"]);
    for _ in 0..=1_000 {
        command.args(["--fault", "503:once"]);
    }
    let ended = run(&mut command).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    let problem = "invalid --fault count `1001`: must be 0 to 1000\n";
    assert!(ended.stderr.ends_with(problem), "{}", ended.stderr);
}

#[cfg(unix)]
mod signals {
    use std::time::Duration;

    use super::{Running, program, ready, text};

    #[tokio::test]
    async fn signals_stop_it_promptly_with_status_0_even_during_a_request() {
        for name in ["INT", "TERM"] {
            let (mut running, ready) = ready(&["--latency-ms", "60000"]).await;
            let id = text(&ready["sessions"][0]["id"]);
            let mut command = program(&["events", id, "--base-url", text(&ready["base_url"])]);
            let _waiting = Running::start(command.env("GENESYSCLOUD_ACCESS_TOKEN", "any"));
            running.signal(name).await;
            let status = running.exits_within(Duration::from_secs(1)).await;
            assert_eq!(status.code(), Some(0), "{name}");
            assert_eq!(running.stderr().await, "");
        }
    }
}

#[tokio::test]
async fn an_export_can_be_served_and_exported_again_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let exported = run(&mut program(&["demo", "--events", "450"])).await.stdout;
    let file = folder.path().join("events.ndjson");
    std::fs::write(&file, &exported).unwrap();
    let from = ["--from", file.to_str().unwrap(), "--fault", "503:every=2"];
    let (_running, ready) = ready(&from).await;
    let id = text(&ready["sessions"][0]["id"]);
    let again = events(text(&ready["base_url"]), &[id]).await;
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stdout == exported, "the events differ");
}

#[tokio::test]
async fn a_file_that_cannot_be_served_is_reported_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.ndjson");
    std::fs::write(&file, "\n{\"eventType\":1e,}").unwrap();
    let file = file.to_str().unwrap();
    for (from, problem) in [
        ("/nowhere", "can't read --from /nowhere: ".to_owned()),
        (
            "/dev/null",
            "invalid --from /dev/null: no events".to_owned(),
        ),
        (
            file,
            format!("invalid --from {file}: line 2: invalid number at column 16;"),
        ),
    ] {
        let ended = run(&mut program(&["emulate", "--from", from])).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(ended.stderr.contains(&problem), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("next: name a file"),
            "{}",
            ended.stderr
        );
    }
}

/// Sends a raw request and returns the raw response.
async fn send(ready: &Value, request: &str, headers: &str, body: &str) -> String {
    let address = text(&ready["base_url"]).trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\
         {headers}\r\n\r\n{body}"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    response
}

async fn session(ready: &Value) -> String {
    let id = text(&ready["sessions"][0]["id"]);
    let request = format!("GET /api/v2/journey/sessions/{id}");
    send(ready, &request, "authorization: Bearer any", "").await
}

#[tokio::test]
async fn quota_and_window_options_are_applied() {
    for more in [&[][..], &["--sliding"]] {
        let quota = ["--quota", "1", "--quota-window-ms", "3600000"];
        let (_running, ready) = ready(&[&quota, more].concat()).await;
        assert!(session(&ready).await.starts_with("HTTP/1.1 200"));
        let refused = session(&ready).await;
        assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
        // An hour, minus the time since the first request.
        let seconds = refused.split_once("retry-after: ").unwrap().1;
        let seconds: u32 = seconds.lines().next().unwrap().parse().unwrap();
        assert!((3_000..=3_600).contains(&seconds), "{seconds}");
    }
}

#[tokio::test]
async fn grow_ms_lets_sessions_grow() {
    let (_running, ready) = ready(&["--events", "5", "--grow-ms", "86400000"]).await;
    let session = session(&ready).await;
    assert!(session.contains(r#""eventCount":1"#), "{session}");
    assert!(!session.contains("endedDate"), "{session}");
}

#[tokio::test]
async fn token_lifetime_is_applied() {
    let (_running, ready) = ready(&["--token-lifetime", "7"]).await;
    let login = ["client_id", "client_secret"].map(|name| text(&ready[name]));
    let login = BASE64_STANDARD.encode(login.join(":"));
    let headers = format!("authorization: Basic {login}");
    let grant = "grant_type=client_credentials";
    let token = send(&ready, "POST /oauth/token", &headers, grant).await;
    assert!(token.contains(r#""expires_in":7"#), "{token}");
}

#[tokio::test]
async fn options_out_of_range_or_without_their_companion_are_rejected() {
    for refused in [
        &["--quota", "0"][..],
        &["--quota", "1", "--quota-window-ms", "0"],
        &["--quota-window-ms", "1"],
        &["--sliding"],
        &["--grow-ms", "0"],
        &["--token-lifetime", "0"],
        &["--token-lifetime", "31622401"],
        &["--fault", "503:every=2,rate=0.1"],
    ] {
        let ended = run(program(&["emulate"]).args(refused)).await;
        assert_eq!(ended.code, Some(2), "{refused:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(refused[0]), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn form_selects_one_published_form() {
    for (form, has_app) in [("first", false), ("current", true)] {
        let (_running, ready) = ready(&["--form", form, "--sessions", "3", "--events", "3"]).await;
        let id = text(&ready["sessions"][2]["id"]);
        let ended = events(text(&ready["base_url"]), &["--limit", "2", id]).await;
        assert_eq!(
            (ended.code, ended.lines().len()),
            (Some(0), 3),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.stdout.contains("appEvent"), has_app, "{form}");
    }
    let ended = run(&mut program(&["emulate", "--form", "latest"])).await;
    assert_eq!(ended.code, Some(2));
    for part in [
        "'latest' for '--form <FORM>'",
        "[possible values: both, first, current]",
    ] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn hosts_are_allowed_by_name_and_others_are_refused() {
    let options = [
        "--host",
        "127.0.0.2",
        "--allow-host",
        "shop.test",
        "--events",
        "1",
    ];
    let (_running, ready) = ready(&options).await;
    assert!(text(&ready["base_url"]).starts_with("http://127.0.0.2:"));
    let address = text(&ready["base_url"])
        .trim_start_matches("http://")
        .to_owned();
    for (host, status) in [
        ("shop.test", "200"),
        ("localhost:1", "200"),
        ("evil.example", "421"),
    ] {
        let mut connection = TcpStream::connect(&address).await.unwrap();
        let request =
            format!("GET /emulator/health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).await.unwrap();
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status} ")),
            "{host}: {response}"
        );
    }
    let ended = run(&mut program(&["emulate", "--allow-host", "shop.test:80"])).await;
    assert_eq!(ended.code, Some(2));
    let problem = "can't start the emulator: invalid --allow-host `shop.test:80`: must be a host name without a port";
    assert!(ended.stderr.contains(problem), "{}", ended.stderr);
}

#[tokio::test]
async fn open_sessions_of_few_contacts_grow_and_end_over_http() {
    let options = [
        "--open",
        "--events",
        "2",
        "--sessions",
        "4",
        "--sessions-per-contact",
        "4",
    ];
    let (_running, ready) = ready(&options).await;
    assert_eq!(ready["contacts"].as_array().map(Vec::len), Some(1));
    let id = text(&ready["sessions"][0]["id"]);
    assert!(!session(&ready).await.contains("endedDate"));
    let json = "content-type: application/json";
    let path = format!("POST /emulator/sessions/{id}/events");
    let appended = send(&ready, &path, json, r#"{"events":3}"#).await;
    assert!(appended.contains(r#""eventCount":5"#), "{appended}");
    let ended = send(
        &ready,
        &format!("POST /emulator/sessions/{id}/end"),
        json,
        "",
    )
    .await;
    assert!(ended.contains(r#""ended":true"#), "{ended}");
    assert!(session(&ready).await.contains("endedDate"));
}
