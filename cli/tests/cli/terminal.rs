//! Progress and messages on a terminal.

#![cfg(unix)]

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write, pipe};
use std::path::Path;
use std::process::Stdio;
use std::thread;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use tokio::process::Command;

use crate::support::gate::{FAILING, Gate, REASON};
#[cfg(target_os = "linux")]
use crate::support::program::in_container;
use crate::support::program::{Running, program};
use crate::support::pty::Terminal;

/// Sessions of every run.
const SESSIONS: [&str; 4] = ["first", FAILING, "second", "third"];
/// What only the progress line of `events`, that of `sync`, and the end of a line contain.
const COUNTING: [&str; 3] = [" of 4 sessions, ", " settled, ", "quota left: "];

fn events(gate: &Gate, arguments: &[&str]) -> Command {
    let mut command = program(&["events", "--base-url", &gate.base_url]);
    command.args(SESSIONS).args(arguments);
    command.env("GENESYSCLOUD_ACCESS_TOKEN", "any");
    command
}

fn sync(gate: &Gate, dataset: &Path) -> Command {
    let mut command = program(&["sync", "--base-url", &gate.base_url, "--create"]);
    command.arg(dataset).args(SESSIONS);
    command.env("GENESYSCLOUD_ACCESS_TOKEN", "any");
    command
}

/// Returns where a run writes its events: a file named by `--output`, or by the shell.
fn to_file(gate: &Gate, output: &Path, by_option: bool) -> Command {
    if by_option {
        return events(gate, &["--verbose", "--output", output.to_str().unwrap()]);
    }
    let mut command = events(gate, &[]);
    command.stdout(File::create(output).unwrap());
    command
}

/// Starts a command with the terminal as its stderr. The service is on another thread than the test, which
/// reading from the terminal blocks.
fn start(terminal: &Terminal, mut command: Command) -> Running {
    command
        .env("TERM", "xterm-256color")
        .stderr(terminal.stdio());
    Running::start(&mut command)
}

/// Checks that messages are all there is.
fn assert_only_messages(screen: &str) {
    assert!(!screen.trim().is_empty());
    let mut lines = screen.lines();
    assert!(
        lines.all(|line| line.starts_with("journey-events: ") || line.starts_with("  ")),
        "{screen}"
    );
    // Where nothing fits between two wraps, a remainder would be inside a line.
    for counting in COUNTING {
        assert!(!screen.contains(counting), "{screen}");
    }
}

/// Checks that events are shown on the terminal and no line among them.
async fn shows_events_alone(gate: &Gate, terminal: &mut Terminal, command: Command) {
    let mut running = start(terminal, command);
    gate.let_through(1);
    terminal.shows("com.genesys.journey.WebEvent");
    gate.let_through(3);
    assert_eq!(running.exits().await.code(), Some(1));
    terminal.finally_shows();
    assert!(!terminal.sent.contains(&b'\x1b'));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_finished_export_leaves_its_messages_alone_at_any_width() {
    for (columns, by_option) in [1, 20, 80, 400]
        .map(|columns| [(columns, true), (columns, false)])
        .concat()
    {
        let gate = Gate::start().await;
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("events.jsonl");
        let mut terminal = Terminal::open(columns);
        let mut running = start(&terminal, to_file(&gate, &output, by_option));
        for _ in SESSIONS {
            terminal.redraws();
            gate.let_through(1);
        }
        assert_eq!(running.exits().await.code(), Some(1));
        let screen = terminal.finally_shows();
        assert_only_messages(&screen);
        assert!(terminal.is_as_it_was());
        let drawn = String::from_utf8_lossy(&terminal.sent).contains(COUNTING[0]);
        assert_eq!(drawn, columns >= 20, "{columns}");
        if by_option {
            for session in ["first", "second", "third"] {
                let done = format!("session {session}: ");
                assert!(screen.contains(&done), "{screen}");
            }
        } else if columns > 1 {
            // Wide characters don't fit otherwise.
            assert!(screen.contains(REASON), "{screen}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_resized_terminal_keeps_the_messages_alone() {
    let gate = Gate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("events.jsonl");
    let mut terminal = Terminal::open(20);
    let command = events(&gate, &["-v", "--output", output.to_str().unwrap()]);
    let mut running = start(&terminal, command);
    for columns in [120, 20, 5, 200] {
        terminal.redraws();
        terminal.resize(columns);
        terminal.redraws();
        gate.let_through(1);
    }
    assert_eq!(running.exits().await.code(), Some(1));
    let screen = terminal.finally_shows();
    assert!(screen.contains("journey-events:"), "{screen}");
    assert!(!screen.contains("/s"), "{screen}");
    assert!(terminal.is_as_it_was(), "{screen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn progress_is_shown_while_stdout_is_a_file() {
    let gate = Gate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("events.jsonl");
    let mut terminal = Terminal::open(80);
    let mut running = start(&terminal, to_file(&gate, &output, false));
    terminal.shows("0 of 4 sessions, ");
    gate.let_through(1);
    terminal.shows("1 of 4 sessions, 1 events");
    gate.let_through(3);
    assert_eq!(running.exits().await.code(), Some(1));
    assert_only_messages(&terminal.finally_shows());
    assert_eq!(fs::read_to_string(output).unwrap().lines().count(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn progress_is_shown_while_events_are_discarded() {
    for by_option in [true, false] {
        let gate = Gate::start().await;
        let mut terminal = Terminal::open(80);
        let mut command = if by_option {
            events(&gate, &["--output", "/dev/null"])
        } else {
            events(&gate, &[])
        };
        if !by_option {
            command.stdout(Stdio::null());
        }
        let mut running = start(&terminal, command);
        terminal.shows("0 of 4 sessions, ");
        gate.let_through(4);
        assert_eq!(running.exits().await.code(), Some(1));
        assert_only_messages(&terminal.finally_shows());
    }
}

/// Though stdout is a file.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_line_is_drawn_among_events_on_a_terminal_named_as_output() {
    let gate = Gate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(200);
    let mut command = events(&gate, &["-v", "--output", terminal.path.to_str().unwrap()]);
    command.stdout(File::create(folder.path().join("stdout")).unwrap());
    shows_events_alone(&gate, &mut terminal, command).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn typed_text_and_enter_leave_nothing_of_the_line() {
    let gate = Gate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("events.jsonl");
    let mut terminal = Terminal::open(80);
    let mut running = start(&terminal, to_file(&gate, &output, false));
    terminal.shows(COUNTING[0]);
    for text in ["  enter\r", "  text", "  more and enter\r", "  again\r"] {
        terminal.types(text);
    }
    gate.let_through(4);
    assert_eq!(running.exits().await.code(), Some(1));
    let screen = terminal.finally_shows();
    let rows = screen.lines().filter(|row| !row.is_empty());
    assert_only_messages(&rows.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stopped_program_leaves_no_line_and_draws_it_again_when_it_continues() {
    let gate = Gate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("events.jsonl");
    let mut terminal = Terminal::open(80);
    let mut command = to_file(&gate, &output, false);
    // As a shell starts a job.
    command.process_group(0);
    let mut running = start(&terminal, command);
    for round in ["once", "twice"] {
        terminal.shows(COUNTING[0]);
        running.signal("TSTP").await;
        running.stops();
        let screen = terminal.with_message(&format!("journey-events: {round}\n"));
        assert_only_messages(&screen);
        running.signal("CONT").await;
        terminal.redraws();
    }
    gate.let_through(4);
    assert_eq!(running.exits().await.code(), Some(1));
    assert_only_messages(&terminal.finally_shows());
    assert_eq!(fs::read_to_string(output).unwrap().lines().count(), 3);
}

/// There, the session has no id.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn progress_is_shown_in_a_container() {
    let mut container = in_container(&Command::new("true"));
    if !container
        .status()
        .await
        .is_ok_and(|status| status.success())
    {
        eprintln!("skipped: `unshare --user --pid` isn't permitted here");
        return;
    }
    let gate = Gate::start().await;
    let mut terminal = Terminal::open(80);
    let command = events(&gate, &["--output", "/dev/null"]);
    let mut running = start(&terminal, in_container(&command));
    drop(command);
    terminal.shows(COUNTING[0]);
    gate.let_through(4);
    assert_eq!(running.exits().await.code(), Some(1));
    assert_only_messages(&terminal.finally_shows());
}

/// The reader of the pipe may print to the terminal.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_line_is_drawn_while_stdout_is_a_pipe() {
    let gate = Gate::start().await;
    let mut terminal = Terminal::open(80);
    // A line would be drawn with each session's message.
    let mut running = start(&terminal, events(&gate, &["-v"]));
    gate.let_through(1);
    running.line().await;
    gate.let_through(3);
    assert_eq!(running.exits().await.code(), Some(1));
    assert_only_messages(&terminal.finally_shows());
    assert!(!terminal.sent.contains(&b'\x1b'));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_line_is_drawn_among_events_on_the_same_terminal() {
    let gate = Gate::start().await;
    let mut terminal = Terminal::open(200);
    let mut command = events(&gate, &["-v"]);
    command.stdout(terminal.stdio());
    shows_events_alone(&gate, &mut terminal, command).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_signal_leaves_its_message_alone() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129), ("QUIT", 131)] {
        for by_option in [true, false] {
            let gate = Gate::start().await;
            let folder = tempfile::tempdir().unwrap();
            let output = folder.path().join("events.jsonl");
            let mut terminal = Terminal::open(80);
            let mut running = start(&terminal, to_file(&gate, &output, by_option));
            terminal.shows(COUNTING[0]);
            running.signal(signal).await;
            assert_eq!(running.exits().await.code(), Some(code));
            assert_only_messages(&terminal.finally_shows());
            assert!(terminal.is_as_it_was());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn sync_leaves_its_messages_alone_also_after_a_signal() {
    for signal in [None, Some("INT")] {
        let gate = Gate::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::open(80);
        let mut running = start(&terminal, sync(&gate, &folder.path().join("data")));
        terminal.shows(COUNTING[1]);
        match signal {
            Some(signal) => running.signal(signal).await,
            None => gate.let_through(SESSIONS.len() * 10),
        }
        let code = running.exits().await.code();
        let screen = terminal.finally_shows();
        assert_eq!(
            code,
            Some(if signal.is_some() { 130 } else { 1 }),
            "{screen}"
        );
        assert_only_messages(&screen);
        assert!(terminal.is_as_it_was());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_early_error_draws_nothing() {
    let mut terminal = Terminal::open(80);
    let mut running = start(&terminal, program(&["events", "--sessions", "missing"]));
    assert_eq!(running.exits().await.code(), Some(2));
    assert_only_messages(&terminal.finally_shows());
    assert!(!terminal.sent.contains(&b'\x1b'));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dumb_terminal_gets_no_escape_sequences() {
    let gate = Gate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("events.jsonl");
    let mut terminal = Terminal::open(80);
    let mut command = to_file(&gate, &output, false);
    let mut running = Running::start(command.env("TERM", "dumb").stderr(terminal.stdio()));
    drop(command);
    gate.let_through(4);
    assert_eq!(running.exits().await.code(), Some(1));
    // Elsewhere, the line is drawn again below this message.
    assert!(terminal.finally_shows().contains(REASON));
    assert!(!terminal.sent.contains(&b'\x1b'));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stalled_stderr_holds_up_neither_an_export_nor_its_end() {
    let gate = Gate::start().await;
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("events.jsonl");
    // Nobody reads it, and it is full already.
    let (_reader, mut writer) = pipe().unwrap();
    let flags = fcntl_getfl(&writer).unwrap();
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK).unwrap();
    let full = loop {
        if let Err(error) = writer.write(&[b'x'; 4096]) {
            break error.kind();
        }
    };
    assert_eq!(full, ErrorKind::WouldBlock);
    fcntl_setfl(&writer, flags).unwrap();
    let mut command = events(&gate, &["-v", "--output", output.to_str().unwrap()]);
    let mut running = Running::start(command.stderr(writer));
    gate.let_through(4);
    assert_eq!(running.exits().await.code(), Some(1));
    assert_eq!(fs::read_to_string(output).unwrap().lines().count(), 3);
}

/// Returns a command that prints a message of many lines, and the size of the message: more than is queued for
/// a stalled reader.
fn with_a_large_message(home: &Path) -> (Command, usize) {
    let line = "\u{85}".repeat(100);
    let lines = 5_000;
    let names = format!(r"{line}\n").repeat(lines);
    fs::create_dir(home.join(".gc")).unwrap();
    fs::write(home.join(".gc/config.toml"), format!("[\"{names}\"]\n")).unwrap();
    let mut command = program(&["events", "any", "--profile", "missing"]);
    command.env("HOME", home);
    // Each of these characters is replaced by a longer one.
    (command, lines * (100 * '\u{fffd}'.len_utf8() + 1))
}

#[tokio::test]
async fn a_large_message_to_a_file_is_complete() {
    let home = tempfile::tempdir().unwrap();
    let (mut command, size) = with_a_large_message(home.path());
    let path = home.path().join("stderr");
    let mut running = Running::start(command.stderr(File::create(&path).unwrap()));
    assert_eq!(running.exits().await.code(), Some(2));
    let text = fs::read_to_string(path).unwrap();
    assert!(text.len() > size, "{} of {size}", text.len());
    assert!(
        text.trim_end()
            .ends_with("set the GENESYSCLOUD_* variables")
    );
}

/// Another program may have made the pipe non-blocking for all that share it.
#[tokio::test]
async fn a_large_message_to_a_pipe_is_complete_in_either_mode() {
    for mode in [OFlags::empty(), OFlags::NONBLOCK] {
        let home = tempfile::tempdir().unwrap();
        let (mut command, size) = with_a_large_message(home.path());
        let (mut reader, writer) = pipe().unwrap();
        fcntl_setfl(&writer, fcntl_getfl(&writer).unwrap() | mode).unwrap();
        let mut running = Running::start(command.stderr(writer));
        drop(command);
        let reading = thread::spawn(move || {
            let mut text = String::new();
            reader.read_to_string(&mut text).map(|_| text)
        });
        assert_eq!(running.exits().await.code(), Some(2));
        let text = reading.join().unwrap().unwrap();
        assert!(text.len() > size, "{} of {size}", text.len());
        assert!(
            text.trim_end()
                .ends_with("set the GENESYSCLOUD_* variables")
        );
    }
}

#[tokio::test]
async fn a_message_that_its_reader_does_not_take_is_cut_at_a_line_end() {
    let home = tempfile::tempdir().unwrap();
    let (mut command, size) = with_a_large_message(home.path());
    let (mut reader, writer) = pipe().unwrap();
    let mut running = Running::start(command.stderr(writer));
    drop(command);
    assert_eq!(running.exits().await.code(), Some(2));
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(!text.is_empty() && text.len() < size);
    assert!(text.ends_with('\n'));
}
