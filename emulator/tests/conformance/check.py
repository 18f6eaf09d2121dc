#!/usr/bin/env python3
"""Holds the emulator against the published description of the endpoint, with schemathesis.

    pip install -r requirements.txt
    check.py PROGRAM OPENAPI

PROGRAM is `journey-events`. Every parameter is tried with values that are allowed and values that aren't;
no answer may be a server error, and every answer has to be as described. Afterwards the emulator is asked
what came, so that a run which never reached an event doesn't pass.
"""

import base64
import collections
import json
import os
import subprocess
import sys
import tempfile
import urllib.request



def token_of(ready):
    """A token of the emulator's login."""
    credentials = f"{ready['client_id']}:{ready['client_secret']}".encode()
    headers = {"Authorization": "Basic " + base64.b64encode(credentials).decode()}
    login = urllib.request.Request(f"{ready['base_url']}/oauth/token", b"grant_type=client_credentials", headers)
    with urllib.request.urlopen(login) as answer:
        return json.load(answer)["access_token"]


program, openapi = map(os.path.abspath, sys.argv[1:])
schemathesis = os.path.join(os.path.dirname(sys.executable), "schemathesis")
failed = 0
for form in ["both", "first", "current"]:
    arguments = ["emulate", "--sessions", "3", "--events", "400", "--form", form, "--check-tokens"]
    emulator = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(emulator.stdout.readline())
        base_url, ids = ready["base_url"], [session["id"] for session in ready["sessions"]]
        token = token_of(ready)
        with tempfile.TemporaryDirectory() as folder:
            for name, sessions in [("any session", None), ("sessions that are there", ids)]:
                with open(openapi, encoding="utf-8") as file:
                    described = json.load(file)
                if sessions:
                    # With a session that is there, the other parameters decide.
                    [described_path] = described["paths"].values()
                    for parameter in described_path["get"]["parameters"]:
                        if parameter["name"] == "sessionId":
                            parameter["schema"]["enum"] = sessions
                description = os.path.join(folder, "openapi.json")
                with open(description, "w", encoding="utf-8") as file:
                    json.dump(described, file)
                run = subprocess.run(
                    [schemathesis, "run", description, "--url", base_url, "--header", f"Authorization: Bearer {token}",
                     "--phases", "coverage,fuzzing", "--max-examples", "200",
                     # Every parameter is described as any string, and is more than that.
                     "--exclude-checks", "positive_data_acceptance", "--seed", "1", "--continue-on-failure", "--no-color"],
                    cwd=folder, capture_output=True, text=True, check=False)
                verdict = [line for line in run.stdout.splitlines() if "generated" in line]
                print(f"form {form}, {name}:", *verdict)
                if run.returncode != 0:
                    failed += 1
                    print(run.stdout[-6000:], run.stderr[-2000:])
        with urllib.request.urlopen(f"{base_url}/emulator/requests") as answer:
            statuses = collections.Counter(request["status"] for request in json.load(answer))
        print(f"form {form}, statuses:", dict(sorted(statuses.items())))
        for status in [200, 400, 401, 404, 405]:
            if statuses[status] == 0:
                failed += 1
                print(f"no answer was a {status}")
    finally:
        emulator.terminate()
        emulator.wait()
sys.exit(min(failed, 1))
