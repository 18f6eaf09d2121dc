"""Events with one odd value each."""

import json

import duckdb

import oracle
from processes import check

SESSION = "0f0e0d0c-0b0a-4908-8706-050403020100"
DEEP = "[" * 400 + "]" * 400
# Column, where it is in the event, and the odd value as JSON.
ODD = [
    ("page_title", ("webEvent", "page", "title"), r'"half of a pair: \ud800"'),
    ("page_title", ("webEvent", "page", "title"), DEEP),
    ("total_event_count", ("webEvent", "totalEventCount"), "1e999"),
    ("total_event_count", ("webEvent", "totalEventCount"), '"twelve"'),
    ("latitude", ("webEvent", "geolocation", "latitude"), '{"degrees": 1}'),
    ("latitude", ("webEvent", "geolocation", "latitude"), "-1e400"),
    ("authenticated", ("webEvent", "authenticated"), '"perhaps"'),
    ("created_date", ("createdDate",), '"yesterday"'),
    ("customer_id", ("customerId",), r'"\udc00"'),
    ("attributes", ("webEvent", "attributes"), "17"),
]
# Differ in every row.
OWN = {"event_id", "json", "synced_at"}


def normal(number):
    return {
        "id": f"event-{number}",
        "correlationId": "c-1",
        "customerId": "customer",
        "customerIdType": "cookie",
        "session": {"id": SESSION, "type": "web"},
        "eventType": "com.genesys.journey.WebEvent",
        "createdDate": "2025-03-02T23:52:18.637Z",
        "webEvent": {
            "eventName": "page_viewed",
            "totalEventCount": 7,
            "authenticated": True,
            "page": {"url": "https://shop.example/", "title": "A title", "hostname": "shop.example"},
            "geolocation": {"country": "BR", "latitude": -26.3, "longitude": -48.8},
            "attributes": {"plan": {"dataType": "string", "value": "gold"}},
        },
    }


def with_odd(number, path, value):
    """The event with a value that Python might not be able to hold."""
    event = normal(number)
    *above, last = path
    inner = event
    for name in above:
        inner = inner[name]
    inner[last] = "ODD"
    return json.dumps(event).replace('"ODD"', value)


def row_73_an_odd_value_empties_its_cell_alone(world):
    lines = [json.dumps(normal(0))] + [with_odd(number, path, value) for number, (_, path, value) in enumerate(ODD, 1)]
    source = world.path("events.ndjson")
    source.write_text("\n".join(lines) + "\n")
    emulator = world.emulator("--from", source)
    for kind in ("parquet", "csv"):
        tool = world.tool(emulator, world.path(kind))
        tool.settings = oracle.FORMATS[kind][0]
        report = tool.complete()
        check(report["events"] == len(lines), f"expected {len(lines)} events, the report says {report['events']}")
        oracle.check_exact(tool.dataset, [f"event-{number}" for number in range(len(lines))], kind)
        check_cells(tool.dataset, kind, lines)
    # DuckDB refuses half of a surrogate pair: lines are as the service sent them.
    check_lines(tool_of_lines(world, emulator), lines)
    return f"{len(ODD)} odd values, each with its cell alone empty in Parquet and CSV and its line unchanged in NDJSON"


def tool_of_lines(world, emulator):
    tool = world.tool(emulator, world.path("lines"))
    tool.settings = ["--format", "ndjson", "--compress", "none"]
    tool.complete()
    return tool


def check_lines(tool, lines):
    found = [line for text in oracle.files(tool.dataset).values() for line in text.decode().splitlines()]
    check(sorted(found) == sorted(lines), f"expected the lines as sent, got {found}")


def check_cells(dataset, kind, lines):
    table = oracle.FORMATS[kind][2].format(files=oracle.files_of(dataset, kind))
    cursor = duckdb.cursor().execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    rows = {row["event_id"]: row for row in (dict(zip(names, values)) for values in cursor.fetchall())}
    usual = rows["event-0"]
    for number, (column, _, value) in enumerate(ODD, 1):
        row = rows[f"event-{number}"]
        check(usual[column] is not None, f"expected a value in {column} of the usual event")
        check(row[column] is None, f"expected an empty {column} for {value[:40]} in {kind}, got {row[column]!r}")
        # A CSV file hasn't got this column.
        json_text = row.get("json", lines[number])
        check(json_text == lines[number], f"expected the event's JSON as sent in {kind}, got {json_text[:200]}")
        for name in set(names) - OWN - {column}:
            check(row[name] == usual[name], f"expected {name} to be kept beside {value[:40]} in {kind}, got {row[name]!r}")


CHECKS = [row_73_an_odd_value_empties_its_cell_alone]
