#!/usr/bin/env python3
"""Walks the emulator with the official SDKs and with `journey-events`, with faults on, and finds sessions with the SDKs.

    npm install --prefix PEERS purecloud-platform-client-v2@262.0.0
    python3 -m venv PEERS/py && PEERS/py/bin/pip install PureCloudPlatformClientV2==269.0.0
    check.py PROGRAM PEERS

PROGRAM is `journey-events`. Each walk has its own emulator. It either sees all events, once and in order, or
fails as its source code implies; `journey-events` may not fail. In both cases the fault must have been applied.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

EVENTS = 1000
program, peers = (os.path.abspath(argument) for argument in sys.argv[1:])
walkers = Path(__file__).resolve().parents[3] / "benches" / "peers"

SAME = "the same events"
# The JavaScript SDK never retries: it rejects with the error body, or `undefined` if there is none.
# The Python SDK relies on urllib3: ten retries for lost connections, and for 413, 429 and 503 with a
# `Retry-After`, which it honours; every other status is an error.
CASES = [
    # Options of the emulator, and the outcomes with the SDKs for JavaScript and Python.
    ([], SAME, SAME),
    (["--form", "first"], SAME, SAME),
    (["--form", "current"], SAME, SAME),
    (["--fault", "429:every=3,retry-after=1"], "status: 429", SAME),
    (["--fault", "429:rate=0.2,retry-after=0"], "status: 429", SAME),
    (["--fault", "503:every=3"], "status: 503", "(503)"),
    (["--fault", "503:every=3,retry-after=0"], "status: 503", SAME),
    (["--fault", "502:every=3"], "502 Bad Gateway", "(502)"),
    (["--fault", "cut:every=3"], "undefined", SAME),
    (["--fault", "stall:every=3,for=0.5"], SAME, SAME),
]


# The SDKs log in, find sessions from a conversation and from a merged contact, and then meet a 429: one for the
# conversation and one for each of the six sessions of the contact, on a page of its own, are within the quota.
FINDING = ["--sessions", "12", "--events", "3", "--check-tokens", "--quota", "7", "--quota-window-ms", "5000"]


def fetch(url, method="GET"):
    request = urllib.request.Request(url, method=method, headers={"Authorization": "Bearer any"})
    with urllib.request.urlopen(request) as opened:
        return opened.read()


def sum_of(ids):
    return hashlib.sha256("".join(f"{id}\n" for id in ids).encode()).hexdigest()


def expected_sum(base_url, session):
    """Returns the digest of all event ids, from an emulator without faults."""
    uri, ids = f"/api/v2/journey/sessions/{session}/events?pageSize=200", []
    while uri:
        page = json.loads(fetch(base_url + uri))
        ids += [event["id"] for event in page["entities"]]
        uri = page.get("nextUri")
    assert len(set(ids)) == EVENTS
    return sum_of(ids)


def walked(command, **environment):
    """Returns a walk's exit code, stdout and stderr."""
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def javascript(base_url, session):
    code, out, error = walked(["node", walkers / "walk.js", base_url, session], NODE_PATH=f"{peers}/node_modules")
    return json.loads(out)["ids_sha256"] if code == 0 else None, error


def python(base_url, session):
    code, out, error = walked([f"{peers}/py/bin/python", walkers / "walk.py", base_url, session])
    return json.loads(out)["ids_sha256"] if code == 0 else None, error


def this(base_url, session):
    with tempfile.TemporaryDirectory() as state:
        code, out, error = walked([program, "events", "--quiet", "--base-url", base_url, session],
                                  GENESYSCLOUD_ACCESS_TOKEN="any", XDG_STATE_HOME=state)
    return sum_of(json.loads(line)["id"] for line in out.splitlines()) if code == 0 else None, error


def finds(name, command, **environment):
    """Returns what is wrong with what an SDK finds."""
    with emulating(*FINDING) as ready:
        arguments = [ready[member] for member in ["base_url", "client_id", "client_secret"]]
        contact = ready["contacts"][2]
        code, out, error = walked([*command, *arguments, ready["conversations"][0], contact], **environment)
        report = json.loads(fetch(f"{ready['base_url']}/emulator/quota"))
    if code != 0:
        return f"failed: {error[-2000:]}"
    found, ids = json.loads(out), [session["id"] for session in ready["sessions"]]
    if not found["conversation"] or found["conversation"][0] != ids[0]:
        return f"found {found['conversation']} in the conversation, expected {ids[0]} first"
    if found["contact"] != ids[6:12]:
        return f"found {found['contact']} of the contact, expected {ids[6:12]}"
    [client] = report["clients"]
    refused = sum(window["refused"] for window in client["windows"])
    if client["client"] != ready["client_id"] or refused != 1 or client["windows"][0]["admitted"] != 7:
        return f"expected one 429 after 7 requests, the quota saw {client}"
    if name == "Python SDK":
        # It has waited, as the response says.
        return None if found["last"] == ids[6] else f"expected {ids[6]} last, got {found['last']}"
    met = {"status": 429, "code": "too.many.requests.retry.after"}
    return None if met.items() <= dict(found["last"]).items() else f"expected a 429 last, got {found['last']}"


@contextlib.contextmanager
def emulating(*arguments):
    """Yields what a new emulator printed."""
    with subprocess.Popen([program, "emulate", *arguments], stdout=subprocess.PIPE, text=True) as running:
        try:
            yield json.loads(running.stdout.readline())
        finally:
            running.terminate()


@contextlib.contextmanager
def emulator(*arguments):
    """Yields the base URL and the session of a new emulator."""
    with emulating("--events", str(EVENTS), *arguments) as ready:
        yield ready["base_url"], ready["sessions"][0]["id"]


with emulator() as service:
    expected = expected_sum(*service)
failed, walks = 0, 0
for arguments, with_javascript, with_python in CASES:
    for name, walk, outcome in [
        ("JavaScript SDK", javascript, with_javascript), ("Python SDK", python, with_python), ("journey-events", this, SAME),
    ]:
        with emulator(*arguments) as service:
            seen, error = walk(*service)
            requests = json.loads(fetch(f"{service[0]}/emulator/requests"))
        faulty = [number for number, request in enumerate(requests, 1) if request["fault"]]
        if outcome == SAME:
            passed = seen == expected
        else:
            # It must fail at the first fault, with that error.
            passed = seen is None and outcome in error and faulty == [len(requests)]
        passed = passed and bool(faulty) == ("--fault" in arguments)
        walks, failed = walks + 1, failed + (not passed)
        result = "sees all events" if seen == expected else "fails" if seen is None else "sees other events"
        print(f"{'ok ' if passed else 'FAILED '} {' '.join(arguments) or 'no fault'}: {name} {result}, "
              f"{len(requests)} requests, {len(faulty)} with a fault", flush=True)
        if not passed:
            print(error[-2000:])
here = Path(__file__).resolve().parent
for name, command, environment in [
    ("JavaScript SDK", ["node", here / "find.js"], {"NODE_PATH": f"{peers}/node_modules"}),
    ("Python SDK", [f"{peers}/py/bin/python", here / "find.py"], {}),
]:
    problem = finds(name, command, **environment)
    walks, failed = walks + 1, failed + (problem is not None)
    print(f"{'FAILED ' if problem else 'ok '} {name} finds sessions from a conversation and a merged contact, and meets a 429",
          problem or "", flush=True)
print(f"{walks - failed} walks as expected, {failed} not")
sys.exit(min(failed, 1))
