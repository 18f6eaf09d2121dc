//! `events` to stdout, files and devices: formats, filters, destinations.

use std::fs;
use std::time::Duration;

use journey_events_emulator::{Emulator, SessionInfo};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::support::files::{ids, names, text, truth};
use crate::support::program::{Ended, events};

async fn export(emulator: &Emulator, arguments: &[&str]) -> Ended {
    events(emulator.base_url(), arguments).await
}

#[tokio::test]
async fn every_format_has_every_event_once() {
    let emulator = Emulator::builder().sessions(5).events(450);
    let emulator = emulator.start().await.unwrap();
    let truth = truth(&emulator).await;
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let folder = tempfile::tempdir().unwrap();
    for format in ["ndjson", "json", "csv", "parquet"] {
        let file = folder.path().join(format!("all.{format}"));
        let arguments = [&sessions[..], &["--output", text(&file)]].concat();
        let ended = export(&emulator, &arguments).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(0), ""),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("2250 events"), "{}", ended.stderr);
        assert_eq!(ids(&file, format), truth);
    }
    assert_eq!(names(folder.path()).len(), 4);
}

#[tokio::test]
async fn the_extension_compresses() {
    let emulator = Emulator::builder().events(250).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let plain = export(&emulator, &[session]).await.stdout;
    let gz = folder.path().join("a.jsonl.gz");
    let zst = folder.path().join("a.ndjson.zst");
    for file in [&gz, &zst] {
        let ended = export(&emulator, &[session, "--output", text(file)]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(fs::metadata(file).unwrap().len() < plain.len() as u64 / 3);
    }
    let gz = flate2::read::GzDecoder::new(fs::File::open(gz).unwrap());
    assert_eq!(std::io::read_to_string(gz).unwrap(), plain);
    let zst = zstd::decode_all(fs::File::open(zst).unwrap()).unwrap();
    assert_eq!(String::from_utf8(zst).unwrap(), plain);
}

#[tokio::test]
async fn stdout_supports_json_and_csv_but_not_parquet() {
    let emulator = Emulator::builder().events(250).start().await.unwrap();
    let truth = truth(&emulator).await;
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    for format in ["json", "csv"] {
        let ended = export(&emulator, &[session, "--format", format]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let file = folder.path().join(format);
        fs::write(&file, ended.stdout).unwrap();
        assert_eq!(ids(&file, format), truth);
    }
    let ended = export(&emulator, &[session, "--format", "parquet"]).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("--output"), "{}", ended.stderr);
}

#[tokio::test]
async fn an_export_has_the_columns_of_a_dataset_but_the_time_of_a_sync() {
    let emulator = Emulator::builder().events(3).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let folder = tempfile::tempdir().unwrap();
    let [csv, parquet] = ["csv", "parquet"].map(|format| folder.path().join(format));
    for file in [&csv, &parquet] {
        let format = file.file_name().unwrap().to_str().unwrap();
        let arguments = [session, "--format", format, "--output", text(file)];
        let ended = export(&emulator, &arguments).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let header = reader.headers().unwrap();
    let last: Vec<_> = header.iter().skip(51).collect();
    assert_eq!(last, ["error_code", "attributes", "traits"]);
    let reader = SerializedFileReader::try_from(parquet.as_path()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let last: Vec<_> = schema.columns()[51..]
        .iter()
        .map(|column| column.name())
        .collect();
    assert_eq!(last, ["error_code", "json", "attributes", "traits"]);
}

#[tokio::test]
async fn all_sessions_of_a_contact_are_exported() {
    let emulator = Emulator::builder()
        .sessions(4)
        .events(3)
        .start()
        .await
        .unwrap();
    let ended = export(&emulator, &["--contact", &emulator.contacts()[0]]).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(0), 9),
        "{}",
        ended.stderr
    );
    let ended = export(&emulator, &["--contact", "nobody"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("contact nobody"), "{}", ended.stderr);
}

#[tokio::test]
async fn since_and_until_select_a_time_range() {
    let emulator = Emulator::builder().events(300).start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let all = export(&emulator, &[session]).await;
    let date = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["createdDate"].as_str().unwrap().to_owned()
    };
    let lines = all.lines();
    let (since, until) = (date(lines[100]), date(lines[200]));
    let some = export(&emulator, &[session, "--since", &since, "--until", &until]).await;
    let instant = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let expected: Vec<_> = lines
        .into_iter()
        .filter(|line| (instant(&since)..instant(&until)).contains(&instant(&date(line))))
        .collect();
    assert!((90..=110).contains(&expected.len()));
    assert_eq!(some.lines(), expected);
}

#[tokio::test]
async fn a_session_is_followed_until_it_has_ended() {
    let emulator = Emulator::builder()
        .events(40)
        .growth(Duration::from_millis(50));
    let emulator = emulator.start().await.unwrap();
    let session = emulator.sessions()[0].id();
    let ended = export(&emulator, &[session, "--follow", "--every", "1s"]).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(0), 40),
        "{}",
        ended.stderr
    );
}
