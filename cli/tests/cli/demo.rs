use std::collections::HashSet;

use crate::support::program::{program, run};
#[cfg(unix)]
use crate::support::{program::Running, pty::Terminal};

#[tokio::test]
async fn demo_prints_the_requested_number_of_events_and_a_summary() {
    let ended = run(&mut program(&["demo", "--events", "450"])).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let ids: HashSet<String> = ended
        .lines()
        .into_iter()
        .map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            event["id"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!((ended.lines().len(), ids.len()), (450, 450));
    let stderr = ended.stderr;
    assert!(
        stderr.starts_with("journey-events: 450 events, 3 pages, 3 requests, "),
        "{stderr}"
    );
    assert!(
        stderr.contains(" seconds\n  next: ") && stderr.lines().count() == 2,
        "{stderr}"
    );
}

#[tokio::test]
async fn demo_prints_10000_events_by_default() {
    let ended = run(&mut program(&["demo"])).await;
    assert_eq!((ended.code, ended.lines().len()), (Some(0), 10_000));
}

#[tokio::test]
async fn demo_of_an_empty_session_prints_nothing_and_succeeds() {
    let ended = run(&mut program(&["demo", "--events", "0"])).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert!(
        ended.stderr.contains("0 events, 1 page, 1 request,"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn demo_ignores_proxies_and_settings() {
    let mut command = program(&["demo", "--events", "1"]);
    command
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1");
    let ended = run(command.env("GENESYSCLOUD_REGION", "nowhere")).await;
    assert_eq!(
        (ended.code, ended.lines().len()),
        (Some(0), 1),
        "{}",
        ended.stderr
    );
}

/// Starts a command, and drops it: it holds the terminal open.
#[cfg(unix)]
fn start(mut command: tokio::process::Command) -> Running {
    Running::start(&mut command)
}

/// Runs `demo` on a terminal, and returns what it shows at the end.
#[cfg(unix)]
async fn shown(columns: u16, events: &str) -> (Option<i32>, String) {
    let mut terminal = Terminal::open(columns);
    let mut command = program(&["demo", "--events", events]);
    command.env("TERM", "xterm-256color");
    command.stdout(terminal.stdio()).stderr(terminal.stdio());
    let mut running = start(command);
    let code = running.exits().await.code();
    (code, terminal.finally_shows())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_a_terminal_the_demo_shows_20_events_and_a_summary() {
    let (code, screen) = shown(100, "450").await;
    assert_eq!(code, Some(0), "{screen}");
    let lines: Vec<_> = screen.lines().collect();
    let (rows, summary) = lines.split_at(20);
    for row in rows {
        assert!(row.starts_with("20") && row.as_bytes()[10] == b' ', "{row}");
        assert!(!row.contains('{') && row.chars().count() <= 100, "{row}");
    }
    assert!(screen.contains("  page_viewed  "), "{screen}");
    let [total, json, report] = summary else {
        panic!("{screen}")
    };
    let counted = "journey-events: 450 events, 3 pages, 3 requests, ";
    assert!(total.starts_with(counted), "{total}");
    assert!(total.ends_with(" seconds; the first 20 shown"), "{total}");
    assert!(json.ends_with(" demo --events 450 | head -1"), "{json}");
    assert!(report.starts_with("  next: ") && report.contains(" report --from - "));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_signal_ends_the_demo_on_a_terminal_and_says_how_much_was_streamed() {
    let mut terminal = Terminal::open(100);
    let mut command = program(&["demo", "--events", "1000000"]);
    command.env("TERM", "xterm-256color");
    command.stdout(terminal.stdio()).stderr(terminal.stdio());
    let mut running = start(command);
    terminal.shows("  page_viewed  ");
    running.signal("INT").await;
    assert_eq!(running.exits().await.code(), Some(130));
    let screen = terminal.finally_shows();
    assert!(screen.contains("stopped by Ctrl-C: "), "{screen}");
    assert!(screen.trim_end().ends_with(" streamed"), "{screen}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_rows_of_the_demo_fit_a_narrow_terminal() {
    let (code, screen) = shown(40, "20").await;
    assert_eq!(code, Some(0), "{screen}");
    let (rows, summary) = screen.split_once("journey-events: ").unwrap();
    assert_eq!(rows.lines().count(), 20, "{screen}");
    assert!(rows.contains('…'), "{screen}");
    assert!(
        rows.lines().all(|row| row.chars().count() <= 40),
        "{screen}"
    );
    assert!(summary.contains("; all shown"), "{summary}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_demo_with_its_stdout_in_a_file_writes_every_event_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let mut terminal = Terminal::open(100);
    let mut command = program(&["demo", "--events", "450"]);
    command
        .stdout(std::fs::File::create(&path).unwrap())
        .stderr(terminal.stdio());
    let mut running = start(command);
    assert_eq!(running.exits().await.code(), Some(0));
    assert!(terminal.finally_shows().contains("450 events"));
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().count(), 450);
    assert!(text.lines().all(|line| line.starts_with('{')));
}
