#!/usr/bin/env python3
"""Checks the emulator against the published description of the endpoint, with schemathesis.

    pip install -r requirements.txt
    check.py PROGRAM OPENAPI

PROGRAM is `journey-events`. Every parameter is sent with valid and invalid values; no response may be a
server error, and every response must match the description. With faults on, every error must match it too.
Afterwards the recorded requests are checked, so that a run which never reached an event, or whose values of
a parameter were all refused, fails.
"""

import base64
import collections
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

SIZES = ["1", "25", "200"]
# The parameters of each form.
READ = {
    "both": ["limit", "pageSize", "after", "before", "eventType"],
    "first": ["limit", "after", "before"],
    "current": ["pageSize", "after", "eventType"],
}
# Described errors that only faults cause, since no quota is set.
FAULTS = [403, 408, 413, 415, 429, 500, 503, 504]
EVERYTHING = [
    "--phases", "coverage,fuzzing", "--max-examples", "200",
    # The description allows any string for every parameter; the endpoint doesn't.
    "--exclude-checks", "positive_data_acceptance",
]
ALLOWED = ["--mode", "positive", *EVERYTHING]
AS_DESCRIBED = [
    "--mode", "positive", "--phases", "coverage,fuzzing", "--max-examples", "200", "--checks",
    "status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance",
]

program, openapi = map(os.path.abspath, sys.argv[1:])
schemathesis = os.path.join(os.path.dirname(sys.executable), "schemathesis")
failures = 0


def failed(what):
    global failures
    failures += 1
    print(what)


def fetch(url, data=None, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as opened:
        return json.load(opened)


@contextlib.contextmanager
def emulator(*arguments):
    """Yields the base URL, the session ids and a token."""
    command = [program, "emulate", "--sessions", "3", "--events", "400", "--check-tokens", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            ready = json.loads(running.stdout.readline())
            login = base64.b64encode(f"{ready['client_id']}:{ready['client_secret']}".encode()).decode()
            grant = b"grant_type=client_credentials"
            token = fetch(f"{ready['base_url']}/oauth/token", grant, Authorization=f"Basic {login}")
            yield ready["base_url"], [session["id"] for session in ready["sessions"]], token["access_token"]
        finally:
            running.terminate()


def described(values):
    """Returns the description with the values of these parameters restricted."""
    with open(openapi, encoding="utf-8") as file:
        description = json.load(file)
    [path] = description["paths"].values()
    for parameter in path["get"]["parameters"]:
        if parameter["name"] in values:
            parameter["schema"]["enum"] = values[parameter["name"]]
    return description


def known_types():
    [path] = described({})["paths"].values()
    [types] = [parameter["x-known-values"] for parameter in path["get"]["parameters"] if parameter["name"] == "eventType"]
    return types


def cursors(base_url, session, token):
    """Returns the cursors of a walk."""
    uri, found = f"/api/v2/journey/sessions/{session}/events", []
    while uri:
        page = fetch(base_url + uri, Authorization=f"Bearer {token}")
        uri = page.get("nextUri")
        if uri:
            query = urllib.parse.urlsplit(uri).query
            found += urllib.parse.parse_qs(query)["after"]
    return found


def valid_values(base_url, sessions, token):
    """Returns valid values of every parameter. The cursors belong to one session; `before` accepts them too."""
    positions = cursors(base_url, sessions[0], token)
    types = known_types()
    return {
        "sessionId": sessions[:1], "limit": SIZES, "pageSize": SIZES, "after": positions, "before": positions,
        "eventType": [*types, ",".join(types)],
    }


def run(name, base_url, token, values, options):
    with tempfile.TemporaryDirectory() as folder:
        description = os.path.join(folder, "openapi.json")
        with open(description, "w", encoding="utf-8") as file:
            json.dump(described(values), file)
        command = [schemathesis, "run", description, "--url", base_url, "--header", f"Authorization: Bearer {token}",
                   *options, "--seed", "1", "--continue-on-failure", "--no-color"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    print(f"{name}:", *[line.strip() for line in done.stdout.splitlines() if "generated" in line], flush=True)
    if done.returncode != 0:
        failed(done.stdout[-6000:] + done.stderr[-2000:])


def recorded(name, base_url, statuses):
    """Returns the recorded requests. Each of these statuses must occur."""
    requests = fetch(f"{base_url}/emulator/requests")
    seen = collections.Counter(request["status"] for request in requests)
    print(f"{name}, statuses:", dict(sorted(seen.items(), key=str)))
    for status in statuses:
        if seen[status] == 0:
            failed(f"{name}: no response was a {status}")
    return requests


for form, parameters in READ.items():
    name = f"form {form}"
    with emulator("--form", form) as (base_url, sessions, token):
        values = valid_values(base_url, sessions, token)
        run(f"{name}, any session", base_url, token, {}, EVERYTHING)
        # With an existing session, the response depends on the other parameters.
        run(f"{name}, existing sessions", base_url, token, {"sessionId": sessions}, EVERYTHING)
        run(f"{name}, valid values", base_url, token, values, ALLOWED)
        requests = recorded(name, base_url, [200, 400, 401, 404, 405])
        accepted = collections.Counter(
            parameter for request in requests if request["status"] == 200
            for parameter, value in request["query"] if value in values.get(parameter, []))
        print(f"{name}, accepted:", {parameter: accepted[parameter] for parameter in parameters})
        for parameter in parameters:
            if accepted[parameter] == 0:
                failed(f"{name}: no response with {parameter} was a 200")

faults = [argument for status in FAULTS for argument in ("--fault", f"{status}:rate=0.1")]
with emulator(*faults) as (base_url, sessions, token):
    # A walk wouldn't survive the faults; without them, the same seed makes the same cursors.
    with emulator() as (other_url, same_sessions, other_token):
        values = valid_values(other_url, same_sessions, other_token)
    run("faults", base_url, token, values, AS_DESCRIBED)
    recorded("faults", base_url, [200, *FAULTS])
sys.exit(min(failures, 1))
