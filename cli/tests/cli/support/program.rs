//! The program as a child process.

use std::fs;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

/// After this time, a test has failed.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }
}

/// Returns a command for the program, without the developer's own settings, proxies and state.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_journey-events"));
    for (name, _) in std::env::vars_os() {
        let upper = name.to_string_lossy().to_uppercase();
        if upper.starts_with("GENESYSCLOUD_") || upper.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command
        .env("XDG_STATE_HOME", state_folder())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Returns a new folder for the program's state, and removes those of earlier test runs.
fn state_folder() -> PathBuf {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::SeqCst);
    let all = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("state");
    if number == 0 {
        for folder in fs::read_dir(&all).into_iter().flatten().flatten() {
            let changed = folder.metadata().and_then(|metadata| metadata.modified());
            let age = changed.map(|changed| changed.elapsed().unwrap_or_default());
            if age.is_ok_and(|age| age > Duration::from_secs(3600)) {
                // Another test process may be removing it too.
                let _ = fs::remove_dir_all(folder.path());
            }
        }
    }
    let folder = all.join(format!("{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Returns the same command under a limit of the shell's `ulimit`.
#[cfg(unix)]
pub(crate) fn under_limit(command: &Command, limit: &str) -> Command {
    let script = format!("ulimit {limit}; exec \"$0\" \"$@\"");
    started_by(command, &["sh", "-c", &script])
}

/// Returns the same command as a shell in a container starts it, where their session began outside.
#[cfg(target_os = "linux")]
pub(crate) fn in_container(command: &Command) -> Command {
    let script = "\"$0\" \"$@\"; exit $?";
    let container = ["unshare", "--user", "--map-root-user", "--pid", "--fork"];
    started_by(command, &[&container[..], &["sh", "-c", script]].concat())
}

/// Returns a command that has another start it.
#[cfg(unix)]
fn started_by(command: &Command, launcher: &[&str]) -> Command {
    let command = command.as_std();
    let mut started = Command::new(launcher[0]);
    started.args(&launcher[1..]);
    started.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => started.env(name, value),
            None => started.env_remove(name),
        };
    }
    started.stdin(Stdio::null());
    started.stdout(Stdio::piped()).stderr(Stdio::piped());
    started.kill_on_drop(true);
    started
}

/// Runs the program until it exits.
pub(crate) async fn run(command: &mut Command) -> Ended {
    // `output` would replace the stdout that a test has set.
    let output = command.spawn().unwrap().wait_with_output();
    let output = timeout(TIMEOUT, output).await.unwrap().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `events` against a base URL, with a token.
pub(crate) async fn events(base_url: &str, arguments: &[&str]) -> Ended {
    let mut command = program(&["events", "--base-url", base_url]);
    run(command
        .args(arguments)
        .env("GENESYSCLOUD_ACCESS_TOKEN", "any"))
    .await
}

/// The running program.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    pub(crate) stdout: Option<BufReader<ChildStdout>>,
    stderr: Option<ChildStderr>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        Self {
            stdout: child.stdout.take().map(BufReader::new),
            stderr: child.stderr.take(),
            child,
        }
    }

    /// Reads the next line of stdout, without its line break.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.stdout.as_mut().unwrap().read_line(&mut line);
        timeout(TIMEOUT, read).await.unwrap().unwrap();
        assert_eq!(line.pop(), Some('\n'), "{line:?}");
        line
    }

    /// Sends a signal, such as `INT`.
    #[cfg(unix)]
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.await.unwrap().success());
    }

    /// Waits until a signal stops the program.
    #[cfg(unix)]
    pub(crate) fn stops(&self) {
        use rustix::process::{Pid, WaitOptions, waitpid};

        let id = self.child.id().unwrap().try_into().unwrap();
        let (_, status) = waitpid(Pid::from_raw(id), WaitOptions::UNTRACED)
            .unwrap()
            .unwrap();
        assert!(status.stopped(), "{status:?}");
    }

    /// Whether the program handles SIGINT (see proc(5)).
    #[cfg(target_os = "linux")]
    pub(crate) fn listens_for_ctrl_c(&self) -> bool {
        let id = self.child.id().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        u64::from_str_radix(caught.unwrap().trim(), 16).unwrap() & 0b10 != 0
    }

    /// Waits for the exit status; panics after `time`.
    pub(crate) async fn exits_within(&mut self, time: Duration) -> ExitStatus {
        let ended = timeout(time, self.child.wait()).await;
        ended
            .unwrap_or_else(|_| panic!("still running after {time:?}"))
            .unwrap()
    }

    pub(crate) async fn exits(&mut self) -> ExitStatus {
        self.exits_within(TIMEOUT).await
    }

    /// Reads stderr until it contains a text.
    #[cfg(unix)]
    pub(crate) async fn stderr_contains(&mut self, text: &str) {
        let stderr = self.stderr.as_mut().unwrap();
        let mut read = Vec::new();
        while !String::from_utf8_lossy(&read).contains(text) {
            let reading = stderr.read_buf(&mut read);
            let more = timeout(TIMEOUT, reading).await.unwrap().unwrap();
            assert!(more > 0, "{}", String::from_utf8_lossy(&read));
        }
    }

    /// Reads all of stderr.
    pub(crate) async fn stderr(&mut self) -> String {
        let mut text = String::new();
        self.stderr
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .await
            .unwrap();
        text
    }
}
