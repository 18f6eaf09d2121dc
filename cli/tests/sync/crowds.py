"""Many processes on one dataset, and on one quota."""

import collections
import time

import oracle
from oracle import Reader
from processes import check


def row_83_ten_runs_of_one_command_request_each_session_once_between_them(world):
    emulator = world.emulator("--sessions", 100, "--events", 250, "--latency-ms", 100)
    tool = world.tool(emulator, world.path("ten"))
    tool.run("sync", lists=False).expect(0)
    with Reader(tool.dataset, "parquet"):
        running = [tool.begin_sync("--json") for _ in range(10)]
        reports = [run.wait().expect(0).json() for run in running]
    rows = oracle.check_exact(tool.dataset, emulator.event_ids())
    pages = collections.Counter((request["path"], request["rawQuery"]) for request in emulator.requests())
    repeated = {page: times for page, times in pages.items() if times > 1}
    check(not repeated, f"expected each page requested once, these were requested again: {repeated}")
    check(len(pages) == 200, f"expected 200 pages, {len(pages)} were requested")
    shares = sorted(report["sessions"] for report in reports)
    check(sum(shares) == 100, f"expected 100 sessions read between the runs, their reports say {shares}")
    check(all(report["ended"] == {"reason": "complete"} for report in reports), "expected every report to say complete")
    return f"10 runs, 200 pages requested once each, {rows} rows and ids; sessions per run: {shares}"


def row_83_of_ten_runs_that_create_one_dataset_one_does_and_the_others_say_so(world):
    emulator = world.emulator("--sessions", 20, "--events", 50, "--latency-ms", 100)
    tool = world.tool(emulator, world.path("created"))
    running = [tool.begin_sync() for _ in range(10)]
    ended = [run.wait() for run in running]
    codes = collections.Counter(run.code for run in ended)
    check(codes[0] >= 1, f"expected one run to create the dataset, exit codes: {codes}; {[run.err for run in ended]}")
    for run in ended:
        if run.code != 0:
            told = "there is a dataset at" in run.err or "another process is creating or changing the dataset" in run.err
            check(run.code in (1, 2) and told, f"expected exit code 1 or 2 and the reason, got {run.code}: {run.err}")
    rows = oracle.check_exact(tool.dataset, emulator.event_ids())
    return f"exit codes {dict(codes)}, {rows} rows and ids"


def one_quota(world, quota, processes, sessions, *emulator_options):
    emulator = world.emulator("--sessions", sessions, "--events", 20, "--quota", quota, *emulator_options)
    tools = [world.tool(emulator, world.path("quota")) for _ in range(processes)]
    for tool in tools:
        tool.options = ["--quota", str(quota)]
    began = time.monotonic()
    running = [tool.begin_sync() for tool in tools]
    # Two more, which share a dataset with the first.
    running += [tools[0].begin_sync() for _ in range(2) if tools[0].is_created()]
    for run in running:
        run.wait(600).expect(0)
    seconds = time.monotonic() - began
    requests = emulator.check_quota()
    emulator.restart("--sessions", sessions, "--events", 20)
    expected = emulator.event_ids()
    for tool in tools:
        oracle.check_exact(tool.dataset, expected)
    return f"{processes} processes with a quota of {quota} sent {requests} requests in {seconds:.0f} s, 0 were refused with 429"


def row_83_processes_that_share_a_quota_never_exceed_it(world):
    if world.is_full:
        return one_quota(world, 60, 6, 40)
    return one_quota(world, 30, 4, 11)


def row_83_processes_that_share_a_quota_never_exceed_a_sliding_one(world):
    if world.is_full:
        return one_quota(world, 60, 6, 40, "--sliding")
    return one_quota(world, 30, 4, 11, "--sliding")


CHECKS = [
    row_83_ten_runs_of_one_command_request_each_session_once_between_them,
    row_83_of_ten_runs_that_create_one_dataset_one_does_and_the_others_say_so,
    row_83_processes_that_share_a_quota_never_exceed_it,
    row_83_processes_that_share_a_quota_never_exceed_a_sliding_one,
]
