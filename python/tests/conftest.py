"""Emulators, and clients of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from journey_events import Client

# Shells start what runs in the background with interrupts ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

COMMAND = str(Path(sys.prefix) / "bin" / "journey-events")


class Emulator:
    """`journey-events emulate`, as the wheel installs it."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen([COMMAND, "emulate", *options], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        ready: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.ready = ready
        self.base_url: str = ready["base_url"]
        self.session: str = ready["sessions"][0]["id"]
        self.sessions: list[str] = [session["id"] for session in ready["sessions"]]

    def client(self, **settings: Any) -> Client:
        given: dict[str, Any] = {"base_url": self.base_url, "access_token": "any", "base_delay": 0, **settings}
        return Client(**given)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/emulator/{path}", data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def requests(self) -> int:
        """How many requests the service has received."""
        return len(self.control("GET", "requests"))

    def queries(self) -> list[dict[str, str]]:
        """The parameters of each of these requests."""
        return [dict(request["query"]) for request in self.control("GET", "requests")]

    def set_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lets clients of the environment use the service."""
        host, port = self.base_url.removeprefix("http://").strip("/").split(":")
        for name, value in {"HOST": host, "PORT": port, "PROTOCOL": "http"}.items():
            monkeypatch.setenv(f"GENESYSCLOUD_GATEWAY_{name}", value)
        monkeypatch.setenv("GENESYSCLOUD_ACCESS_TOKEN", "any")

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(10) == 0


@pytest.fixture
def emulator() -> Iterator[Callable[..., Emulator]]:
    """Starts emulators with options; they end with the test."""
    started: list[Emulator] = []

    def start(*options: str) -> Emulator:
        started.append(Emulator(*options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="session")
def service() -> Iterator[Emulator]:
    """One emulator without faults, for tests that leave it as it is."""
    one = Emulator("--sessions", "3", "--events", "300")
    yield one
    one.stop()


@pytest.fixture(scope="session")
def client(service: Emulator) -> Client:
    return service.client()


@pytest.fixture(scope="session")
def ids(service: Emulator) -> list[str]:
    """The ids of the session's events, as the service has them."""
    uri, found = f"/api/v2/journey/sessions/{service.session}/events?pageSize=200", list[str]()
    while uri:
        request = urllib.request.Request(service.base_url + uri, headers={"Authorization": "Bearer any"})
        with urllib.request.urlopen(request) as answer:
            page = json.loads(answer.read())
        found += [event["id"] for event in page["entities"]]
        uri = page.get("nextUri")
    assert len(set(found)) == 300
    return found


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps what the machine's programs share out of the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in list(os.environ):
        if name.startswith("GENESYSCLOUD_"):
            monkeypatch.delenv(name)
