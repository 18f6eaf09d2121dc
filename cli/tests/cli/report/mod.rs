//! `report`: the data in the page, unpacked as its script does. `cli/tests/browser` checks how it looks
//! and behaves.

mod content;
mod input;
mod output;

use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::support::program::{Ended, program, run};

/// A page's data.
struct Page {
    html: String,
    model: Value,
    events: Vec<String>,
}

impl Page {
    fn open(path: &Path) -> Self {
        let html = fs::read_to_string(path).unwrap();
        let model = unzipped(element(&html, "<script type=\"text/plain\" id=\"model\">"));
        let blocks = element(&html, "<script type=\"text/plain\" id=\"events\">");
        let lines: String = blocks.lines().map(unzipped).collect();
        Self {
            model: serde_json::from_str(&model).unwrap(),
            events: lines.lines().map(str::to_owned).collect(),
            html,
        }
    }

    fn problems(&self) -> String {
        self.model["problems"].to_string()
    }

    fn events_of_sessions(&self) -> Vec<(&str, u64)> {
        let sessions = self.model["sessions"].as_array().unwrap();
        sessions
            .iter()
            .map(|session| {
                let events = session["events"].as_u64().unwrap();
                (session["id"].as_str().unwrap(), events)
            })
            .collect()
    }
}

/// Returns an element's text, up to the first `<`.
fn element<'a>(html: &'a str, begin: &str) -> &'a str {
    let (_, rest) = html.split_once(begin).unwrap();
    rest.split_once('<').unwrap().0
}

fn unzipped(base64: &str) -> String {
    let bytes = BASE64.decode(base64.trim()).unwrap();
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    text
}

async fn report(arguments: &[&str]) -> Ended {
    let mut command = program(&["report"]);
    run(command
        .args(arguments)
        .env("GENESYSCLOUD_ACCESS_TOKEN", "any"))
    .await
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
