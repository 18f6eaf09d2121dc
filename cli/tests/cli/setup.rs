//! Profiles, completions and the man page.

use std::fs;
use std::time::Duration;

use journey_events_emulator::Emulator;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::support::program::{Running, program, run};

/// After this time, a test has failed.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Returns a home folder with a profile in the file of the official client.
fn home(profile: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".gc")).unwrap();
    fs::write(home.path().join(".gc/config.toml"), profile).unwrap();
    home
}

#[tokio::test]
async fn a_profile_of_the_official_client_provides_credentials() {
    let emulator = Emulator::builder()
        .events(3)
        .check_tokens()
        .start()
        .await
        .unwrap();
    let (id, secret) = (emulator.client_id(), emulator.client_secret());
    let home = home(&format!(
        "[DEFAULT]\nenvironment = \"mypurecloud.de\"\nclient_credentials = \"{id}\"\nclient_secret = \"{secret}\"\n"
    ));
    let url = emulator.base_url();
    for command in [
        vec!["events", emulator.sessions()[0].id()],
        vec!["doctor", emulator.sessions()[0].id()],
    ] {
        let mut command = program(&command);
        command.args([
            "--profile",
            "DEFAULT",
            "--base-url",
            url,
            "--login-url",
            url,
        ]);
        let ended = run(command.env("HOME", home.path())).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(!ended.stderr.contains(secret));
    }
}

#[tokio::test]
async fn a_profiles_gateway_takes_the_place_of_its_regions_hosts() {
    let emulator = Emulator::builder()
        .events(3)
        .check_tokens()
        .start()
        .await
        .unwrap();
    let (id, secret) = (emulator.client_id(), emulator.client_secret());
    let port = emulator.base_url().rsplit(':').next().unwrap();
    let home = home(&format!(
        "[default]\nenvironment = \"mypurecloud.de\"\nclient_credentials = \"{id}\"\n\
         client_secret = \"{secret}\"\ngrant_type = \"1\"\ngateway_protocol = \"http\"\n\
         gateway_host = \"127.0.0.1\"\ngateway_port = \"{port}\"\n"
    ));
    let session = emulator.sessions()[0].id();
    let mut command = program(&["events", session, "--profile", "DEFAULT"]);
    let ended = run(command.env("HOME", home.path())).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.lines().len(), 3);
}

/// Waits for a request to a proxy, and returns its head.
async fn requested(proxy: &TcpListener) -> String {
    let (mut connection, _) = timeout(TIMEOUT, proxy.accept()).await.unwrap().unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    let refused = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
    connection.write_all(refused).await.unwrap();
    String::from_utf8(head).unwrap().to_lowercase()
}

#[tokio::test]
async fn requests_go_through_the_proxy_of_a_profile_or_of_the_variables() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = proxy.local_addr().unwrap().port();
    let home = home(&format!(
        "[default]\nenvironment = \"mypurecloud.de\"\naccess_token = \"any\"\n\
         proxy_protocol = \"http\"\nproxy_host = \"127.0.0.1\"\nproxy_port = \"{port}\"\n\
         proxy_username = \"ana\"\nproxy_password = \"s3cret\"\n"
    ));
    let mut by_profile = program(&["events", "any", "--profile", "default"]);
    by_profile.env("HOME", home.path());
    let mut by_variables = program(&["events", "any"]);
    by_variables
        .env("GENESYSCLOUD_REGION", "https://api.mypurecloud.de/")
        .env("GENESYSCLOUD_ACCESS_TOKEN", "any")
        .env("GENESYSCLOUD_PROXY_HOST", "127.0.0.1")
        .env("GENESYSCLOUD_PROXY_PORT", port.to_string())
        .env("GENESYSCLOUD_PROXY_AUTH_USERNAME", "ana")
        .env("GENESYSCLOUD_PROXY_AUTH_PASSWORD", "s3cret");
    for mut command in [by_profile, by_variables] {
        let running = Running::start(&mut command);
        let head = requested(&proxy).await;
        assert!(
            head.starts_with("connect api.mypurecloud.de:443 "),
            "{head}"
        );
        // ana:s3cret
        assert!(
            head.contains("proxy-authorization: basic yw5honmzy3jlda=="),
            "{head}"
        );
        drop(running);
    }
}

#[tokio::test]
async fn a_profile_that_is_unsupported_is_refused_with_what_to_do() {
    for (setting, named) in [
        ("grant_type = \"3\"", "grant_type 3, a PKCE grant"),
        (
            "gateway_host = \"gateway.example\"\ngateway_username = \"s3cret\"",
            "gateway_username isn't supported",
        ),
    ] {
        let home = home(&format!(
            "[default]\nenvironment = \"mypurecloud.de\"\nclient_credentials = \"id\"\n\
             client_secret = \"s3cret\"\n{setting}\n"
        ));
        let mut command = program(&["events", "any", "--profile", "default"]);
        let ended = run(command.env("HOME", home.path())).await;
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        let error = &ended.stderr;
        assert!(error.contains(named) && error.contains("next: "), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn completions_and_man_page_cover_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let ended = run(&mut program(&["completions", shell])).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stdout.contains("escape-formulas"), "{shell}");
    }
    let ended = run(&mut program(&["man"])).await;
    for text in [
        ".TH journey-events",
        "doctor",
        "\\-\\-escape\\-formulas",
        "GENESYSCLOUD_REGION",
    ] {
        assert!(ended.stdout.contains(text), "{text}");
    }
}
