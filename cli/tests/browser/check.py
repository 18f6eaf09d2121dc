#!/usr/bin/env python3
"""Checks report pages in headless Chromium.

    pip install -r requirements.txt
    check.py PROGRAM [--chromium PATH] [--only NAME]

PROGRAM is `journey-events`. Each check is a function in `facts.py`, `content.py`, `timeline.py` or `interaction.py`, named
after the behaviour it checks.
"""

import argparse
import sys
import tempfile
import traceback
from pathlib import Path

from playwright.sync_api import sync_playwright

import content
import facts
import interaction
import timeline
from reports import Reports


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    checks = [check for module in (facts, content, timeline, interaction) for check in module.CHECKS if args.only in check.__name__]
    if not checks:
        parser.error(f"no check has {args.only!r} in its name")
    failed = 0
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=args.chromium, args=["--no-sandbox"])
        reports = Reports(str(Path(args.program).resolve()), browser, folder)
        for check in checks:
            try:
                check(reports)
                reports.assert_no_errors_or_requests()
                print(f"ok  {check.__name__}", flush=True)
            except Exception:  # noqa: BLE001: the other checks still run
                failed += 1
                print(f"FAILED  {check.__name__}: {traceback.format_exc(limit=-2)}", flush=True)
                reports.errors.clear()
            for context in browser.contexts:
                context.close()
        browser.close()
    print(f"{len(checks) - failed} checks of report pages passed, {failed} failed")
    sys.exit(min(failed, 1))


if __name__ == "__main__":
    main()
