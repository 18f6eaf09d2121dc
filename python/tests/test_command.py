"""The command that the wheel installs: exit status, signals and closed stdout as the program's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from conftest import COMMAND, Emulator


def environment() -> dict[str, str]:
    return {**os.environ, "GENESYSCLOUD_ACCESS_TOKEN": "any"}


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *args], capture_output=True, text=True, check=False, timeout=60, env=environment())


def test_help_version_and_invalid_arguments_end_as_the_program_does() -> None:
    assert run("--version").stdout.startswith("journey-events ")
    usage = run("--help")
    assert (usage.returncode, usage.stderr) == (0, "") and "Usage: journey-events" in usage.stdout
    module = subprocess.run([sys.executable, "-m", "journey_events", "--help"], capture_output=True, check=True)
    assert module.stdout.decode() == subprocess.run([COMMAND, "--help"], capture_output=True, text=True).stdout
    wrong = run("events", "--colour")
    assert (wrong.returncode, wrong.stdout) == (2, "") and "--colour" in wrong.stderr


def test_events_go_to_stdout_and_failures_to_the_exit_status(service: Emulator) -> None:
    done = run("events", service.session, "--base-url", service.base_url)
    assert (done.returncode, done.stdout.count("\n")) == (0, 300)
    done = run("events", "gone", "--base-url", service.base_url)
    assert (done.returncode, done.stdout) == (1, "") and "gone" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("sent", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)],
)
def test_a_signal_ends_it_with_its_status(emulator: Callable[..., Emulator], sent: int, status: int) -> None:
    service = emulator("--events", "3", "--fault", "stall:on=events,for=20")
    arguments = [COMMAND, "events", service.session, "--base-url", service.base_url]
    process = subprocess.Popen(arguments, stdout=-1, stderr=-1, env=environment(), text=True)
    while service.requests() == 0:
        time.sleep(0.02)
    process.send_signal(sent)
    _, error = process.communicate(timeout=10)
    assert process.returncode == status
    assert "Traceback" not in error and "KeyboardInterrupt" not in error


def test_a_closed_stdout_is_a_complete_run() -> None:
    command = f"set -o pipefail; '{COMMAND}' demo --events 3000 | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0 and done.stdout.count(b"\n") == 1 and b"Traceback" not in done.stderr


def test_it_starts_within_a_moment() -> None:
    times = []
    for _ in range(5):
        started = time.monotonic()
        assert run("--version").returncode == 0
        times.append(time.monotonic() - started)
    print(f"start-up of the command: {min(times) * 1000:.0f} ms")
    assert min(times) < 2
