"""What a dataset holds, as DuckDB reads it.

    oracle.py DATASET FORMAT     reads it again and again until stdin is closed, then prints what it saw as JSON
"""

import contextlib
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import duckdb

DATA_ENDS = tuple(f".{kind}{end}" for kind in ("parquet", "csv", "ndjson") for end in ("", ".zst", ".gz"))
# Name of a format: settings of `sync`, how its files end, and how DuckDB reads them.
FORMATS = {
    "parquet": (["--format", "parquet"], "parquet", "read_parquet('{files}', hive_partitioning = false)", "event_id"),
    "ndjson": (
        ["--format", "ndjson"],
        "ndjson.zst",
        "read_json('{files}', format = 'newline_delimited', columns = {{'id': 'VARCHAR'}}, hive_partitioning = false)",
        "id",
    ),
    "csv": (
        ["--format", "csv"],
        "csv.zst",
        "read_csv('{files}', header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"',"
        " strict_mode = true, hive_partitioning = false, max_line_size = 10000000)",
        "event_id",
    ),
}


def files_of(dataset, kind):
    return f"{dataset}/**/*.{FORMATS[kind][1]}"


def ids(dataset, kind="parquet", connection=duckdb):
    """The event ids of all files that a reader finds."""
    _, _, table, column = FORMATS[kind]
    files = files_of(dataset, kind)
    connection = connection.cursor() if connection is duckdb else connection
    if connection.execute("SELECT count(*) FROM glob(?)", [files]).fetchone()[0] == 0:
        return []
    rows = connection.execute(f"SELECT {column} FROM {table.format(files=files)}").fetchall()
    return [row[0] for row in rows]


def check_exact(dataset, expected, kind="parquet"):
    """Every expected id once, and no other. Returns how many rows there are."""
    found, expected = ids(dataset, kind), set(expected)
    distinct = set(found)
    assert len(found) == len(distinct), f"expected every event once, {len(found)} rows have {len(distinct)} ids"
    check_names_and_modes(dataset)
    missing, unknown = expected - distinct, distinct - expected
    assert not missing and not unknown, f"expected {len(expected)} events, {len(missing)} are missing, {len(unknown)} unknown"
    return len(found)


def files(dataset):
    """Path and bytes of each data file."""
    found = (path for path in Path(dataset).rglob("*") if path.name.endswith(DATA_ENDS))
    return {str(path.relative_to(dataset)): path.read_bytes() for path in found}


def check_names_and_modes(dataset):
    """Nothing beside the data ends as data does, and only the owner may read anything."""
    for folder, _, names in os.walk(dataset):
        paths = [(folder, 0o700), *((os.path.join(folder, name), 0o600) for name in names)]
        for path, mode in paths:
            # Files come and go while this runs.
            with contextlib.suppress(FileNotFoundError):
                found = stat.S_IMODE(os.stat(path).st_mode)
                assert found & ~mode == 0, f"expected mode {mode:o} at most, {path} has {found:o}"
        if "_journey-events" in folder:
            ends = [name for name in names if name.endswith(DATA_ENDS)]
            assert not ends, f"expected no data in {folder}, found {ends}"


class Reader:
    """Another process that reads a dataset all the time. Leaving it fails if it ever saw what must not be."""

    def __init__(self, dataset, kind):
        command = [sys.executable, __file__, str(dataset), kind]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.saw = {}

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        out, _ = self.process.communicate()
        self.saw = json.loads(out)
        if failure is None:
            assert self.saw["fault"] is None, f"a reader found: {self.saw['fault']}"


def read_until_told(dataset, kind):
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    connection, times, sizes, fault = duckdb.connect(), 0, set(), None
    connection.execute("SET threads = 1")
    while not ended.is_set() and fault is None:
        try:
            found = ids(dataset, kind, connection)
            if len(found) != len(set(found)):
                fault = f"{len(found)} rows with {len(set(found))} ids"
            if sizes and len(found) < max(sizes):
                fault = f"{len(found)} rows after {max(sizes)}"
            check_names_and_modes(dataset)
        except (duckdb.Error, AssertionError) as error:
            fault = str(error)
        times, _ = times + 1, sizes.add(len(found))
        ended.wait(0.05)
    print(json.dumps({"times": times, "sizes": len(sizes), "fault": fault}))


if __name__ == "__main__":
    read_until_told(sys.argv[1], sys.argv[2])
