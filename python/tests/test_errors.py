"""Errors say what happened, and where to resume; what is invalid is refused before anything is sent."""

from __future__ import annotations

import functools
import inspect
import pickle
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from conftest import Emulator

import journey_events
from journey_events import Client, Error

SECRET = "canary-secret"


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ("401:on=events,page=2", "unauthorized", 401),
        ("403:on=events,page=2", "forbidden", 403),
        ("429:on=events,page=2,retry-after=1", "rate_limited", 429),
        ("503:on=events,page=2", "unavailable", 503),
        ("418:on=events,page=2", "rejected", 418),
        ("refused-cursor:on=events,page=2", "cursor_rejected", 400),
        ("error-body:on=events,page=2", "unexpected_response", 200),
        ("cut:on=events,page=2", "transport", None),
        ("malformed:on=events,page=2", "malformed_event", None),
    ],
)
def test_each_kind_has_a_class_and_resumes_at_the_event(
    emulator: Callable[..., Emulator], fault: str, kind: str, status: int | None
) -> None:
    service = emulator("--events", "25", "--fault", fault)
    client = service.client(max_attempts=1, max_throttled_attempts=1)
    events, taken = client.session_events(service.session, page_size=10), list[str | None]()
    with pytest.raises(Error) as raised:
        for event in events:
            taken.append(event.id)
    error = raised.value
    name = "".join(word.title() for word in kind.split("_")) + "Error"
    assert type(error) is getattr(journey_events, name)
    assert error.kind == kind
    assert error.retry_after == (1 if kind == "rate_limited" else None)
    assert error.attempts == 1 or kind == "malformed_event"
    if status is not None:
        assert error.status == status
    assert error.checkpoint == events.checkpoint
    # A loop that goes on after the error must not take the rest for complete.
    with pytest.raises(type(error)):
        next(events)
    service.control("DELETE", "faults")
    assert error.checkpoint is not None
    rest = [event.id for event in client.session_events(service.session, resume=error.checkpoint)]
    assert len(taken) >= 10 and len(set(taken + rest)) == len(taken + rest) == 25


def test_an_event_that_cannot_be_decoded_can_be_skipped(emulator: Callable[..., Emulator]) -> None:
    service = emulator("--events", "25", "--fault", "malformed:on=events,page=2")
    client = service.client()
    events = client.session_events(service.session, page_size=10)
    taken = []
    while True:
        try:
            taken += [next(events)]
        except StopIteration:
            break
        except journey_events.MalformedEventError as error:
            assert error.checkpoint is not None
            events = client.session_events(service.session, page_size=10, resume=error.checkpoint.skip())
    assert len(taken) == 24


def test_an_exception_survives_pickling(client: Client) -> None:
    with pytest.raises(journey_events.NotFoundError) as raised:
        next(client.session_events("gone"))
    copy = pickle.loads(pickle.dumps(raised.value))
    assert type(copy) is journey_events.NotFoundError
    assert str(copy) == str(raised.value) and vars(copy) == vars(raised.value)
    assert (copy.status, copy.code, copy.kind) == (404, "not.found", "not_found")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "no credentials"),
        ({"access_token": SECRET}, "no endpoint"),
        ({"region": "mars", "access_token": SECRET}, "mars.*eu-central-1"),
        ({"region": "eu-central-1", "client_id": "id"}, "client_id.*client_secret"),
        ({"region": "eu-central-1", "client_secret": SECRET}, "client_secret.*client_id"),
        ({"region": "eu-central-1", "access_token": SECRET, "client_id": "i", "client_secret": "s"}, "more than one"),
        ({"region": "eu-central-1", "access_token": f"{SECRET} x"}, "access token"),
        ({"base_url": "http://gateway.example", "access_token": SECRET}, "https"),
        ({"base_url": f"ftp://me:{SECRET}@h", "access_token": "t"}, "base URL"),
        ({"proxy": f"http://me:{SECRET}@[", "access_token": "t", "region": "eu-central-1"}, "proxy"),
        ({"share_quota": f"me:{SECRET}", "access_token": "t", "region": "eu-central-1"}, "share_quota.*machine"),
        ({"share_quota": f"postgres:me:{SECRET}@h/d", "access_token": "t", "region": "eu-central-1"}, "postgres://"),
        ({"share_quota": f"postgres://me:{SECRET}@h:x/d", "access_token": "t", "region": "eu-central-1"}, "password"),
        ({"share_quota": "machine", "burst": 1, "access_token": "t", "region": "eu-central-1"}, "burst"),
        ({"share_quota": "machine", "token_source": str, "region": "eu-central-1"}, "share_quota needs"),
        ({"root_certificate": SECRET, "access_token": "t", "region": "eu-central-1"}, "certificate"),
        ({"page_size_parameter": "size"}, "size.*pageSize"),
        ({"requests_per_minute": 0, "access_token": "t", "region": "eu-central-1"}, "per_minute is 0"),
        ({"max_attempts": 0, "access_token": "t", "region": "eu-central-1"}, "max_attempts is 0"),
        ({"attempt_timeout": 0, "access_token": "t", "region": "eu-central-1"}, "attempt timeout is 0"),
        ({"attempt_timeout": -1}, "attempt_timeout is -1"),
        ({"attempt_timeout": float("nan")}, "attempt_timeout is nan"),
        ({"burst": -1}, "burst is -1"),
    ],
)
def test_an_invalid_setting_is_a_value_error_that_names_it_and_no_secret(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(journey_events.InvalidInputError, match=words) as raised:
        Client(**settings)
    assert (raised.value.kind, raised.value.attempts) == ("invalid_input", 0)
    assert SECRET not in str(raised.value) and SECRET not in repr(raised.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"colour": 1}, "colour.*access_token"),
        ({"access_token": 7}, "access_token.*int.*text"),
        ({"allow_plain_http": "yes"}, "allow_plain_http.*str"),
        ({"burst": "many"}, "burst.*str"),
        ({"burst": True}, "burst.*bool"),
        ({"burst": 1.5}, "burst.*float"),
        ({"attempt_timeout": "30s"}, "attempt_timeout.*str.*seconds"),
        ({"token_source": "t"}, "token_source.*str"),
        ({"root_certificate": 7}, "root_certificate.*int"),
    ],
)
def test_a_setting_of_a_wrong_type_is_a_type_error(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        Client(**settings)


@pytest.mark.parametrize("call", [Client, functools.partial(journey_events.sync, "data")])
def test_the_names_that_are_allowed_are_those_of_the_signature(call: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match="unknown argument \"colour\"; allowed: ") as raised:
        call(colour=1)
    allowed = str(raised.value).split("allowed: ")[1].split(", ")
    assert allowed == list(inspect.signature(call).parameters)


def test_a_client_shows_no_secret() -> None:
    client = Client(region="eu-central-1", client_id="id", client_secret=SECRET)
    assert repr(client) == str(client) == 'Client(base_url="https://api.mypurecloud.de/")'
    with pytest.raises(TypeError):
        pickle.dumps(client)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"page_size": 0}, journey_events.InvalidInputError, "page_size is 0"),
        ({"page_size": "9"}, TypeError, "page_size.*str"),
        ({"page_size": 1 << 40}, journey_events.InvalidInputError, "page_size is 1099511627776"),
        ({"event_types": "com.genesys.journey.WebEvent"}, TypeError, "event_types.*str.*list"),
        ({"event_types": [1]}, TypeError, "item of event_types.*int"),
        ({"event_types": ["a,b"]}, journey_events.InvalidInputError, "a,b"),
        ({"follow": 0.5}, journey_events.InvalidInputError, "follow is 500ms"),
        ({"follow": 5, "before": "c"}, journey_events.InvalidInputError, "before"),
        ({"after": "c", "before": "c"}, journey_events.InvalidInputError, "before"),
        ({"after": "a b"}, journey_events.InvalidInputError, "cursor"),
        ({"resume": "{}"}, journey_events.InvalidInputError, "checkpoint"),
        ({"resume": 7}, TypeError, "resume.*int"),
        ({"read_ahead": -1}, journey_events.InvalidInputError, "read_ahead is -1"),
        ({"limit": 5}, TypeError, "limit"),
    ],
)
def test_an_invalid_option_is_refused_at_once(
    service: Emulator, client: Client, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    sent = service.requests()
    with pytest.raises(error, match=words):
        client.session_events(service.session, **options)
    assert service.requests() == sent


def test_an_invalid_id_or_interval_is_refused_before_anything_is_sent(service: Emulator, client: Client) -> None:
    sent = service.requests()
    for call in (client.session_events, client.contact_sessions, client.session):
        with pytest.raises(journey_events.InvalidInputError, match="invalid"):
            call("a/b")
    with pytest.raises(journey_events.InvalidInputError, match="invalid conversation id"):
        next(client.conversation_sessions("a/b"))
    with pytest.raises(journey_events.InvalidInputError, match="start is 2026-01-01T00:00:00, without a time zone"):
        client.sessions_between(datetime(2026, 1, 1), "2026-01-02T00:00:00Z")
    with pytest.raises(journey_events.InvalidInputError, match="end is \"tomorrow\""):
        client.sessions_between("2026-01-02T00:00:00Z", "tomorrow")
    with pytest.raises(TypeError, match="end is a int"):
        client.sessions_between("2026-01-02T00:00:00Z", 7)  # type: ignore[arg-type]
    with pytest.raises(journey_events.InvalidInputError, match="start before its end"):
        next(client.sessions_between("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z"))
    assert service.requests() == sent


def test_the_environment_is_read_and_arguments_take_precedence(
    service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(journey_events.InvalidInputError, match="credentials"):
        Client.from_env()
    monkeypatch.setenv("GENESYSCLOUD_REGION", "eu-central-1")
    monkeypatch.setenv("GENESYSCLOUD_ACCESS_TOKEN", SECRET)
    assert Client.from_env().base_url == "https://api.mypurecloud.de/"
    client = Client.from_env(base_url=service.base_url)
    assert next(client.session_events(service.session)).id
