"""Events for reports: from a file, hostile ones, and odd ones."""

import copy
import json

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
HOSTILE = [
    SCRIPT,
    "<!--<script>",
    "\"><svg onload=alert(3)>",
    "javascript:alert(4)",
    "\u202eabc\u2066def\u2069pay\u200b\u00adpal\u200f",
    "\u0000\u0001\u001b[31m\u0085\u2028\u2029",
    "{{constructor.constructor('alert(5)')()}}",
    "__proto__",
    "x" * 2**20,
]


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def replaced(value, texts):
    """Replaces every string by a hostile text, except types and dates, and the names of attributes."""
    if isinstance(value, dict):
        return {
            name: part if name in ("eventType", "createdDate")
            else {next(texts): replaced(attribute, texts) for attribute in part.values()} if name in ("attributes", "traits")
            else replaced(part, texts)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [replaced(part, texts) for part in value]
    return next(texts) if isinstance(value, str) else value


def hostile(samples):
    """Returns each sample with each hostile text everywhere, and one event of a hostile type."""
    events = []
    for number, text in enumerate(HOSTILE):
        for index, sample in enumerate(samples):
            event = replaced(copy.deepcopy(sample), iter(lambda: text, None))
            event["session"]["id"] = f"session {number} {text[:300]}"
            event["id"] = f"{number}-{index}"
            events.append(event)
    events.append({"eventType": SCRIPT, "id": SCRIPT, "createdDate": SCRIPT, SCRIPT: SCRIPT})
    return events


def odd():
    """No date, no id, no session, out of order, an unknown type, a duplicate, an unpaired surrogate."""
    web = {"eventType": "com.genesys.journey.WebEvent", "session": {"id": "s"}}
    duplicate = {**web, "id": "a", "createdDate": "2026-01-01T10:00:00Z", "webEvent": {"eventName": "one"}}
    return [
        duplicate,
        duplicate,
        {**duplicate, "webEvent": {"eventName": "another event with the same id"}},
        {**web, "id": "b", "createdDate": "2026-01-01T09:00:00Z", "webEvent": "not an object"},
        {**web, "id": "c", "createdDate": "the day after"},
        {**web, "createdDate": "2026-01-01T10:00:05Z", "webEvent": {"eventName": "without an id"}},
        {"eventType": "com.genesys.journey.HologramEvent", "id": "d"},
        {**web, "id": "e", "webEvent": {"eventName": "unpaired surrogate", "searchQuery": "\ud800"}},
    ]
