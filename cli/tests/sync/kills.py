"""Processes that are killed: at random moments, and at every point between two steps."""

import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import oracle
from oracle import Reader
from processes import ABORTED, KILLED, check

# What is killed at most before a dataset is completed and the next one begun.
KILLS_A_DATASET = 8


def killed_at_random(world, kind, kills):
    random_numbers = random.Random(kind)
    emulator = world.emulator("--sessions", 300, "--events", 20, "--latency-ms", 120)
    expected = emulator.event_ids()
    killed = datasets = reads = sizes = together = followed = 0
    while killed < kills:
        dataset, datasets = world.path(kind), datasets + 1
        tool = world.tool(emulator, dataset)
        tool.settings = oracle.FORMATS[kind][0]
        with Reader(dataset, kind) as reader:
            for _ in range(min(KILLS_A_DATASET, kills - killed)):
                # One that follows publishes every second, so that it is killed while it does.
                follows, alone = random_numbers.random() < 0.5, random_numbers.random() < 0.7
                follow = ["--follow", "--publish-every", "1s"] if follows else []
                running = [tool.begin_sync(*follow)]
                if not alone and tool.is_created():
                    running.append(tool.begin_sync())
                time.sleep(random_numbers.uniform(0.02, 2.5))
                running[0].send(signal.SIGKILL)
                if running[0].wait().code != KILLED:
                    break
                killed, together, followed = killed + 1, together + len(running) - 1, followed + follows
                for other in running[1:]:
                    if random_numbers.random() < 0.5:
                        other.send(signal.SIGKILL)
                    killed += other.wait().code == KILLED
            tool.complete()
        rows = oracle.check_exact(dataset, expected, kind)
        check(rows == 300 * 20, f"expected {300 * 20} rows, found {rows}")
        tool.status()[0].expect(0)
        reads, sizes = reads + reader.saw["times"], max(sizes, reader.saw["sizes"])
    emulator.kill()
    return (
        f"{killed} kills ({followed} of runs that follow, {together} beside another run) of {datasets} datasets of 300 "
        f"sessions, each with {rows} rows and ids at the end; read {reads} times meanwhile, in up to {sizes} sizes"
    )


def row_86_parquet_survives_kills_at_random_moments(world):
    return killed_at_random(world, "parquet", world.count(KILLS_A_DATASET, 100))


def row_86_ndjson_survives_kills_at_random_moments(world):
    return killed_at_random(world, "ndjson", world.count(KILLS_A_DATASET, 100))


def row_86_csv_survives_kills_at_random_moments(world):
    return killed_at_random(world, "csv", world.count(KILLS_A_DATASET, 100))


SYNC_POINTS = """create:identity-pending create:ledger-made commit:part-written commit:part-synced commit:recorded
    seal:recorded publish:written publish:built publish:two-names publish:linked publish:synced publish:marked
    publish:part-removed""".split()
# Each happens once in a run.
ONCE = {"create:identity-pending", "create:ledger-made"}
FORGET_POINTS = "forget:recorded forget:built forget:replaced forget:marked".split()
EVENTS = 30


def each_point(world, points, kill):
    """Kills at each point the first and the second time it is reached."""
    emulator = world.emulator("--sessions", 40, "--events", EVENTS, "--latency-ms", 250)
    expected = emulator.event_ids()
    cases = [(point, time) for point in points for time in (1, 2) if time == 1 or point not in ONCE]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda case: kill(world, emulator, expected, *case), cases))
    emulator.kill()
    return f"{len(cases)} kills at {len(points)} points, each with every event once after the same command"


def kill_sync(world, emulator, expected, point, time):
    tool = world.tool(emulator, world.path(point.replace(":", "-")))
    with Reader(tool.dataset, "parquet"):
        fault = f"{point}:{time}"
        tool.sync(fault=fault).expect(ABORTED)
        tool.complete()
    oracle.check_exact(tool.dataset, expected)
    tool.check_nothing_left_over()


def row_86_a_kill_between_any_two_steps_of_sync_is_completed_by_the_same_command(world):
    return each_point(world, SYNC_POINTS, kill_sync)


def kill_forget(world, emulator, expected, point, time):
    tool = world.tool(emulator, world.path(point.replace(":", "-")))
    tool.complete()
    gone = emulator.sessions[:10]
    command = ["forget", *(argument for session in gone for argument in ("--session", session))]
    with_another = [*command, "--session", emulator.sessions[10]] if time == 2 else command
    fault = f"{point}:{1 if point == 'forget:recorded' else time}"
    tool.run(*with_another, fault=fault).expect(ABORTED)
    tool.run(*with_another).expect(0)
    forgotten = {*gone, *with_another[2::2]}
    kept = [id for session, ids in zip(emulator.sessions, chunks(expected)) if session not in forgotten for id in ids]
    oracle.check_exact(tool.dataset, kept)
    emulator_requests = len(emulator.requests())
    report = tool.complete()
    check(report["requests"] == 0, f"expected no request for forgotten sessions, sync sent {report['requests']} of {emulator_requests}")
    oracle.check_exact(tool.dataset, kept)
    tool.check_nothing_left_over()


def chunks(ids):
    return (ids[start : start + EVENTS] for start in range(0, len(ids), EVENTS))


def row_86_a_kill_between_any_two_steps_of_forget_is_completed_by_the_same_command(world):
    return each_point(world, FORGET_POINTS, kill_forget)


def row_86_a_kill_while_orphans_are_removed_is_completed_by_the_next_run(world):
    emulator = world.emulator("--sessions", 40, "--events", EVENTS, "--latency-ms", 250)
    tool = world.tool(emulator, world.path("orphans"))
    for fault in ["commit:part-synced:1", "clean-up:orphan-removed:1", "commit:part-synced:2", "clean-up:orphan-removed:1"]:
        tool.sync(fault=fault).expect(ABORTED)
    tool.complete()
    rows = oracle.check_exact(tool.dataset, emulator.event_ids())
    tool.check_nothing_left_over()
    return f"4 kills, {rows} rows and ids"


def row_86_a_kill_after_a_refused_commit_is_completed_by_the_next_run(world):
    emulator = world.emulator("--sessions", 8, "--events", 1000, "--latency-ms", 700)
    tool = world.tool(emulator, world.path("refused"))
    running = tool.begin_sync(fault="commit:refused")
    emulator.wait_for_requests(9)
    # Every session is being read: what the run has of this one is refused from now on.
    tool.run("forget", "--session", emulator.sessions[0]).expect(0)
    running.wait().expect(ABORTED)
    tool.complete()
    rows = oracle.check_exact(tool.dataset, emulator.event_ids()[1000:])
    tool.check_nothing_left_over()
    return f"1 kill, {rows} rows and ids, none of the session that was forgotten"


CHECKS = [
    row_86_parquet_survives_kills_at_random_moments,
    row_86_ndjson_survives_kills_at_random_moments,
    row_86_csv_survives_kills_at_random_moments,
    row_86_a_kill_between_any_two_steps_of_sync_is_completed_by_the_same_command,
    row_86_a_kill_between_any_two_steps_of_forget_is_completed_by_the_same_command,
    row_86_a_kill_while_orphans_are_removed_is_completed_by_the_next_run,
    row_86_a_kill_after_a_refused_commit_is_completed_by_the_next_run,
]
