#!/usr/bin/env python3
"""Checks the emulator against its own description, and that against the published one, with schemathesis.

    pip install -r requirements.txt
    check.py PROGRAM OPENAPI

PROGRAM is `journey-events`, OPENAPI the published description of the events endpoint. Every operation of the
description that the emulator serves is called with valid and invalid values; no response may be a server error,
and every response must match the description. With faults on, every error must match it too. Afterwards the
requests are checked, so that a run which never reached an event, whose values of a parameter were all refused, or in
which a control operation never succeeded, fails. After them each emulator must still respond, and have used little
memory. So must one of 100,000 sessions, which must also start in little time.
"""

import base64
import collections
import contextlib
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

SIZES = ["1", "25", "200"]
# The visits to the shop begin in these months.
INTERVALS = [f"2025-0{month}-01T00:00:00Z/2025-0{month}-08T00:00:00Z" for month in range(1, 6)]
# The parameters of each form.
READ = {
    "both": ["limit", "pageSize", "after", "before", "eventType"],
    "first": ["limit", "after", "before"],
    "current": ["pageSize", "after", "eventType"],
}
# Described errors that only faults cause, since no quota is set.
FAULTS = [403, 408, 413, 415, 429, 500, 503, 504]
# Statuses that each operation of the service must have had.
OPERATIONS = {
    "/api/v2/journey/sessions/{sessionId}/events": [200, 400, 404],
    "/api/v2/journey/sessions/{sessionId}": [200, 404],
    "/api/v2/externalcontacts/contacts/{contactId}/journey/sessions": [200, 400, 404],
    "/api/v2/analytics/conversations/{conversationId}/details": [200, 404],
    "/api/v2/analytics/conversations/details/query": [200, 400],
    "/oauth/token": [200, 400, 401],
}
# Of a process, whatever it was sent, and of one that starts with 100,000 sessions.
MOST_MIB = 200
# Of processor time, to start with 100,000 sessions: about that of an idle machine, even if this one is busy. A debug
# build, as in CI, takes 1.4 s.
MOST_SECONDS = {"release": 2, "debug": 5}
EVENTS = ["--include-operation-id", "getJourneySessionEvents"]
SERVICE = ["--include-path-regex", "^/(api|oauth)/"]
LOGIN = ["--include-path-regex", "^/oauth/"]
CONTROL = ["--include-path-regex", "^/emulator/"]
EVERYTHING = [
    "--phases", "coverage,fuzzing", "--max-examples", "60",
    # The description can't say which ids and cursors exist.
    "--exclude-checks", "positive_data_acceptance",
]
ALLOWED = ["--mode", "positive", *EVERYTHING]
AS_DESCRIBED = [
    "--mode", "positive", "--phases", "coverage,fuzzing", "--max-examples", "60", "--checks",
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
def emulator(*arguments, sessions=3):
    """Yields what the emulator printed and a token."""
    command = [program, "emulate", "--sessions", str(sessions), "--events", "400", "--check-tokens", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            ready = json.loads(running.stdout.readline())
            ready["pid"], ready["start_seconds"] = running.pid, processor_time(running.pid)
            login = base64.b64encode(f"{ready['client_id']}:{ready['client_secret']}".encode()).decode()
            grant = b"grant_type=client_credentials"
            token = fetch(f"{ready['base_url']}/oauth/token", grant, Authorization=f"Basic {login}")
            yield {**ready, "login": login}, token["access_token"]
        finally:
            running.terminate()


def processor_time(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def forget(base_url):
    """Clears the record, so that what only prepared a check doesn't count."""
    request = urllib.request.Request(f"{base_url}/emulator/requests", method="DELETE")
    urllib.request.urlopen(request).close()


def described(base_url, values):
    """Returns the emulator's description with the values of these parameters restricted."""
    description = fetch(f"{base_url}/emulator/openapi.json")
    for path in description["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in values:
                    parameter["schema"] = {"type": "string", "enum": values[parameter["name"]]}
    for schema in description["components"]["schemas"].values():
        for name, member in schema.get("properties", {}).items():
            if name in values and name == "interval":
                member["enum"] = values[name]
    return description


def check_published(description):
    """Fails if the emulator describes something in another way than the service's publishers do."""
    with open(openapi, encoding="utf-8") as file:
        published = json.load(file)
    for name, schema in published["components"]["schemas"].items():
        ours = description["components"]["schemas"].get(name, {})
        for member in ["type", "required"]:
            if schema.get(member) != ours.get(member):
                failed(f"{name}.{member} is {ours.get(member)} here, but published as {schema.get(member)}")
        for member, value in schema.get("properties", {}).items():
            if ours.get("properties", {}).get(member) != value:
                failed(f"{name}.{member} isn't as published: {value}")
    [path] = published["paths"]
    parameters = lambda description: {one["name"] for one in description["paths"][path]["get"]["parameters"]}
    if parameters(published) != parameters(description):
        failed(f"{path} has {parameters(description)} here, but is published with {parameters(published)}")


def known_types(base_url):
    path = described(base_url, {})["paths"]["/api/v2/journey/sessions/{sessionId}/events"]
    known = [one["x-known-values"] for one in path["get"]["parameters"] if one["name"] == "eventType"]
    return known[0] if known else []


def existing(ready):
    """Returns the ids that exist, by parameter."""
    return {
        "sessionId": [session["id"] for session in ready["sessions"]], "contactId": ready["contacts"],
        "conversationId": ready["conversations"], "interval": INTERVALS,
    }


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


def valid_values(ready, token):
    """Returns valid values of every parameter. The cursors belong to one session; `before` accepts them too."""
    session = ready["sessions"][0]["id"]
    positions = cursors(ready["base_url"], session, token)
    types = known_types(ready["base_url"])
    return {
        **existing(ready), "sessionId": [session], "limit": SIZES, "pageSize": SIZES, "after": positions,
        "before": positions, "eventType": [*types, ",".join(types)],
    }


def run(name, base_url, token, values, options, scheme="Bearer"):
    """Runs schemathesis, and returns the statuses that each method and path had."""
    with tempfile.TemporaryDirectory() as folder:
        description = os.path.join(folder, "openapi.json")
        with open(description, "w", encoding="utf-8") as file:
            json.dump(described(base_url, values), file)
        report = os.path.join(folder, "report.har")
        command = [schemathesis, "run", description, "--url", base_url, "--header", f"Authorization: {scheme} {token}",
                   *options, "--seed", "1", "--continue-on-failure", "--no-color", "--report-har-path", report]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        seen = collections.defaultdict(set)
        if os.path.exists(report):
            with open(report, encoding="utf-8") as file:
                for entry in json.load(file)["log"]["entries"]:
                    request = entry["request"]
                    path = urllib.parse.urlsplit(request["url"]).path
                    seen[request["method"], path].add(entry["response"]["status"])
    print(f"{name}:", *[line.strip() for line in done.stdout.splitlines() if re.match("[0-9]+ generated", line.strip())], flush=True)
    if done.returncode != 0:
        failed(done.stdout[-6000:] + done.stderr[-2000:])
    return seen


def recorded(name, base_url, statuses):
    """Returns the recorded requests. Each of these statuses must occur."""
    requests = fetch(f"{base_url}/emulator/requests")
    seen = collections.Counter(request["status"] for request in requests)
    print(f"{name}, statuses:", dict(sorted(seen.items(), key=str)))
    for status in statuses:
        if seen[status] == 0:
            failed(f"{name}: no response was a {status}")
    return requests


def check_form(form):
    parameters = READ[form]
    name = f"form {form}"
    with emulator("--form", form) as (ready, token):
        base_url = ready["base_url"]
        values = valid_values(ready, token)
        forget(base_url)
        # With existing ids, the response depends on the other parameters.
        which = SERVICE if form == "both" else EVENTS
        if form == "both":
            run(f"{name}, any ids", base_url, token, {}, [*which, *EVERYTHING])
            run(f"{name}, login", base_url, ready["login"], {}, [*LOGIN, *EVERYTHING], "Basic")
        run(f"{name}, existing ids", base_url, token, existing(ready), [*which, *EVERYTHING])
        run(f"{name}, valid values", base_url, token, values, [*EVENTS, *ALLOWED])
        requests = recorded(name, base_url, [200, 400, 401, 404, 405])
        accepted = collections.Counter(
            parameter for request in requests if request["status"] == 200
            for parameter, value in request["query"] if value in values.get(parameter, []))
        print(f"{name}, accepted:", {parameter: accepted[parameter] for parameter in parameters})
        for parameter in parameters:
            if accepted[parameter] == 0:
                failed(f"{name}: no response with {parameter} was a 200")
        if form == "both":
            check_published(described(base_url, {}))
            for path, statuses in OPERATIONS.items():
                seen = {request["status"] for request in requests if is_at(path, request["path"])}
                if not seen.issuperset(statuses):
                    failed(f"{name}: {path} had {seen}, expected {statuses} among them")
        check_memory(name, ready["pid"])


def is_at(template, path):
    """Whether a path is one of an operation's."""
    return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path) is not None


def check_memory(name, pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        [peak] = [int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM")]
    print(f"{name}: {peak} MiB at most")
    if peak > MOST_MIB:
        failed(f"{name}: {peak} MiB, expected at most {MOST_MIB}")


def check_control():
    # Its own, since these calls change it.
    with emulator() as (ready, token):
        base_url = ready["base_url"]
        ids = {name: [*known, "unknown"] for name, known in existing(ready).items()}
        seen = run("control", base_url, token, ids, [*CONTROL, *EVERYTHING])
        for path, methods in described(base_url, {})["paths"].items():
            for method in methods if path.startswith("/emulator/") else []:
                statuses = set().union(*(seen[key] for key in seen if key[0] == method.upper() and is_at(path, key[1])))
                if not any(200 <= status < 300 for status in statuses):
                    failed(f"control: {method.upper()} {path} never succeeded: {statuses}")
        with urllib.request.urlopen(f"{base_url}/emulator/health", timeout=5) as health:
            health.read()
        check_memory("control", ready["pid"])


def check_start():
    name = "100,000 sessions"
    most = MOST_SECONDS["release" if "release" in program.split(os.sep) else "debug"]
    with emulator(sessions=100_000) as (ready, _):
        seconds = ready["start_seconds"]
        print(f"{name}: {seconds:.1f} s of processor time to start")
        if seconds > most:
            failed(f"{name}: {seconds:.1f} s of processor time to start, expected at most {most}")
        check_memory(name, ready["pid"])


def check_faults():
    faults = [argument for status in FAULTS for argument in ("--fault", f"{status}:rate=0.1")]
    with emulator(*faults) as (ready, token):
        # A walk wouldn't survive the faults; without them, the same seed makes the same cursors.
        with emulator() as (other, other_token):
            values = valid_values(other, other_token)
        run("faults", ready["base_url"], token, values, [*SERVICE, *AS_DESCRIBED])
        recorded("faults", ready["base_url"], [200, *FAULTS])
        check_memory("faults", ready["pid"])


# Each has an emulator of its own.
checks = [check_control, check_start, check_faults, *(functools.partial(check_form, form) for form in READ)]
with ThreadPoolExecutor(3) as pool:
    for done in [pool.submit(check) for check in checks]:
        done.result()
sys.exit(min(failures, 1))
