"""Disks that are full or read-only, and processes that may open few files."""

import os
import resource
import shutil
import subprocess
from contextlib import contextmanager

import oracle
from processes import check

# What the checks run as where they are root, whom no permission stops.
ANOTHER_USER = 65534


@contextmanager
def small_disk(path, kilobytes):
    """A disk of its own size in memory; None where it can't be mounted."""
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=711", "tmpfs", path], capture_output=True)
    try:
        yield path if mounted.returncode == 0 else None
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", path], check=True)


def remount(path, options):
    subprocess.run(["mount", "-o", f"remount,{options}", path], check=True)


def row_87_a_full_disk_is_named_and_the_next_run_completes(world):
    emulator = world.emulator("--sessions", 60, "--events", 200, "--latency-ms", 60)
    expected = emulator.event_ids()
    sizes = [300, 500, 700, 1000, 1500, 2000, 2500] if world.is_full else [300, 1000, 2000]
    for size in sizes:
        with small_disk(world.path("disk"), size) as disk:
            if disk is None:
                return "skipped: this user can't mount a small disk"
            tool = world.tool(emulator, disk / "data")
            tool.settings = ["--partition", "none"]
            tool.sync().expect(1, "the disk is full", str(disk))
            remount(disk, "size=200m")
            tool.complete()
            oracle.check_exact(tool.dataset, expected)
            tool.check_nothing_left_over()
    return f"{len(sizes)} disks, of {', '.join(f'{size} KB' for size in sizes)}, each with {len(expected)} rows and ids after space was freed"


def row_87_a_file_system_that_becomes_read_only_is_named_and_the_next_run_completes(world):
    emulator = world.emulator("--sessions", 60, "--events", 20)
    with small_disk(world.path("disk"), 100_000) as disk:
        if disk is None:
            return "skipped: this user can't mount a disk"
        tool = world.tool(emulator, disk / "data")
        tool.run("sync", lists=False).expect(0)
        remount(disk, "ro")
        tool.sync().expect(1, "can't be written", str(disk))
        remount(disk, "rw")
        tool.complete()
        rows = oracle.check_exact(tool.dataset, emulator.event_ids())
        tool.check_nothing_left_over()
    return f"1 failed run, then {rows} rows and ids"


def row_87_a_read_only_folder_is_named_and_the_next_run_completes(world):
    user = {"user": ANOTHER_USER, "group": ANOTHER_USER, "extra_groups": []} if os.geteuid() == 0 else {}
    emulator = world.emulator("--sessions", 20, "--events", 30)
    expected = emulator.event_ids()
    owner = ANOTHER_USER if user else -1
    home = world.path("home")
    home.mkdir()
    # The other user can't reach the program's own folder.
    program, world.program = world.program, str(shutil.copy(world.program, home / "journey-events"))
    os.chown(home, owner, owner)
    folders = [".", "_journey-events", "_journey-events/parts", "_journey-events/building", "_journey-events/workers"]
    for folder in folders:
        tool = world.tool(emulator, home / f"data-{folders.index(folder)}")
        tool.environment["XDG_STATE_HOME"] = tool.environment["HOME"] = str(home)
        os.chmod(tool.list, 0o644)
        tool.run("sync", lists=False, process=user).expect(0)
        locked = tool.dataset / folder
        locked.chmod(0o500)
        tool.sync(process=user).expect(1, "can't be written", str(tool.dataset))
        locked.chmod(0o700)
        tool.sync(process=user).expect(0)
        oracle.check_exact(tool.dataset, expected)
        tool.check_nothing_left_over()
    world.program = program
    return f"{len(folders)} folders, one at a time, each with {len(expected)} rows and ids after it could be written"


def row_87_too_few_open_files_are_named_and_the_next_run_completes(world):
    emulator = world.emulator("--sessions", 60, "--events", 30, "--latency-ms", 20)
    expected = emulator.event_ids()
    # With fewer than 14, no client can be built, which is said without the cause.
    limits = range(14, 64, 2) if world.is_full else (14, 18, 22, 26, 32)
    ends = {}
    for limit in limits:
        tool = world.tool(emulator, world.path("files"))
        limited = {"preexec_fn": lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))}
        ended = tool.begin_sync("--concurrency", 16, process=limited).wait(60)
        check(ended.code in (0, 1), f"expected exit code 0 or 1 with {limit} files, got {ended.code}: {ended.err}")
        if ended.code == 1:
            ended.expect(1)
            check("oo many open files" in ended.err, f"expected the reason with {limit} files, got: {ended.err}")
        ends[limit] = ended.code
        tool.complete()
        oracle.check_exact(tool.dataset, expected)
        tool.check_nothing_left_over()
    check(1 in ends.values(), f"expected a run to fail: {ends}")
    failed = [str(limit) for limit, code in ends.items() if code]
    return f"{len(ends)} limits, those of {', '.join(failed)} failed and were named; each with {len(expected)} rows and ids after the next run"


CHECKS = [
    row_87_a_full_disk_is_named_and_the_next_run_completes,
    row_87_a_file_system_that_becomes_read_only_is_named_and_the_next_run_completes,
    row_87_a_read_only_folder_is_named_and_the_next_run_completes,
    row_87_too_few_open_files_are_named_and_the_next_run_completes,
]
