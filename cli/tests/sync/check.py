#!/usr/bin/env python3
"""Runs `journey-events sync` as processes against the emulator: killed, stopped, many at once, without a disk or a service.

    pip install duckdb==2.0.1 pytz
    check.py PROGRAM [--only NAME]

PROGRAM is `journey-events`, built with the feature `fault-points`. Each check is a function named after the behaviour
it checks and returns the numbers it saw. What a dataset holds is read by DuckDB, and what was requested is what the
emulator recorded. JOURNEY_EVENTS_CHECKS=full runs them as often as the catalogue asks for, which takes a while.
"""

import argparse
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import completeness
import crowds
import damage
import disks
import kills
import outages
import signalled
import stops
import values
from processes import run_check

# Those that take longest first.
MODULES = (crowds, kills, stops, outages, disks, completeness, damage, values)
# Run while nothing else does, because they measure time.
ALONE = (signalled,)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--only", default="")
    parser.add_argument("--at-once", type=int, default=5, help="checks that run at the same time")
    args = parser.parse_args()
    program = str(Path(args.program).resolve())
    is_full = os.environ.get("JOURNEY_EVENTS_CHECKS") == "full"

    def named(modules):
        return [check for module in modules for check in module.CHECKS if args.only in check.__name__]

    together, alone = named(MODULES), named(ALONE)
    if not together + alone:
        parser.error(f"no check has {args.only!r} in its name")
    results = []

    def finished(result):
        results.append(result[0])
        print(result[1], flush=True)

    with tempfile.TemporaryDirectory(prefix="sync-checks-") as folder:
        # One check runs its program as another user.
        os.chmod(folder, 0o711)
        for check in alone:
            finished(run_check(check, program, folder, is_full))
        with ThreadPoolExecutor(args.at_once) as pool:
            for done in as_completed([pool.submit(run_check, check, program, folder, is_full) for check in together]):
                finished(done.result())
    failed = results.count(False)
    print(f"{len(results) - failed} checks of sync passed, {failed} failed")
    sys.exit(min(failed, 1))


if __name__ == "__main__":
    main()
