"""Loads a session into files, and prints the ids. Usage: BASE_URL CLIENT_ID CLIENT_SECRET SESSION"""
import glob
import json
import sys

import journey_events

base_url, client_id, client_secret, session = sys.argv[1:]
client = journey_events.Client(base_url=base_url, client_id=client_id, client_secret=client_secret)
journey_events.sync("data", client=client, create=True, format="ndjson", compression="none", sessions=[session])
for path in glob.glob("data/**/*.ndjson", recursive=True):
    for line in open(path, encoding="utf-8"):
        print(json.loads(line)["id"])
