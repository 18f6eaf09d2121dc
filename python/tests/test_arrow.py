"""Record batches, read by other libraries."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable

import pytest
from conftest import COMMAND, Emulator

from journey_events import Client, InvalidInputError, NotFoundError, RateLimitedError

# Most have no types.
duckdb, pandas, polars, pyarrow = map(importlib.import_module, ("duckdb", "pandas", "polars", "pyarrow"))

COLUMNS = ["event_id", "created_date", "total_event_count", "latitude", "authenticated", "page_title"]


def test_every_library_reads_the_same(service: Emulator, client: Client, ids: list[str]) -> None:
    def batches() -> object:
        return client.session_events(service.session).record_batches(COLUMNS)

    table = pyarrow.table(batches())
    assert table.column("event_id").to_pylist() == ids
    assert [str(field.type) for field in table.schema] == [
        "string",
        "timestamp[us, tz=UTC]",
        "int64",
        "double",
        "bool",
        "string",
    ]
    assert polars.DataFrame(batches()).equals(polars.DataFrame(table))
    assert pandas.DataFrame.from_arrow(batches()).equals(pandas.DataFrame.from_arrow(table))
    rows = batches()
    assert duckdb.sql("SELECT * FROM rows").to_arrow_table().cast(table.schema).equals(table)


def test_the_columns_are_those_of_the_exports(service: Emulator, client: Client, tmp_path: os.PathLike[str]) -> None:
    exported = os.path.join(tmp_path, "events.parquet")
    export = [COMMAND, "events", service.session, "--base-url", service.base_url, "--output", exported, "--quiet"]
    subprocess.run(export, check=True, env={**os.environ, "GENESYSCLOUD_ACCESS_TOKEN": "any"})
    table = pyarrow.table(client.session_events(service.session).record_batches())
    file = duckdb.sql(f"SELECT * FROM '{exported}'").to_arrow_table()
    assert table.column_names == file.column_names and len(table.column_names) == 55
    for name in table.column_names:
        assert table.column(name).to_pylist() == file.column(name).to_pylist(), name


def test_a_batch_is_made_when_it_is_asked_for(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "400")
    events = service.client().session_events(service.session, page_size=50)
    reader = pyarrow.RecordBatchReader.from_stream(events.record_batches(["event_id"], batch_size=100))
    assert service.requests() == 0
    for batches in range(1, 4):
        assert reader.read_next_batch().num_rows == 100
        assert service.requests() == 2 * batches
    assert sum(batch.num_rows for batch in reader) == 100


def test_rows_do_not_wait_for_a_full_batch_while_the_quota_is_used_up(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "400")
    events = service.client(requests_per_minute=2).session_events(service.session, page_size=50)
    reader = pyarrow.RecordBatchReader.from_stream(events.record_batches(["event_id"]))
    started = time.monotonic()
    assert reader.read_next_batch().num_rows == 100
    assert time.monotonic() - started < 20


def test_what_a_walk_has_yielded_is_not_in_its_batches(service: Emulator, client: Client, ids: list[str]) -> None:
    events = client.session_events(service.session)
    assert [next(events).id for _ in range(7)] == ids[:7]
    assert pyarrow.table(events.record_batches(["event_id"])).column(0).to_pylist() == ids[7:]


def test_a_checkpoint_is_after_the_last_batch(service: Emulator, client: Client, ids: list[str]) -> None:
    batches = client.session_events(service.session).record_batches(["event_id"], batch_size=130)
    assert batches.checkpoint.state == "start"
    reader = pyarrow.RecordBatchReader.from_stream(batches)
    assert reader.read_next_batch().column(0).to_pylist() == ids[:130]
    rest = client.session_events(service.session, resume=batches.checkpoint).record_batches(["event_id"])
    assert pyarrow.table(rest).column(0).to_pylist() == ids[130:]


def test_rows_before_an_error_are_handed_out_and_the_error_has_its_class(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "50", "--fault", "429:on=events,page=3")
    batches = service.client(max_throttled_attempts=1).session_events(service.session, page_size=10).record_batches()
    reader = pyarrow.RecordBatchReader.from_stream(batches)
    assert reader.read_next_batch().num_rows == 20
    with pytest.raises(Exception, match="RateLimitedError.*status 429"):
        reader.read_next_batch()
    assert isinstance(batches.error, RateLimitedError)
    assert batches.error.checkpoint == batches.checkpoint
    for read in (pyarrow.table, polars.DataFrame, pandas.DataFrame.from_arrow):
        batches = service.client().session_events("gone").record_batches(["event_id"])
        with pytest.raises(Exception, match="NotFoundError"):
            read(batches)
        assert isinstance(batches.error, NotFoundError)


def test_a_second_reader_is_refused_once_a_batch_was_read(service: Emulator, client: Client) -> None:
    batches = client.session_events(service.session).record_batches(["event_id"])
    assert pyarrow.schema(batches).names == batches.columns == ["event_id"]
    assert pyarrow.table(batches).num_rows == 300
    with pytest.raises(InvalidInputError, match="resume=checkpoint"):
        pyarrow.table(batches)


def test_ctrl_c_ends_a_read_and_loses_nothing(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "30", "--fault", "stall:on=events,page=2,once,for=20")
    client = service.client()
    batches = client.session_events(service.session, page_size=10).record_batches(["event_id"], batch_size=10)
    reader = pyarrow.RecordBatchReader.from_stream(batches)
    assert reader.read_next_batch().num_rows == 10
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        try:
            reader.read_next_batch()
        finally:
            # Where the interrupt is raised again.
            time.sleep(0)
    assert time.monotonic() - started < 5
    rest = client.session_events(service.session, resume=batches.checkpoint).record_batches(["event_id"])
    assert pyarrow.table(rest).num_rows == 20


def test_rows_of_an_interrupted_batch_are_never_passed_over(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "50", "--fault", "stall:on=events,page=3,once,for=20")
    client = service.client(read_timeout=3)
    events = client.session_events(service.session, page_size=10)
    first = next(events).id
    batches = events.record_batches(["event_id"], batch_size=100)
    reader, second = (pyarrow.RecordBatchReader.from_stream(batches) for _ in range(2))

    def interrupt() -> None:
        # Rows wait a second for more, and that is when it arrives: 19 are held.
        while service.requests() < 3:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        try:
            reader.read_next_batch()
        finally:
            time.sleep(0)
    assert service.requests() == 3
    assert isinstance(batches.error, KeyboardInterrupt)
    # None continues behind them.
    for use in (lambda: pyarrow.table(batches), lambda: next(events)):
        with pytest.raises(InvalidInputError, match="resume=checkpoint"):
            use()
    for other in (second, pyarrow.RecordBatchReader.from_stream(events.record_batches(["event_id"]))):
        with pytest.raises(Exception, match="resume=checkpoint"):
            other.read_next_batch()
    assert events.checkpoint == batches.checkpoint
    rest = client.session_events(service.session, resume=events.checkpoint).record_batches(["event_id"])
    found = pyarrow.table(rest).column(0).to_pylist()
    assert len(set(found)) == 49 and first not in found
    # But its own reader does.
    assert reader.read_all().column(0).to_pylist() == found
    assert batches.checkpoint.state == events.checkpoint.state == "done" and batches.error is None


def test_a_checkpoint_after_the_end_is_done(emulator: Callable[..., Emulator]) -> None:
    for events in (30, 0):
        service = emulator("--events", str(events))
        for size in (7, 10, 30):
            batches = service.client().session_events(service.session).record_batches(["event_id"], batch_size=size)
            assert pyarrow.table(batches).num_rows == events
            assert batches.checkpoint.state == "done"


@pytest.mark.parametrize("raised", [SystemExit, TimeoutError])
def test_what_a_signal_handler_raises_ends_a_read(emulator: Callable[..., Emulator], raised: type[BaseException]) -> None:
    service = emulator("--events", "3", "--fault", "stall:on=events,for=20")
    batches = service.client().session_events(service.session).record_batches(["event_id"])

    def stop(*_: object) -> None:
        raise raised("mine")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(Exception if raised is TimeoutError else KeyboardInterrupt):
            try:
                pyarrow.table(batches)
            finally:
                time.sleep(0)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert type(batches.error) is raised and str(batches.error) == "mine"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"columns": ["event_id", "colour"]}, InvalidInputError, "colour.*allowed: event_id"),
        ({"columns": ["event_id", "event_id"]}, InvalidInputError, "event_id.*twice"),
        ({"columns": []}, InvalidInputError, "at least one column"),
        ({"columns": "event_id"}, TypeError, "columns.*str.*list"),
        ({"batch_size": 0}, InvalidInputError, "batch_size is 0; expected a whole number from 1"),
        ({"batch_size": "1"}, TypeError, "batch_size.*str"),
    ],
)
def test_an_invalid_argument_is_refused(
    service: Emulator, client: Client, options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        client.session_events(service.session).record_batches(**options)  # type: ignore[arg-type]
