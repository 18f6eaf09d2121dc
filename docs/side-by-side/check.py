#!/usr/bin/env python3
"""Runs the programs of this folder against failing services, kills them, and counts their lines.

Each exports a session to a file and has to end with every event once and in order: with 429s, 502s, responses cut short and
tokens that expire, and after a kill in the middle. With --write, the counts go to docs/comparison.md; without it, they have
to be what it says.

usage: docs/side-by-side/check.py PROGRAM PEERS [--write]
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

EVENTS = 1000
# A failure on each of the first four pages.
FAULTS = ["502:on=events,page=1,once", "cut:on=events,page=2,once",
          "429:on=events,page=3,once,retry-after=1", "401:on=events,page=4,once"]
FAILING = ["--events", str(EVENTS), "--check-tokens", "--latency-ms", "100",
           *(argument for fault in FAULTS for argument in ("--fault", fault))]
program, peers = (os.path.abspath(argument) for argument in sys.argv[1:3])
here = Path(__file__).resolve().parent
page = here.parent / "comparison.md"
FILE = "a file, also after a kill"
NEEDS = ["all pages", "a token, also after it expired", "failures that pass", "the quota", FILE]


def lines_of(name):
    """Returns how many lines of code a program has for each need; imports, settings and comments don't count."""
    text = (here / name).read_text(encoding="utf-8")
    counted = {need: 0 for need in NEEDS}
    for need, code in re.findall(r"^(?:#|//) need: ([^\n]*)\n(.*?)(?=^(?:#|//) need: |\Z)", text, re.M | re.S):
        lines = [line.strip() for line in code.splitlines()]
        counted[need] += sum(1 for line in lines if line and not line.startswith(("#", "//", '"""')))
    return counted


def lines_of_rust():
    """Returns how many lines the example in Rust has from its state to its program."""
    text = (here.parents[1] / "examples" / "resumable_export.rs").read_text(encoding="utf-8")
    code = text[text.index("/// State saved"):text.index("#[allow(dead_code")]
    lines = [line.strip() for line in code.splitlines()]
    return sum(1 for line in lines if line and not line.startswith("//"))


def of_file(path):
    """Returns the ids of the events in a file."""
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def of_dataset(folder):
    return [id for path in folder.glob("*.ndjson") for id in of_file(path)]


def exports(name, command, again, ids, begun, environment):
    """Runs a program, kills it once it has begun to write, runs it again, and checks what is there then."""
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
            [program, "emulate", *FAILING], stdout=subprocess.PIPE, text=True) as emulator:
        try:
            ready = json.loads(emulator.stdout.readline())
            folder = Path(folder)
            path = folder / "output"
            names = {"BASE_URL": ready["base_url"], "CLIENT_ID": ready["client_id"], "CLIENT_SECRET": ready["client_secret"],
                     "SESSION_ID": ready["sessions"][0]["id"], "OUTPUT": path}
            first, second = ([names.get(argument, argument) for argument in one] for one in (command, again))
            environment = {**os.environ, **environment, "XDG_STATE_HOME": folder, "GENESYSCLOUD_OAUTHCLIENT_ID": ready["client_id"],
                           "GENESYSCLOUD_OAUTHCLIENT_SECRET": ready["client_secret"]}
            started = subprocess.Popen(first, env=environment, start_new_session=True)
            deadline = time.monotonic() + 60
            while not begun(path) and started.poll() is None:
                assert time.monotonic() < deadline, f"{name} wrote nothing for a minute"
                time.sleep(0.01)
            os.killpg(started.pid, signal.SIGKILL)
            assert started.wait() == -signal.SIGKILL, f"{name} ended before it was killed"
            subprocess.run(second, env=environment, check=True, timeout=120)
            seen = ids(path)
            assert len(seen) == len(set(seen)) == EVENTS, f"{name}: {len(seen)} lines, {len(set(seen))} events"
            with urllib.request.urlopen(f"{ready['base_url']}/emulator/requests") as opened:
                faults = [request["fault"] for request in json.load(opened) if request["fault"]]
            assert len(faults) == len(FAULTS), f"{name} met {faults}"
        finally:
            emulator.terminate()
    print(f"ok {name}: every event once, though each of four pages failed once and it was killed", flush=True)


counts = [lines_of(name) for name in ("sdk.py", "sdk.js")]
rust = lines_of_rust()
rows = [[need, *(count[need] for count in counts), rust if need == FILE else "built in", "built in"] for need in NEEDS]
rows.append(["all of it", *(sum(count.values()) for count in counts), rust, 1])
heads = ["lines of your code for", "Python SDK", "JavaScript SDK", "`journey-events` in Rust", "`sync`, in a shell or Python"]
table = "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [heads, ["---"] * len(heads), *rows])
text = page.read_text(encoding="utf-8")
now = re.sub(r"^\| lines of your code.*?\n(?!\|)", table + "\n", text, flags=re.M | re.S)
said = page.parent.joinpath("../README.md").read_text(encoding="utf-8")
assert f"{rows[-1][1]} lines (Python), {rows[-1][2]} (JavaScript)" in said, f"README.md says otherwise than is so\n{table}"
if "--write" in sys.argv:
    page.write_text(now, encoding="utf-8")
elif now != text:
    sys.exit(f"docs/comparison.md says otherwise than is so; run docs/side-by-side/check.py PROGRAM PEERS --write\n{table}")
print("the table in docs/comparison.md is so")

has_events = lambda path: path.exists() and path.stat().st_size > 0
has_parts = lambda path: any((path / "_journey-events" / "parts").glob("*"))
arguments = ["BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "SESSION_ID", "OUTPUT"]
for name, command, environment in [("Python SDK", [f"{peers}/py/bin/python", here / "sdk.py", *arguments], {}),
                                   ("JavaScript SDK", ["node", here / "sdk.js", *arguments], {"NODE_PATH": f"{peers}/node_modules"})]:
    exports(name, command, command, of_file, has_events, environment)
sync = [program, "sync", "OUTPUT", "--base-url", "BASE_URL"]
create = ["--create", "SESSION_ID", "--format", "ndjson", "--compress", "none", "--partition", "none"]
exports("journey-events sync", [*sync, *create], sync, of_dataset, has_parts, {})
