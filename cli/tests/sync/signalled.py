"""Runs that are told to end."""

import signal
import time

import oracle
from processes import check

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Item 12 allows 2 s; what the machine needs to start and stop a process comes on top.
LONGEST = 2.5
AT_ONCE = 1
# 20 requests a second, 8 at a time: no run of these checks ends before its signal, which comes after 40 requests.
WORK = ("--sessions", 500, "--events", 5)
SLOW = ("--latency-ms", 400)


def check_end(running, number, longest=LONGEST):
    began = time.monotonic()
    ended = running.wait(30)
    seconds = time.monotonic() - began
    check(ended.code == 128 + number, f"expected exit code {128 + number}, got {ended.code}; stderr: {ended.err}")
    check(seconds < longest, f"expected an end within {longest} s of {number.name}, it took {seconds:.1f} s")
    return ended, seconds


def row_86_a_signal_commits_and_ends_within_two_seconds(world):
    emulator = world.emulator(*WORK, *SLOW)
    expected, slowest = emulator.event_ids(), 0.0
    tool = world.tool(emulator, world.path("signalled"))
    for number in SIGNALS:
        for options in ([], ["--follow", "--publish-every", "1s"]):
            running = tool.begin_sync(*options)
            emulator.wait_for_requests(40)
            before = tool.status()[1]["totals"]["events"]
            running.send(number)
            ended, seconds = check_end(running, number)
            ended.expect(128 + number, "run the same command to continue")
            status = tool.status()[1]
            check(status["totals"]["events"] >= before, "expected nothing that was committed to be lost")
            check(not status["workers"], f"expected no worker to be left, found {status['workers']}")
            slowest = max(slowest, seconds)
    emulator.restart(*WORK)
    tool.complete()
    rows = oracle.check_exact(tool.dataset, expected)
    return f"6 signals, the slowest end took {slowest:.2f} s, {rows} rows and ids after completion"


def row_86_a_signal_ends_a_run_that_waits(world):
    emulator = world.emulator("--sessions", 60, "--events", 20, "--quota", 20)
    expected_rows, slowest = 60 * 20, 0.0
    tool = world.tool(emulator, world.path("waiting"))
    # Waits for the quota.
    tool.options = ["--quota", "20", "--share-quota", "off"]
    running = tool.begin_sync()
    emulator.wait_for_requests(1)
    emulator.wait_for_silence(2)
    running.send(signal.SIGTERM)
    slowest = max(slowest, check_end(running, signal.SIGTERM)[1])
    # Waits for a service that is gone.
    emulator.kill()
    running = tool.begin_sync()
    time.sleep(3)
    running.send(signal.SIGTERM)
    slowest = max(slowest, check_end(running, signal.SIGTERM)[1])
    # Waits for what a stopped run holds.
    emulator.start("--sessions", 60, "--events", 20, "--latency-ms", 800)
    tool.options = ["--quota", "100000"]
    stopped = tool.begin_sync("--concurrency", 60)
    emulator.wait_for_requests(1)
    stopped.send(signal.SIGSTOP)
    running = tool.begin_sync()
    time.sleep(1)
    emulator.wait_for_silence(2)
    running.send(signal.SIGTERM)
    slowest = max(slowest, check_end(running, signal.SIGTERM)[1])
    stopped.send(signal.SIGCONT)
    stopped.wait().expect(0)
    tool.complete()
    emulator.restart("--sessions", 60, "--events", 20)
    rows = oracle.check_exact(tool.dataset, emulator.event_ids())
    check(rows == expected_rows, f"expected {expected_rows} rows, found {rows}")
    return f"during a wait for the quota, the service and another run: the slowest end took {slowest:.2f} s, {rows} rows and ids"


def row_86_a_second_signal_ends_at_once(world):
    emulator = world.emulator(*WORK, *SLOW)
    expected, slowest = emulator.event_ids(), 0.0
    tool = world.tool(emulator, world.path("twice"))
    for number in SIGNALS:
        running = tool.begin_sync()
        emulator.wait_for_requests(40)
        running.send(signal.SIGTERM)
        time.sleep(0.02)
        running.send(number)
        began = time.monotonic()
        ended = running.wait(30)
        seconds = time.monotonic() - began
        # The first one may have ended it already.
        check(ended.code in (128 + number, 128 + signal.SIGTERM), f"expected exit code {128 + number}, got {ended.code}: {ended.err}")
        check(seconds < AT_ONCE, f"expected an end at once, it took {seconds:.1f} s")
        slowest = max(slowest, seconds)
    emulator.restart(*WORK)
    tool.complete()
    rows = oracle.check_exact(tool.dataset, expected)
    return f"3 times, the slowest end took {slowest:.2f} s, {rows} rows and ids after completion"


CHECKS = [
    row_86_a_signal_commits_and_ends_within_two_seconds,
    row_86_a_signal_ends_a_run_that_waits,
    row_86_a_second_signal_ends_at_once,
]
