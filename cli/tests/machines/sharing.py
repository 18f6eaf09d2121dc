"""Machines that share a dataset, a ledger and a quota."""

import collections

import oracle
from machines import Machines
from processes import KILLED, check
from servers import Bucket, Postgres


def four_machines_use_one_quota_fully_and_never_exceed_it(world):
    quota, sessions = 600, 1_200
    emulator = world.emulator("--sessions", sessions, "--events", 20, "--quota", quota)
    machines = Machines(world, emulator)
    first = machines.machine()
    first.sync(lists=False).expect(0)
    share = ["--quota", str(quota), "--share-quota", machines.postgres.url()]
    running = []
    for _ in range(4):
        machine = machines.machine()
        machine.options = [*share, "--concurrency", "16"]
        running.append(machine.begin_sync("--json"))
    reports = [run.wait(300).expect(0).json() for run in running]
    requests = emulator.check_quota()
    times = [request["atMs"] / 1000 for request in emulator.requests()]
    took = max(times) - min(times)
    # The service's window is 60 s; within it, permits are paced at 50 a second after a burst of 10.
    ideal = 60 * ((sessions - 1) // quota) + (quota - 10) / 50
    check(requests == sessions, f"expected {sessions} requests, {requests} were sent")
    check(took <= 1.03 * ideal, f"expected at most 1.03 of the ideal {ideal:.1f} s, it took {took:.1f} s")
    shares = sorted(report["sessions"] for report in reports)
    check(sum(shares) == sessions and shares[0] > 0, f"expected every session read once and by all machines, got {shares}")
    emulator.restart("--sessions", sessions, "--events", 20)
    rows = machines.check_complete(emulator.event_ids())
    return f"{requests} requests in {took:.1f} s, {took / ideal:.3f} of ideal, 0 refused with 429; {rows} rows and ids; sessions per machine {shares}"


def runs_on_many_machines_request_each_page_once_between_them(world):
    emulator = world.emulator("--sessions", 100, "--events", 250, "--latency-ms", 100)
    machines = Machines(world, emulator)
    machines.machine().sync(lists=False).expect(0)
    running = [machines.machine().begin_sync() for _ in range(5)]
    for run in running:
        run.wait().expect(0)
    pages = collections.Counter((request["path"], request["rawQuery"]) for request in emulator.requests())
    check(len(pages) == 200 and set(pages.values()) == {1}, f"expected 200 pages once each, got {collections.Counter(pages.values())}")
    rows = machines.check_complete(emulator.event_ids())
    return f"5 machines, 200 pages requested once each, {rows} rows and ids"


def a_bucket_without_its_ledger_is_refused(world):
    emulator = world.emulator("--sessions", 5, "--events", 20)
    machines = Machines(world, emulator)
    machines.machine().complete()
    before = machines.bucket.keys()
    others = Machines(world, emulator, bucket=machines.bucket)
    others.machine().sync().expect(1, "ledger")
    no_ledger = machines.machine()
    del no_ledger.environment["JOURNEY_EVENTS_LEDGER"]
    no_ledger.sync().expect(2, "--ledger")
    no_ledger.sync("--ledger", world.path("missing.db")).expect(1, "missing")
    check(machines.bucket.keys() == before, "expected nothing changed in the bucket")
    requests = len(emulator.requests())
    check(requests == 5, f"expected no request but those of the first run, {requests} were sent")
    return "refused with another database, without --ledger, and with a file that is gone"


def a_bucket_with_a_ledger_file_survives_kills(world):
    emulator = world.emulator("--sessions", 200, "--events", 20, "--latency-ms", 100)
    machines = Machines(world, emulator, postgres=Postgres(), bucket=Bucket())
    file = world.path("ledger.db")
    kills = 0
    for moment in range(world.count(4, 20)):
        machine = machines.machine(JOURNEY_EVENTS_LEDGER=str(file))
        run = machine.begin_sync()
        emulator.wait_for_requests(10 + 5 * moment)
        run.send(9)
        kills += run.wait().code == KILLED
    machines.machine(JOURNEY_EVENTS_LEDGER=str(file)).complete()
    rows = machines.check_complete(emulator.event_ids())
    return f"{kills} kills, {rows} rows and ids"


def status_shows_machines_and_a_stopped_one_hands_over_at_once(world):
    emulator = world.emulator("--sessions", 40, "--events", 20, "--latency-ms", 400)
    machines = Machines(world, emulator, JOURNEY_EVENTS_LEASE_MS="60000")
    stopped = machines.machine().begin_sync()
    emulator.wait_for_requests(12)
    status = machines.machine().status()[1]
    check(len(status["workers"]) == 1 and status["workers"][0]["alive"], f"expected one live worker: {status['workers']}")
    stopped.send(15)
    stopped.wait().expect(143)
    report = machines.machine().complete()
    check(report["seconds"] < 30, f"expected no wait for a lease, it took {report['seconds']} s")
    rows = machines.check_complete(emulator.event_ids())
    return f"the next run took {report['seconds']} s, {rows} rows and ids"


def a_worker_that_hangs_is_cancelled_and_refused_once_it_wakes(world):
    emulator = world.emulator("--sessions", 40, "--events", 20, "--latency-ms", 400)
    machines = Machines(world, emulator, JOURNEY_EVENTS_LEASE_MS="60000")
    hung = machines.machine().begin_sync("--concurrency", "4")
    emulator.wait_for_requests(12)
    hung.send(19)
    operator = machines.machine()
    status = operator.status()[1]
    worker = status["workers"][0]
    check(worker["machine"] and worker["last_sign_seconds"] < 30 and status["sessions_left"] > 0, f"got {status}")
    named = f"{worker['id']} (process {worker['process']} on {worker['machine']})"
    operator.run("ledger", "cancel", operator.machines.bucket.url, "--worker", "0").expect(1, named)
    cancelled = operator.run("ledger", "cancel", operator.machines.bucket.url, "--worker", str(worker["id"]))
    cancelled.expect(0, "declared dead")
    report = machines.machine().complete()
    check(report["seconds"] < 30, f"expected no wait for a lease, it took {report['seconds']} s")
    hung.send(18)
    hung.wait().expect(0)
    operator.run("ledger", "retry", operator.machines.bucket.url).expect(0, "nothing to retry")
    rows = machines.check_complete(emulator.event_ids())
    return f"the next run took {report['seconds']} s, {rows} rows and ids"


def status_estimates_the_time_left(world):
    emulator = world.emulator("--sessions", 200, "--events", 5, "--latency-ms", 200)
    machines = Machines(world, emulator)
    running = machines.machine().begin_sync("--concurrency", "2")
    emulator.wait_for_requests(60)
    status, sent = machines.machine().status()[1], len(emulator.requests())
    requests, left, seconds = (status.get(name) for name in ("requests_last_minute", "sessions_left", "seconds_left"))
    check(0 < requests <= sent, f"expected at most {sent} requests, got {requests}")
    check(0 < left <= 200, f"expected up to 200 sessions left, got {left}")
    check(0 < seconds < 60, f"expected some 15 s for {left} sessions, got {seconds}")
    running.wait().expect(0)
    rows = machines.check_complete(emulator.event_ids())
    return f"{requests} requests in the last minute, {left} sessions left, about {seconds} s; {rows} rows and ids"


def a_worker_needs_no_more_memory_for_a_million_sessions(world):
    peaks = []
    for sessions in (1_000, 1_000_000):
        # The service has none of them.
        emulator = world.emulator("--sessions", 1, "--events", 20)
        machines = Machines(world, emulator)
        machine = machines.machine()
        machine.options = ["--quota", "60000"]
        machine.sync(lists=False).expect(0)
        uuids = f"SELECT 1, '\\x75'::bytea || uuid_send(gen_random_uuid()) FROM generate_series(1, {sessions})"
        machines.postgres.psql(f"INSERT INTO journey_events.sessions (dataset, session_id) {uuids}")
        run = machine.begin_sync(lists=False)
        emulator.wait_for_requests(900)
        peaks.append(run.peak_memory())
        run.send(15)
        run.wait()
    more = (peaks[1] - peaks[0]) / 1e6
    check(more <= 5, f"expected at most 5 MB more, got {peaks} bytes")
    return f"{peaks[0] / 1e6:.1f} MB with a thousand sessions, {more:+.1f} MB with a million"


CHECKS = [
    a_worker_needs_no_more_memory_for_a_million_sessions,
    a_worker_that_hangs_is_cancelled_and_refused_once_it_wakes,
    status_estimates_the_time_left,
    a_bucket_without_its_ledger_is_refused,
    runs_on_many_machines_request_each_page_once_between_them,
    status_shows_machines_and_a_stopped_one_hands_over_at_once,
    a_bucket_with_a_ledger_file_survives_kills,
    four_machines_use_one_quota_fully_and_never_exceed_it,
]
