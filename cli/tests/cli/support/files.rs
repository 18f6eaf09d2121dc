//! Exported files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use journey_events_emulator::{Emulator, SessionInfo};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;

use super::program::events;

/// Reads a file's event ids by session, in file order.
pub(crate) fn ids(file: &Path, format: &str) -> BTreeMap<String, Vec<String>> {
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |session: &str, id: &str| {
        ids.entry(session.to_owned())
            .or_default()
            .push(id.to_owned());
    };
    let of_json = |event: &serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        (text(&event["session"]["id"]), text(&event["id"]))
    };
    let text = || fs::read_to_string(file).unwrap();
    match format {
        "ndjson" => {
            for line in text().lines() {
                let (session, id) = of_json(&serde_json::from_str(line).unwrap());
                add(&session, &id);
            }
        }
        "json" => {
            for event in serde_json::from_str::<Vec<serde_json::Value>>(&text()).unwrap() {
                let (session, id) = of_json(&event);
                add(&session, &id);
            }
        }
        "csv" => {
            let mut reader = csv::Reader::from_path(file).unwrap();
            for record in reader.records() {
                let record = record.unwrap();
                add(&record[3], &record[0]);
            }
        }
        "parquet" => {
            let reader = SerializedFileReader::try_from(file).unwrap();
            for row in reader.get_row_iter(None).unwrap() {
                let row = row.unwrap();
                add(row.get_string(3).unwrap(), row.get_string(0).unwrap());
                // Its place since it was published; newer columns are after it.
                let json = row.get_string(52).unwrap();
                let (_, id) = of_json(&serde_json::from_str(json).unwrap());
                assert_eq!(&id, row.get_string(0).unwrap());
            }
        }
        other => panic!("{other}"),
    }
    ids
}

/// Returns the event ids of all sessions, as the emulator serves them.
pub(crate) async fn truth(emulator: &Emulator) -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("truth");
    let sessions: Vec<_> = emulator.sessions().iter().map(SessionInfo::id).collect();
    let ended = events(emulator.base_url(), &sessions).await;
    fs::write(&file, ended.stdout).unwrap();
    ids(&file, "ndjson")
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Returns the names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// Makes a named pipe.
#[cfg(unix)]
pub(crate) fn fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}
