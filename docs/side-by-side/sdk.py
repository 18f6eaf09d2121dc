"""Every event of a session into a file, once and in order, with the official Python SDK.

Usage: sdk.py BASE_URL CLIENT_ID CLIENT_SECRET SESSION_ID FILE
"""
import json
import os
import random
import sys
import time
from collections import deque
from urllib.parse import parse_qs, urlparse

import PureCloudPlatformClientV2 as sdk
from urllib3.exceptions import HTTPError

base, client_id, secret, session, path = sys.argv[1:]
client = sdk.api_client.ApiClient(host=base)
journey = sdk.JourneyApi(client)


# need: the quota
sent = deque()


def wait_for_quota():
    while len(sent) == 300:
        time.sleep(max(0, sent[0] + 61 - time.monotonic()))
        sent.popleft()
    sent.append(time.monotonic())


# need: a token, also after it expired
def login():
    client.get_client_credentials_token(client_id, secret)


# need: failures that pass
def with_retries(call):
    for attempt in range(6):
        wait = random.uniform(0, 0.2 * 2**attempt)
        try:
            return call()
        except sdk.rest.ApiException as error:
            if error.status == 401:
                login()
                continue
            if error.status != 429 and error.status < 500:
                raise
            wait = float((error.headers or {}).get("Retry-After") or wait)
        except HTTPError:
            pass
        time.sleep(wait)
    raise SystemExit("too many failures")


# need: all pages
def get_page(after):
    wait_for_quota()
    cursor = {"after": after} if after else {}
    return journey.get_journey_session_events(session, page_size="200", **cursor)


def pages(after):
    seen = set()
    while True:
        page = with_retries(lambda: get_page(after))
        after = parse_qs(urlparse(page.next_uri or "").query).get("after", [None])[0]
        if after in seen:
            raise SystemExit("the cursors go in a circle")
        seen.add(after)
        yield page.entities, after
        if not after:
            return


# need: a file, also after a kill
def saved_state():
    try:
        with open(path + ".state", encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"after": None, "length": 0, "done": False}


def save_state(after, length):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({"after": after, "length": length, "done": not after}, file)
        os.fsync(file.fileno())
    os.replace(path + ".new", path + ".state")


# need: a file, also after a kill
state = saved_state()
if not state["done"]:
    with_retries(login)
    with open(path, "ab") as file:
        file.truncate(state["length"])
        for events, after in pages(state["after"]):
            for event in events:
                file.write(json.dumps(client.sanitize_for_serialization(event)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            save_state(after, file.tell())
