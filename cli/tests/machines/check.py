#!/usr/bin/env python3
"""Runs `journey-events sync` as machines that share nothing but a PostgreSQL database and a bucket.

    dataset/tests/with-servers FOLDER PYTHON cli/tests/machines/check.py PROGRAM [--group NAME] [--only NAME]

PROGRAM is `journey-events`, built with the feature `fault-points`. PYTHON has boto3, duckdb and pytz. Each check is a
function named after the behaviour it checks and returns the numbers it saw. What a bucket holds is read by DuckDB, and
what was requested is what the emulator recorded. JOURNEY_EVENTS_CHECKS=full runs them as often as a release asks for.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sync"))

import failures  # noqa: E402
import sharing  # noqa: E402
from processes import run_check  # noqa: E402

GROUPS = {"sharing": sharing.CHECKS, "failures": failures.CHECKS}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--group", choices=GROUPS)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    program = str(Path(args.program).resolve())
    is_full = os.environ.get("JOURNEY_EVENTS_CHECKS") == "full"
    groups = [args.group] if args.group else GROUPS
    checks = [check for group in groups for check in GROUPS[group] if args.only in check.__name__]
    if not checks:
        parser.error(f"no check has {args.only!r} in its name")
    results = []
    with tempfile.TemporaryDirectory(prefix="machine-checks-") as folder:
        for check in checks:
            passed, text = run_check(check, program, folder, is_full)
            results.append(passed)
            print(text, flush=True)
    failed = results.count(False)
    print(f"{len(results) - failed} checks of machines passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
