"""Runs that repeat earlier ones, and sessions that grow."""

import os
import signal
import time

import oracle
from oracle import Reader
from processes import check


def row_83_a_second_run_requests_nothing_of_settled_sessions(world):
    emulator = world.emulator("--sessions", 100, "--events", 20)
    tool = world.tool(emulator, world.path("twice"))
    first = tool.complete()
    before = oracle.files(tool.dataset)
    sent = len(emulator.requests())
    check(first["requests"] == sent, f"expected the report to say {sent} requests, it says {first['requests']}")
    second = tool.complete()
    requests = len(emulator.requests()) - sent
    check(second["requests"] == requests == 0, f"expected no request, {requests} were sent, the report says {second['requests']}")
    check(oracle.files(tool.dataset) == before, "expected the files to be as they were")
    rows = oracle.check_exact(tool.dataset, emulator.event_ids())
    return f"{sent} requests, then 0 in {second['seconds']} s; {rows} rows and ids"


def files_are_the_owners_alone_and_none_beside_the_data_ends_as_data_does(world):
    emulator = world.emulator("--sessions", 60, "--events", 20, "--latency-ms", 150)
    expected, times = emulator.event_ids(), 0
    for kind, (settings, *_) in oracle.FORMATS.items():
        tool = world.tool(emulator, world.path(kind))
        tool.settings = settings
        # Looks at all names and modes each time it reads.
        with Reader(tool.dataset, kind) as reader:
            tool.sync(process={"preexec_fn": lambda: os.umask(0)}).expect(0)
        times += reader.saw["times"]
        oracle.check_exact(tool.dataset, expected, kind)
    return f"3 formats with umask 0, looked at {times} times"


def grown(world, settings, lists, *sources):
    """Runs `sync` again and again while sessions grow, every third time until it is killed."""
    emulator = world.emulator("--sessions", 12, "--events", 60, "--grow-ms", 300, "--latency-ms", 30)
    tool = world.tool(emulator, world.path("growing"))
    tool.settings = settings
    sources = sources or [argument for contact in emulator.ready["contacts"] for argument in ("--contact", contact)]
    runs = killed = 0
    sizes, ids = set(), []
    with Reader(tool.dataset, "parquet"):
        while len(ids) < 12 * 60:
            running, runs = tool.begin("sync", *sources, lists=lists), runs + 1
            if runs % 3 == 0:
                time.sleep(0.1 * (runs % 7))
                running.send(signal.SIGKILL)
                killed += running.wait().code != 0
            else:
                served = set(emulator.event_ids())
                running.wait().expect(0)
                ids = oracle.ids(tool.dataset)
                sizes.add(len(ids))
                check(runs < 400, f"expected {12 * 60} events after so many runs, found {len(ids)} of {len(served)}")
            time.sleep(0.3)
    rows = oracle.check_exact(tool.dataset, emulator.event_ids())
    check(len(sizes) > 3, f"expected the sessions to grow, sizes were {sorted(sizes)}")
    return f"{runs} runs, {killed} of them killed, {len(sizes)} sizes of the dataset, then {rows} rows and ids"


def row_86_open_sessions_that_grow_have_every_event_once(world):
    # The emulator's events have dates of last year: they stay open for longer than that.
    return grown(world, ["--settle", "100000h"], True, "--concurrency", "8")


def row_86_settled_sessions_that_grow_are_opened_by_their_contact_and_have_every_event_once(world):
    return grown(world, ["--settle", "1s"], False)


CHECKS = [
    files_are_the_owners_alone_and_none_beside_the_data_ends_as_data_does,
    row_83_a_second_run_requests_nothing_of_settled_sessions,
    row_86_open_sessions_that_grow_have_every_event_once,
    row_86_settled_sessions_that_grow_are_opened_by_their_contact_and_have_every_event_once,
]
