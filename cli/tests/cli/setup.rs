//! Profiles, doctor, completions and the man page.

use std::fs;

use journey_events_emulator::Emulator;

use crate::support::program::{program, run};

#[tokio::test]
async fn a_profile_of_the_official_client_provides_credentials() {
    let emulator = Emulator::builder()
        .events(3)
        .check_tokens()
        .start()
        .await
        .unwrap();
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".gc")).unwrap();
    let (id, secret) = (emulator.client_id(), emulator.client_secret());
    let profile = format!(
        "[DEFAULT]\nenvironment = \"mypurecloud.de\"\nclient_credentials = \"{id}\"\nclient_secret = \"{secret}\"\n"
    );
    fs::write(home.path().join(".gc/config.toml"), profile).unwrap();
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
async fn doctor_reports_what_passed_and_what_to_fix() {
    let emulator = Emulator::builder()
        .events(3)
        .check_tokens()
        .start()
        .await
        .unwrap();
    let open = Emulator::builder().events(3).start().await.unwrap();
    let doctor = async |url: &str, more: &[&str]| {
        let mut command = program(&["doctor", "--base-url", url]);
        run(command.args(more).env("GENESYSCLOUD_ACCESS_TOKEN", "wrong")).await
    };
    for (url, more, code, named) in [
        (open.base_url(), vec![], 0, "ok    quota"),
        (
            open.base_url(),
            vec![open.sessions()[0].id()],
            0,
            "permission journey:event:view",
        ),
        (open.base_url(), vec!["nobody"], 1, "fail  session"),
        (emulator.base_url(), vec![], 1, "fail  token"),
        ("http://127.0.0.1:1", vec![], 1, "fail  connection"),
    ] {
        let ended = doctor(url, &more).await;
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ended.stderr.contains(named), "{}", ended.stderr);
    }
    let ended = run(&mut program(&["doctor"])).await;
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("GENESYSCLOUD_REGION"),
        "{}",
        ended.stderr
    );
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
