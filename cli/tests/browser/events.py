"""Events for reports: of the demo, hostile ones, and ones that are not as they should be."""

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


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def replaced(value, texts):
    """The same JSON with a hostile text in place of every text but types and dates, and of attributes' names."""
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
    """An event of each sample with each hostile text everywhere, and one of a hostile type."""
    events = []
    for number, text in enumerate(HOSTILE):
        for place, sample in enumerate(samples):
            event = replaced(copy.deepcopy(sample), iter(lambda: text, None))
            event["session"]["id"] = f"session {number} {text[:300]}"
            event["id"] = f"{number}-{place}"
            events.append(event)
    events.append({"eventType": SCRIPT, "id": SCRIPT, "createdDate": SCRIPT, SCRIPT: SCRIPT})
    return events


def odd():
    """No date, no id, no session, a clock that runs backwards, an unknown type, one there twice, half of a surrogate pair."""
    web = {"eventType": "com.genesys.journey.WebEvent", "session": {"id": "s"}}
    twice = {**web, "id": "a", "createdDate": "2026-01-01T10:00:00Z", "webEvent": {"eventName": "one"}}
    return [
        twice,
        twice,
        {**twice, "webEvent": {"eventName": "another of the same id"}},
        {**web, "id": "b", "createdDate": "2026-01-01T09:00:00Z", "webEvent": "no object"},
        {**web, "id": "c", "createdDate": "the day after"},
        {**web, "createdDate": "2026-01-01T10:00:05Z", "webEvent": {"eventName": "without an id"}},
        {"eventType": "com.genesys.journey.HologramEvent", "id": "d"},
        {**web, "id": "e", "webEvent": {"eventName": "half of a pair", "searchQuery": "\ud800"}},
    ]
