"""Datasets: sync and status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Emulator

import journey_events
from journey_events import Client


def test_a_dataset_gets_every_event_once_and_says_how_far_it_is(emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    service = emulator("--sessions", "4", "--events", "40")
    client, folder, moments = service.client(), tmp_path / "data", list[dict[str, Any]]()
    report = journey_events.sync(
        folder,
        client=client,
        create=True,
        format="ndjson",
        compression="none",
        sessions=client.contact_sessions(service.ready["contacts"][0]),
        contacts=service.ready["contacts"],
        progress=moments.append,  # type: ignore[arg-type]
    )
    assert (report["ended"], report["events"]) == ({"reason": "complete"}, 160)
    assert moments[-1]["events"] == 160 and moments[-1]["totals"]["events"] == 160
    lines = [line for file in folder.rglob("*.ndjson") for line in file.read_text().splitlines()]
    assert len(lines) == len(set(lines)) == 160
    found = journey_events.status(str(folder))
    assert found["totals"]["rows"] == 160
    # The same call again continues, and has nothing to do.
    again = journey_events.sync(folder, client=client, create=True, sessions=service.sessions)
    assert again["events"] == 0


def test_what_is_incomplete_is_an_exception_with_the_report(emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    service = emulator("--events", "40")
    client, folder = service.client(), tmp_path / "data"
    with pytest.raises(journey_events.IncompleteError, match="1 sessions or contacts failed") as raised:
        journey_events.sync(folder, client=client, create=True, partition="none", sessions=[service.session, "gone"])
    assert raised.value.report["events"] == 40
    assert raised.value.report["status"]["failures"][0]["id"] == "gone"
    (file,) = folder.rglob("*.parquet")
    file.unlink()
    with pytest.raises(journey_events.IncompleteError, match="1 published files are missing") as raised:
        journey_events.status(folder)
    assert raised.value.report["missing_files"] == [str(file.relative_to(folder))]


def test_an_error_of_the_client_is_the_cause(emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    service = emulator("--check-tokens")
    with pytest.raises(journey_events.IncompleteError, match="gave up") as raised:
        journey_events.sync(tmp_path / "data", client=service.client(), create=True, sessions=[service.session])
    assert isinstance(raised.value.__cause__, journey_events.UnauthorizedError)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, journey_events.DatasetSettingsError, "no dataset.*create=True"),
        ({"create": True, "format": "xlsx"}, journey_events.InvalidInputError, "format is 'xlsx'; expected \"parquet\""),
        ({"create": True, "compression": "lz4"}, journey_events.InvalidInputError, "compression is 'lz4'"),
        ({"create": True, "columns": ["colour"]}, journey_events.DatasetSettingsError, "colour"),
        ({"sessions": "one"}, TypeError, "sessions.*str.*list of ids"),
        ({"sessions": [7]}, TypeError, "item of sessions.*int"),
        ({"sessions": ["a/b"]}, journey_events.InvalidInputError, "a/b"),
        ({"contacts": ["a/b"]}, journey_events.InvalidInputError, "a/b"),
        ({"reread": "some"}, journey_events.InvalidInputError, "reread is 'some'; expected \"all\""),
        ({"concurrency": 0}, journey_events.InvalidInputError, "concurrency is 0"),
        ({"progress": 7}, TypeError, "progress.*int"),
        ({"client": 7}, TypeError, "client.*int"),
        ({"ledger": 7}, TypeError, "ledger.*int"),
        ({"ledger": "postgres:me:secret@h/d"}, journey_events.DatasetSettingsError, "postgres://"),
        ({"colour": 7}, TypeError, "colour.*sessions, contacts"),
    ],
)
def test_an_invalid_argument_is_refused_and_leaves_nothing_behind(
    service: Emulator, client: Client, tmp_path: Path, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    sent = service.requests()
    with pytest.raises(error, match=words):
        journey_events.sync(tmp_path / "data", **{"client": client, **arguments})
    assert not (tmp_path / "data").exists() and service.requests() == sent


def test_settings_that_contradict_a_dataset_are_refused(service: Emulator, client: Client, tmp_path: Path) -> None:
    journey_events.sync(tmp_path / "data", client=client, create=True)
    with pytest.raises(journey_events.DatasetSettingsError, match="`parquet`, not `csv`") as raised:
        journey_events.sync(tmp_path / "data", client=client, format="csv")
    assert isinstance(raised.value, ValueError) and raised.value.reason == "settings"
    for place in ("s3:/bucket/x", "https://bucket.example/x"):
        with pytest.raises(journey_events.DatasetSettingsError, match="s3://bucket/prefix"):
            journey_events.status(place)


def test_ctrl_c_and_an_error_of_the_callback_stop_a_run_that_can_be_continued(
    emulator: Callable[..., Emulator], tmp_path: Path
) -> None:
    service = emulator("--events", "40", "--open")
    client, folder = service.client(), tmp_path / "data"
    threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        journey_events.sync(folder, client=client, create=True, sessions=[service.session], follow=3600)
    assert time.monotonic() - started < 10
    found = journey_events.status(folder)
    assert found["totals"]["events"] == 40 and found["workers"] == []

    def fail(moment: object) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        journey_events.sync(folder, client=client, follow=3600, progress=fail)
    assert journey_events.sync(folder, client=client)["ended"] == {"reason": "complete"}


def hold(ledger: Path, seconds: float) -> subprocess.Popen[bytes]:
    """Locks a ledger, in another process: the locks of SQLite are a process's."""
    program = (
        "import sqlite3, sys, time; ledger = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "ledger.execute('BEGIN IMMEDIATE'); print(flush=True); time.sleep(float(sys.argv[2]))"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, str(ledger), str(seconds)], stdout=subprocess.PIPE)
    assert holder.stdout and holder.stdout.readline()
    return holder


def test_progress_is_reported_once_the_run_has_looked(emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    service = emulator("--sessions", "4", "--events", "30", "--latency-ms", "600")
    client, folder, ledger, moments = service.client(), tmp_path / "data", tmp_path / "ledger.db", list[Any]()
    journey_events.sync(folder, client=client, create=True, ledger=ledger)
    # The run begins later than a first call would be.
    holder = hold(ledger, 1.5)
    journey_events.sync(
        folder, client=client, sessions=service.sessions, concurrency=1, ledger=ledger, progress=moments.append
    )
    assert holder.wait(10) == 0
    assert moments[0]["totals"]["open"] == 4


def test_a_callback_that_raises_again_and_again_stops_the_run_and_does_not_kill_it(
    emulator: Callable[..., Emulator], tmp_path: Path
) -> None:
    service = emulator("--sessions", "6", "--events", "30", "--latency-ms", "600")
    client, folder, calls = service.client(), tmp_path / "data", list[object]()
    holders = list[subprocess.Popen[bytes]]()
    def fail(moment: object) -> None:
        calls.append(moment)
        if len(calls) == 1:
            # The stop has to wait for it, longer than until the next call would be.
            holders.append(hold(tmp_path / "ledger.db", 2.5))
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        journey_events.sync(
            folder,
            client=client,
            create=True,
            sessions=service.sessions,
            concurrency=1,
            progress=fail,
            ledger=tmp_path / "ledger.db",
        )
    assert len(calls) == 1 and holders[0].wait(10) == 0
    again = journey_events.sync(folder, client=client, ledger=tmp_path / "ledger.db")
    assert again["ended"] == {"reason": "complete"}


def test_a_run_continues_while_the_callback_takes_its_time(emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    service = emulator("--sessions", "8", "--events", "30", "--latency-ms", "600")
    seen = list[int]()

    def slow(moment: object) -> None:
        if seen:
            return
        # Ends once requests were sent meanwhile.
        before, started = service.requests(), time.monotonic()
        while service.requests() < before + 2 and time.monotonic() - started < 20:
            time.sleep(0.05)
        seen.append(service.requests() - before)

    sessions = service.sessions
    journey_events.sync(
        tmp_path / "data", client=service.client(), create=True, sessions=sessions, concurrency=1, progress=slow
    )
    assert seen[0] >= 2


def test_the_last_call_of_a_run_that_gives_up_says_what_is_left(emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    service = emulator("--sessions", "8", "--events", "30", "--latency-ms", "600")
    moments = list[dict[str, Any]]()

    def refuse(moment: Any) -> None:
        if not moments:
            service.control("PUT", "faults", {"faults": ["401:on=events"]})
        moments.append(moment)

    with pytest.raises(journey_events.IncompleteError, match="gave up"):
        journey_events.sync(
            tmp_path / "data",
            client=service.client(),
            create=True,
            sessions=service.sessions,
            concurrency=1,
            progress=refuse,
        )
    assert len(moments) >= 2 and moments[-1]["sessions"] < 8 and moments[-1]["sessions_left"] > 0


def test_an_error_of_the_callback_does_not_hide_what_went_wrong(emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    service = emulator("--events", "40")

    def fail(moment: Any) -> None:
        # The last call: a slow machine makes others before.
        if moment["sessions"] and not moment["sessions_left"]:
            raise LookupError("mine")

    with pytest.raises(journey_events.IncompleteError) as raised:
        journey_events.sync(
            tmp_path / "data", client=service.client(), create=True, sessions=[service.session, "gone"], progress=fail
        )
    assert isinstance(raised.value.__context__, LookupError)
    assert raised.value.report["events"] == 40


def test_the_environment_names_client_and_ledger(
    service: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNEY_EVENTS_LEDGER", str(tmp_path / "ledger.db"))
    with pytest.raises(journey_events.InvalidInputError, match="credentials"):
        journey_events.sync(tmp_path / "data", create=True)
    service.set_environment(monkeypatch)
    assert journey_events.sync(tmp_path / "data", create=True, sessions=[service.session])["events"] == 300
    assert (tmp_path / "ledger.db").exists()
    assert journey_events.status(tmp_path / "data", ledger=tmp_path / "ledger.db")["totals"]["events"] == 300
