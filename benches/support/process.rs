//! Work in a separate process, and what it cost.

use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs this program again with these arguments and returns its stdout.
pub(crate) fn run_self(arguments: &[&str]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    output(command.args(arguments))
}

/// Runs a program, which must succeed, and returns its stdout.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Peak resident memory of this process, in bytes.
pub(crate) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<u64>().unwrap() * 1024
}

/// User and system CPU time of this process, to 10 ms.
pub(crate) fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The name is in parentheses and may contain spaces.
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// User and system CPU time of the threads that this process has now, to the nanosecond.
pub(crate) fn threads_time() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let times = threads.map(|thread| {
        let statistics = std::fs::read_to_string(thread.unwrap().path().join("schedstat"));
        let nanoseconds = statistics.unwrap().split(' ').next().unwrap().parse();
        Duration::from_nanos(nanoseconds.unwrap())
    });
    times.sum()
}

/// Bytes as mebibytes.
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
