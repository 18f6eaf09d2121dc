"""A good dataset: what a run without results leaves of it, and what is said once someone damaged it."""

import shutil

import oracle
from processes import check

DATA = ("--sessions", 40, "--events", 30)


def good(world):
    emulator = world.emulator(*DATA)
    tool = world.tool(emulator, world.path("good"))
    tool.complete()
    return emulator, tool, emulator.event_ids(), oracle.files(tool.dataset)


def row_89_an_empty_list_leaves_the_files_as_they_are(world):
    emulator, tool, expected, before = good(world)
    tool.list.write_text("")
    tool.complete()
    check(oracle.files(tool.dataset) == before, "expected the files to be as they were")
    return f"{len(before)} files unchanged, {oracle.check_exact(tool.dataset, expected)} rows and ids"


def row_89_a_refused_token_leaves_the_files_as_they_are(world):
    emulator, tool, expected, before = good(world)
    emulator.restart(*DATA, "--check-tokens")
    tool.sync("--reread-all").expect(1, "GENESYSCLOUD_ACCESS_TOKEN")
    check(oracle.files(tool.dataset) == before, "expected the files to be as they were")
    emulator.restart(*DATA)
    report = tool.complete()
    check(report["events"] == 0, f"expected no event twice, {report['events']} were recorded")
    return f"{len(before)} files unchanged, {oracle.check_exact(tool.dataset, expected)} rows and ids"


def row_89_sessions_that_all_fail_leave_the_files_as_they_are(world):
    emulator, tool, expected, before = good(world)
    # Another seed has other sessions: each of these is answered with 404.
    emulator.restart(*DATA, "--seed", 2)
    ended = tool.sync("--json", "--reread-all").expect(1, "failed")
    check(ended.json()["ended"] == {"reason": "incomplete"}, f"expected an incomplete run, got {ended.json()['ended']}")
    check(oracle.files(tool.dataset) == before, "expected the files to be as they were")
    emulator.restart(*DATA)
    tool.complete()
    check(oracle.files(tool.dataset) == before, "expected the files to be as they were")
    return f"40 of 40 sessions answered with 404, {len(before)} files unchanged, {oracle.check_exact(tool.dataset, expected)} rows and ids"


def row_90_a_published_file_that_is_gone_or_changed_is_reported(world):
    emulator, tool, expected, before = good(world)
    first, second, *_ = sorted(before)
    moved = (tool.dataset / first).rename(world.path("moved"))
    (tool.dataset / second).write_bytes(before[second][:-1])
    ended, status = tool.status()
    ended.expect(1)
    check(status["missing_files"] == [first], f"expected {first} to be missing, got {status['missing_files']}")
    check(status["changed_files"] == [second], f"expected {second} to be changed, got {status['changed_files']}")
    ended = tool.sync("--json").expect(1, first, second)
    check(ended.json()["ended"] == {"reason": "incomplete"}, f"expected an incomplete run, got {ended.json()['ended']}")
    for name in (first, second):
        (tool.dataset / name).write_bytes(before[name])
        (tool.dataset / name).chmod(0o600)
    tool.complete()
    tool.status()[0].expect(0)
    return f"1 file gone and 1 changed of {len(before)}, named by status and sync, {oracle.check_exact(tool.dataset, expected)} rows and ids once restored"


def row_90_a_dataset_that_is_gone_is_not_made_again(world):
    emulator, tool, _, before = good(world)
    moved = world.path("moved")
    tool.dataset.rename(moved)
    sent = len(emulator.requests())
    without_create(tool).expect(2, "there is no dataset at")
    check(not tool.dataset.exists(), "expected no folder to be made")
    tool.dataset.mkdir()
    without_create(tool).expect(2, "there is no dataset at")
    tool.dataset.rmdir()
    # Its state alone is gone: the data files aren't known to a new ledger.
    moved.rename(tool.dataset)
    shutil.move(tool.dataset / "_journey-events", moved)
    tool.sync().expect(1, "contains data files already")
    requests = len(emulator.requests()) - sent
    check(requests == 0, f"expected no request, {requests} were sent")
    check(oracle.files(tool.dataset) == before, "expected the files to be as they were")
    return f"3 runs without the folder, its contents or its ledger: refused with 0 requests, {len(before)} files unchanged"


def without_create(tool):
    create = tool.is_created
    tool.is_created = lambda: True
    try:
        return tool.sync()
    finally:
        tool.is_created = create


CHECKS = [
    row_89_an_empty_list_leaves_the_files_as_they_are,
    row_89_a_refused_token_leaves_the_files_as_they_are,
    row_89_sessions_that_all_fail_leave_the_files_as_they_are,
    row_90_a_published_file_that_is_gone_or_changed_is_reported,
    row_90_a_dataset_that_is_gone_is_not_made_again,
]
