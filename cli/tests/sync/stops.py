"""Processes that are stopped for longer than their lease, while another one does their work."""

import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import oracle
from oracle import Reader
from processes import check

SESSIONS, EVENTS = 60, 250
# 120 requests, 8 at a time, of 0.2 s each.
SHORTEST_RUN = 3


def stop_and_continue(world, emulator, expected, seed, lease_ms):
    """Returns whether there was a run to stop, and whether it was stopped within a transaction of the ledger."""
    moments = random.Random(seed)
    environment = {"JOURNEY_EVENTS_LEASE_MS": str(lease_ms)} if lease_ms else {}
    tool = world.tool(emulator, world.path("stopped"), **environment)
    tool.run("sync", lists=False).expect(0)
    with Reader(tool.dataset, "parquet"):
        stopped = tool.begin_sync()
        time.sleep(moments.uniform(0.05, SHORTEST_RUN))
        stopped.send(signal.SIGSTOP)
        was_running = stopped.is_running()
        other = tool.begin_sync()
        deadline = time.monotonic() + 45
        while other.is_running() and time.monotonic() < deadline:
            time.sleep(0.05)
        # A transaction keeps the other run waiting for longer than the lease.
        stopped.send(signal.SIGCONT)
        waited = "lock of the ledger" in other.wait().expect(0).err
        stopped.wait().expect(0)
    oracle.check_exact(tool.dataset, expected)
    tool.status()[0].expect(0)
    return was_running, waited


def row_83_a_run_stopped_beyond_its_lease_doubles_nothing_and_both_exit_with_0(world):
    emulator = world.emulator("--sessions", SESSIONS, "--events", EVENTS, "--latency-ms", 200)
    expected, stops = emulator.event_ids(), world.count(4, 30)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda seed: stop_and_continue(world, emulator, expected, seed, 2_000), range(stops)))
        # The lease as it is, once.
        if world.is_full:
            found.append(stop_and_continue(world, emulator, expected, 0, None))
    check(sum(running for running, _ in found) > stops / 2, f"expected most of the runs to be stopped before their end: {found}")
    return (
        f"{sum(running for running, _ in found)} runs stopped ({sum(waited for _, waited in found)} of them within a transaction), "
        f"each with {len(expected)} rows and ids after both ended with 0"
    )


CHECKS = [row_83_a_run_stopped_beyond_its_lease_doubles_nothing_and_both_exit_with_0]
