"""Machines, a database and a store that fail."""

import random
import signal
import time

from machines import LEASE, Machines
from processes import KILLED, check
from servers import CommitCutter, FailingStore, Namespace, Replicated

SESSIONS, EVENTS = 1_500, 5


def everything_fails_and_every_event_is_in_the_files_once(world):
    """Kills, stops beyond the lease, restarts of the database, lost replies to COMMIT, a store that fails 5 % of requests."""
    numbers = random.Random("everything")
    kills_wanted, stops_wanted = world.count(16, 100), world.count(4, 30)
    kills = stops = restarts = cut = refused = lost = datasets = rows = 0
    emulator = world.emulator("--sessions", SESSIONS, "--events", EVENTS, "--latency-ms", 200)
    expected = emulator.event_ids()
    while kills < kills_wanted or stops < stops_wanted or restarts < 2:
        datasets += 1
        machines = Machines(world, emulator)
        cutter = CommitCutter(machines.postgres.server.port, 0.02, datasets)
        store = FailingStore(0.05, datasets)

        def machine():
            return machines.machine(cutter.port, AWS_ENDPOINT=store.endpoint)

        machine().sync(lists=False).expect(0)
        running = [machine().begin_sync() for _ in range(4)]
        while any(run.is_running() for run in running):
            time.sleep(numbers.uniform(0.3, 1.0))
            at = numbers.randrange(len(running))
            draw = numbers.random()
            if draw < 0.7:
                running[at].send(signal.SIGKILL)
                kills += running[at].wait().code == KILLED
                running[at] = machine().begin_sync()
            elif draw < 0.9:
                running[at].send(signal.SIGSTOP)
                time.sleep(LEASE + 1)
                stops += running[at].is_running()
                running[at].send(signal.SIGCONT)
            elif restarts < 4:
                machines.postgres.stop()
                time.sleep(world.count(3, 30) if restarts % 2 else 0)
                machines.postgres.start()
                restarts += 1
            if kills >= kills_wanted * datasets and stops >= stops_wanted:
                break
        for run in running:
            ended = run.wait(300)
            check(ended.code in (0, KILLED), f"exit code {ended.code}: {ended.err}")
        machine().sync("--json").expect(0)
        rows += machines.check_complete(expected)
        cut, refused, lost = cut + cutter.cut, refused + store.refused, lost + store.lost
        cutter.close()
        store.close()
    check(cut and refused and lost, f"expected lost replies of both: {cut} COMMIT, {refused} requests refused, {lost} lost")
    return (
        f"{kills} kills, {stops} stops beyond the lease, {restarts} restarts of the database, {cut} lost replies to COMMIT, the "
        f"store refused {refused} requests and lost {lost} responses; {datasets} datasets with {rows} rows and ids"
    )


def a_database_that_is_gone_for_a_while_is_waited_for(world):
    emulator = world.emulator("--sessions", 200, "--events", 20, "--latency-ms", 150)
    machines = Machines(world, emulator)
    share = ["--quota", "3000", "--share-quota", machines.postgres.url()]
    first = machines.machine()
    first.options = share
    run = first.begin_sync()
    emulator.wait_for_requests(20)
    machines.postgres.stop()
    # Those with a permit end.
    emulator.wait_for_silence(2)
    before = len(emulator.requests())
    time.sleep(world.count(4, 30))
    check(len(emulator.requests()) == before, "expected no request without a permit")
    check(run.is_running(), "expected the run to wait")
    machines.postgres.start()
    ended = run.wait(300).expect(0, "database")
    rows = machines.check_complete(emulator.event_ids())
    return f"no request while it was gone, complete {ended.seconds:.0f} s after the start, {rows} rows and ids"


def a_signal_ends_a_run_that_waits_for_the_database(world):
    emulator = world.emulator("--sessions", 100, "--events", 20, "--latency-ms", 150)
    machines = Machines(world, emulator)
    run = machines.machine().begin_sync()
    emulator.wait_for_requests(20)
    machines.postgres.stop()
    emulator.wait_for_silence(1)
    began = time.monotonic()
    run.send(signal.SIGTERM)
    run.wait(20).expect(143)
    took = time.monotonic() - began
    check(took < 3, f"expected the end within about 2 s of the signal, it took {took:.1f} s")
    machines.postgres.start()
    machines.machine().complete()
    rows = machines.check_complete(emulator.event_ids())
    return f"ended {took:.1f} s after the signal; {rows} rows and ids after the next run"


def a_store_that_is_away_for_a_while_is_waited_for(world):
    """First it doesn't answer, then it refuses: for 40 s in all, twice as long as a command waits that someone waits for."""
    emulator = world.emulator("--sessions", 200, "--events", 20, "--latency-ms", 150)
    machines, store = Machines(world, emulator), FailingStore(0, "away")
    run = machines.machine(AWS_ENDPOINT=store.endpoint).begin_sync()
    emulator.wait_for_requests(20)
    store.hanging = True
    # What was received is kept, and no more is requested than is kept.
    emulator.wait_for_silence(3)
    before = len(emulator.requests())
    check(before < len(emulator.sessions), f"expected sessions left to read, {before} requests were sent")
    time.sleep(17)
    store.refusing, store.hanging = True, False
    time.sleep(20)
    check(len(emulator.requests()) == before, "expected no request while nothing can be kept")
    check(run.is_running(), "expected the run to wait")
    store.refusing = False
    ended = run.wait(300).expect(0, "waiting for the dataset's store for ")
    store.close()
    rows = machines.check_complete(emulator.event_ids())
    return f"{before} requests before, none while it was away, complete {ended.seconds:.0f} s after the start, {rows} rows and ids"


def a_signal_ends_a_run_that_waits_for_the_store(world):
    """What it has claimed is free at once: the next run doesn't wait for its lease."""
    emulator = world.emulator("--sessions", 100, "--events", 20, "--latency-ms", 150)
    took = []
    for state in ("hanging", "refusing"):
        machines, store = Machines(world, emulator), FailingStore(0, state)
        run = machines.machine(AWS_ENDPOINT=store.endpoint).begin_sync()
        emulator.wait_for_requests(20)
        setattr(store, state, True)
        emulator.wait_for_silence(1)
        began = time.monotonic()
        run.send(signal.SIGTERM)
        run.wait(20).expect(143)
        took.append(time.monotonic() - began)
        check(took[-1] < 3, f"expected the end within about 2 s of the signal, it took {took[-1]:.1f} s")
        setattr(store, state, False)
        store.close()
        _, status = machines.machine().status()
        check(status["workers"] == [], f"expected the worker to have ended, found {status['workers']}")
        machines.machine().complete()
        rows = machines.check_complete(emulator.event_ids())
    return f"ended {took[0]:.1f} s and {took[1]:.1f} s after the signal; {rows} rows and ids after the next run"


def a_machine_that_loses_the_network_is_outlived(world):
    emulator = world.emulator("--sessions", 120, "--events", 20, "--latency-ms", 200)
    machines = Machines(world, emulator)
    store = int(machines.machine().environment["AWS_ENDPOINT"].rsplit(":", 1)[1])
    namespace = Namespace(world.path("relays"), [emulator.port, machines.postgres.server.port, store])
    try:
        lost = machines.machine()
        lost.wrap = namespace.command
        run = lost.begin_sync()
        emulator.wait_for_requests(24)
        namespace.cut_off()
        machines.machine().complete()
        rows = machines.check_complete(emulator.event_ids())
        check(run.is_running(), "expected the lost machine to wait")
        began = time.monotonic()
        run.send(signal.SIGTERM)
        run.wait(20).expect(143)
        took = time.monotonic() - began
        check(took < 3, f"expected the end within about 2 s of the signal, it took {took:.1f} s")
    finally:
        namespace.close()
    return f"{rows} rows and ids, read by the other; the lost one ended {took:.1f} s after a signal"


def a_standby_that_takes_over_has_all_that_was_committed(world):
    emulator = world.emulator("--sessions", 300, "--events", 20, "--latency-ms", 150)
    with Replicated(synchronous=True) as postgres:
        machines = Machines(world, emulator, postgres=postgres)
        machines.machine().run("ledger", "init").expect(0)
        machines.machine().sync(lists=False).expect(0)
        running = [machines.machine().begin_sync() for _ in range(2)]
        emulator.wait_for_requests(100)
        postgres.fail_over()
        for run in running:
            run.wait(300).expect(0)
        rows = machines.check_complete(emulator.event_ids())
    return f"2 machines continued, {rows} rows and ids"


def a_standby_that_lacks_commits_stops_all_runs(world):
    emulator = world.emulator("--sessions", 300, "--events", 20, "--latency-ms", 150)
    with Replicated(synchronous=False) as postgres:
        machines = Machines(world, emulator, postgres=postgres)
        machines.machine().run("ledger", "init").expect(0)
        machines.machine().sync(lists=False).expect(0)
        running = [machines.machine().begin_sync() for _ in range(2)]
        emulator.wait_for_requests(50)
        postgres.stop_standby()
        emulator.wait_for_requests(150)
        postgres.fail_over()
        for run in running:
            run.wait(300).expect(1, "stop all runs of this dataset")
    return "both machines ended, and said what to do"


CHECKS = [
    a_standby_that_takes_over_has_all_that_was_committed,
    a_standby_that_lacks_commits_stops_all_runs,
    a_database_that_is_gone_for_a_while_is_waited_for,
    a_signal_ends_a_run_that_waits_for_the_database,
    a_store_that_is_away_for_a_while_is_waited_for,
    a_signal_ends_a_run_that_waits_for_the_store,
    a_machine_that_loses_the_network_is_outlived,
    everything_fails_and_every_event_is_in_the_files_once,
]
